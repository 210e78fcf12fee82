"""What sites ask of a crawler in odd ways: robots.txt, X-Robots-Tag, Retry-After, redirects and refreshes."""

from collections.abc import Iterator
from email.utils import formatdate

import pytest
from awkward_web import NOTHING, Answer, Ask, Site, Web, page, robots, site, to
from crawl_fixtures import Crawled
from sqlmodel import Session, select

from crawler.directives import robots_words
from store.models import Clinic

NAMES: list[str] = []


def put(name: str, function: Site) -> None:
    function.__name__ = name
    site(function)
    NAMES.append(name)


def start(name: str, answer: Answer) -> None:
    """A site whose start page is this answer; /team and /secret are there as well."""
    others = {"/team": page("Team"), "/secret": page("Secret")}
    put(name, lambda ask: answer if ask.path == "/" else others.get(ask.path, NOTHING))


def ruled(name: str, *answers: Answer) -> None:
    """A site that answers robots.txt like this (the last one again and again), with /team and /secret."""

    def function(ask: Ask) -> Answer:
        if ask.path == "/robots.txt":
            return answers[min(ask.times, len(answers)) - 1]
        return {"/": page("Home", "/team", "/secret"), "/team": page("Team"), "/secret": page("Secret")}.get(ask.path, NOTHING)  # fmt: skip

    put(name, function)


GROUPS = "\ufeff# rules\r\nUser-agent: other\r\nDisallow: /\r\n\r\nUser-Agent: VETTING/9\r\n\r\nDisallow: /secret\r\n\r\nUser-agent: *\r\nDisallow: /\r\n"
SECRET = "User-agent: *\nDisallow: /secret\n"
ruled("robots_bom_groups", robots(GROUPS))
ruled("robots_utf_16", Answer(SECRET.encode("utf-16"), kind="text/plain"))
ruled("robots_as_html", Answer(b"<html><title>Home</title>Disallow: /</html>"))
ruled("robots_401", Answer(b"no", 401))
ruled("robots_empty", Answer(b"", 204))
ruled("robots_299", Answer(SECRET.encode(), 299, kind="text/plain"))
ruled("robots_304", Answer(b"", 304))
ruled("robots_moved_nowhere", Answer(b"", 302))
ruled("robots_once_429", Answer(b"wait", 429, headers={"Retry-After": "0"}), robots(SECRET))
ruled("robots_past_429", Answer(b"wait", 503, headers={"Retry-After": formatdate(0)}), robots(SECRET))
ruled("robots_wall", Answer(b"<title>Just a moment...</title><div class=cf-browser-verification>", 503))
ruled("robots_endless_rules", Answer(chunks=(b"User-agent: *\nDisallow: /secret\n", *[b"# again\n" * 8000] * 40)))
ruled("robots_torn", Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nUser-agent: *\nDisallow: /sec"))
ruled("delay_of_nonsense", robots("User-agent: *\nCrawl-delay: nan\nCrawl-delay: -4\nDisallow: /secret"))


@site
def robots_in_drops(ask: Ask) -> Answer:
    import time

    def drops() -> Iterator[bytes]:
        yield b"User-agent: *\n"
        for _ in range(80):
            time.sleep(0.1)
            yield b"# drop\n"

    return Answer(chunks=drops()) if ask.path == "/robots.txt" else page("Home")


def steps(name: str, number: int) -> None:
    """robots.txt behind so many redirects."""

    def function(ask: Ask) -> Answer:
        at = 0 if ask.path == "/robots.txt" else int(ask.path[6:]) if ask.path.startswith("/rules") else -1
        if at < 0:
            return page("Home", "/secret") if ask.path == "/" else page("Secret")
        return robots(SECRET) if at == number else to(f"/rules{at + 1}", 301 + at)

    put(name, function)


steps("robots_five_steps", 5)
steps("robots_six_steps", 6)


def tagged(name: str, tag: str) -> None:
    answer = page("Home", "/team")
    answer.headers["X-Robots-Tag"] = tag
    start(name, answer)


tagged("tag_of_another", "max-snippet:-1, googlebot: noindex, nofollow")
tagged("tag_with_value", "max-image-preview:large, noindex")
tagged("tag_expired", "unavailable_after: Fri, 25 Jun 2010 15:00:00 PST")
tagged("tag_not_yet", "unavailable_after: 2999-01-01")
tagged("tag_none", "none")
start("all_noindex", page("Home", head='<meta name="robots" content="NOINDEX">'))


@site
def pause_of_an_hour(ask: Ask) -> Answer:
    if ask.path in ("/a-team", "/b-faq"):
        return Answer(b"wait", 429, headers={"Retry-After": "3600"})
    return page("Home", "/a-team", "/b-faq", "/c-about") if ask.path == "/" else page("About") if ask.path == "/c-about" else NOTHING  # fmt: skip


def paused(name: str, value: str) -> None:
    def function(ask: Ask) -> Answer:
        if ask.path == "/" and ask.times == 1:
            return Answer(b"wait", 503, headers={"Retry-After": value})
        return page("Home") if ask.path == "/" else NOTHING

    put(name, function)


paused("pause_past", "Mon, 01 Jan 1990 00:00:00 GMT")
paused("pause_below_zero", "-5")
paused("pause_in_words", "later, \u00b2")
paused("pause_of_an_age", "999999999999")

PRIVATE = ["http://u:p@127.0.0.1/", "http://0x7f000001:1/", "http://2130706433/", "http://[::ffff:169.254.169.254]/",
           "http://10.1.2.3/", "file:///etc/passwd", "javascript:alert(1)", "ftp://127.0.0.1/", "http://[bad", "//0/"]  # fmt: skip
for number, target in enumerate(PRIVATE):
    head = f'<meta http-equiv=refresh content="0;url={target}">'
    start(f"to_private_{number}", page("Go", text="Go on.", head=head) if number % 3 == 2 else to(target))
start("to_login", to("/login"))
start("base_elsewhere", page("Home", "team", "/secret", head='<base href="http://10.0.0.1/x/">'))
REFRESHES = {"plain": "0;/team", "quoted": "0; URL='/team'", "no_delay": ";url=/team", "comma": "0, url = /team"}
for name, content in REFRESHES.items():
    start(f"refresh_{name}", page("Go", text="One moment.", head=f'<meta http-equiv="Refresh" content="{content}">'))
start("refresh_late", page("Home", head='<meta http-equiv=refresh content="600;url=/secret">'))
NOSCRIPT = '<noscript><meta http-equiv="refresh" content="0;url=/secret"></noscript>'
start("refresh_noscript", page("Home", head=NOSCRIPT))


@site
def cookie_by_way_of_a_check(ask: Ask) -> Answer:
    if ask.path == "/check":
        return to("/", **{"Set-Cookie": "seen=yes"})
    if ask.path not in ("/", "/team"):
        return NOTHING
    return page(f"Page {ask.path}", "/team") if "seen=yes" in ask.headers.get("cookie", "") else to("/check")


@site
def cookie_by_refresh(ask: Ask) -> Answer:
    if ask.path != "/" or "seen=yes" in ask.headers.get("cookie", ""):
        return page("Home", "/team") if ask.path == "/" else page("Team") if ask.path == "/team" else NOTHING
    answer = page("Wait", text="One moment.", head='<meta http-equiv="refresh" content="1">')
    answer.body = answer.body.replace(b'content="1"', b'content="1;url=/"')
    answer.headers["Set-Cookie"] = "seen=yes"
    return answer


@site
def new_cookie_each_time(ask: Ask) -> Answer:
    return NOTHING if ask.path == "/robots.txt" else to(ask.path, **{"Set-Cookie": f"n={ask.times}"})


@site
def dots(ask: Ask) -> Answer:
    if ask.path == "/robots.txt":
        return robots(SECRET)
    return page("Home", "/x/../secret", "/x/%2e%2e/secret", "/./team", "\\faq") if ask.path == "/" else page(f"Page {ask.path}")  # fmt: skip


OWN = [robots_in_drops, pause_of_an_hour, cookie_by_way_of_a_check, cookie_by_refresh, new_cookie_each_time, dots]


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    web = Web([*NAMES, *(function.__name__ for function in OWN)], third_octet=91)
    yield Crawled.of(web, tmp_path_factory.mktemp("signs"), crawl_timeout=6.0)
    web.close()


@pytest.mark.parametrize(
    ("name", "pages"),
    [
        ("robots_bom_groups", ["/", "/team"]),
        ("robots_utf_16", ["/", "/team"]),
        ("robots_as_html", ["/", "/secret", "/team"]),
        ("robots_401", ["/", "/secret", "/team"]),
        ("robots_empty", ["/", "/secret", "/team"]),
        ("robots_299", ["/", "/team"]),
        ("robots_once_429", ["/", "/team"]),
        ("robots_past_429", ["/", "/team"]),
        ("robots_endless_rules", ["/", "/team"]),
        ("robots_five_steps", ["/"]),
        ("delay_of_nonsense", ["/", "/team"]),
        ("tag_of_another", ["/", "/team"]),
        ("tag_with_value", ["/team"]),
        ("tag_expired", ["/team"]),
        ("tag_not_yet", ["/", "/team"]),
        ("tag_none", []),
        ("pause_past", ["/"]),
        ("pause_below_zero", ["/"]),
        ("pause_in_words", ["/"]),
        ("base_elsewhere", ["/"]),
        ("refresh_plain", ["/team"]),
        ("refresh_quoted", ["/team"]),
        ("refresh_no_delay", ["/team"]),
        ("refresh_comma", ["/team"]),
        ("refresh_late", ["/"]),
        ("refresh_noscript", ["/", "/secret"]),
        ("cookie_by_way_of_a_check", ["/", "/team"]),
        ("cookie_by_refresh", ["/", "/team"]),
        ("dots", ["/", "/faq", "/team"]),
    ],
)
def test_what_a_site_lets_us_read_is_read(crawled: Crawled, name: str, pages: list[str]) -> None:
    assert crawled.pages(name) == pages


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("robots_304", "robots-disallowed"),
        ("robots_moved_nowhere", "robots-disallowed"),
        ("robots_wall", "blocked"),
        ("robots_torn", "robots-disallowed"),
        ("robots_in_drops", "robots-disallowed"),
        ("robots_six_steps", "robots-disallowed"),
    ],
)
def test_nothing_is_asked_for_where_robots_cannot_be_known(crawled: Crawled, name: str, outcome: str) -> None:
    assert crawled.outcome(name) == outcome and "/" not in crawled.web.asked(name)


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("tag_none", "robots-disallowed"), ("all_noindex", "robots-disallowed"), ("to_login", "blocked"),
        ("new_cookie_each_time", "trap"), ("pause_of_an_age", "http-5xx"), ("pause_of_an_hour", "partial"),
    ],
)  # fmt: skip
def test_the_outcome_says_what_a_site_wanted(crawled: Crawled, name: str, outcome: str) -> None:
    assert crawled.outcome(name) == outcome


@pytest.mark.parametrize("number", range(len(PRIVATE)))
def test_a_way_into_a_private_network_ends_at_the_door(crawled: Crawled, number: int) -> None:
    name = f"to_private_{number}"
    assert set(crawled.web.asked(name)) <= {"/robots.txt", "/", "/sitemap.xml"}
    assert (
        crawled.outcome(name) in ("error", "redirected-away", "complete") and "error" not in crawled.visit(name).counts
    )


def test_a_pause_longer_than_the_visit_ends_it_at_once(crawled: Crawled) -> None:
    assert crawled.web.asked("pause_of_an_hour")[-1] == "/a-team" and "/b-faq" not in crawled.web.asked(
        "pause_of_an_hour"
    )


def test_a_pause_of_an_age_does_not_lose_the_clinic(crawled: Crawled) -> None:
    with Session(crawled.engine) as session:
        clinic = session.exec(select(Clinic).where(Clinic.name == "pause_of_an_age")).one()
    ended = crawled.visit("pause_of_an_age").finished_at
    assert ended is not None and 29 <= (clinic.due_at - ended).days <= 30


def test_the_web_of_signs_is_archived_whole(crawled: Crawled) -> None:
    assert crawled.archive.verify().problems == []


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("noindex, googlebot: nofollow", {"noindex"}),
        ("other: noindex, vetting: nofollow", {"nofollow"}),
        ("Vetting: NONE", {"none", "noindex", "nofollow"}),
        ("unavailable_after: 25-Aug-2007 15:00:00 EST", {"noindex"}),
        ("unavailable_after: soon", {"unavailable_after"}),
        ("max-video-preview:-1,, ", {"max-video-preview:-1"}),
    ],
)
def test_a_tag_counts_for_whom_it_names(value: str, words: set[str]) -> None:
    assert robots_words([value]) == words
