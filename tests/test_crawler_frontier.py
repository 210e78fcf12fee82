"""Sites that would waste a visit: one page under many addresses, mazes, sitemaps of all kinds; and what counts as a change."""

import itertools
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from awkward_web import NOTHING, WORDS, Answer, Ask, Web, page, site
from crawl_fixtures import Crawled, crawl_all, listed, loopback_settings
from sqlmodel import Session, col, select

from crawler.address import page_key, tidy
from crawler.reading import read_html
from crawler.run import crawl
from crawler.sameness import text_digest
from store.clinics import opt_out
from store.models import Snapshot, Visit

TICKS = itertools.count()
OURS = '<link rel="canonical" href="{}">'.format


@site
def canonical_home(ask: Ask) -> Answer:
    return page(f"Page {ask.path}", "/team", "/faq", head=OURS("/")) if ask.path in ("/", "/team", "/faq") else NOTHING


@site
def canonical_variants(ask: Ask) -> Answer:
    path = ask.path.partition("?")[0]
    if path == "/":
        return page("Home", "/team", *[f"/team?{name}=1" for name in "abcdefgh"], "/print/team", "/austin/team-two")
    return page(f"Team, seen by {next(TICKS)} readers", head=OURS("/team")) if "/team" in path else NOTHING


@site
def canonical_circle(ask: Ask) -> Answer:
    if ask.path == "/elsewhere":
        return page("Elsewhere", head=OURS("http://10.0.0.1/elsewhere"))
    other = {"/": "/", "/a": "/b", "/b": "/a"}.get(ask.path)
    return page(f"Page {ask.path}", "/a", "/b", "/elsewhere", head=OURS(other)) if other else NOTHING


@site
def session_in_path(ask: Ask) -> Answer:
    if ask.path in ("/robots.txt", "/sitemap.xml"):
        return NOTHING
    name, tag = ask.path.rpartition("/")[2], sha256(ask.path.encode()).hexdigest()[:11]
    if name not in ("", "team", "faq"):
        return NOTHING
    said = f"{name} page. {WORDS} Served at {time.strftime('%d %b %Y %H:%M:%S')} GMT in 0.01{next(TICKS)} seconds."
    return page(f"Page {name}", f"/s{tag}x/team", f"/s{tag}y/faq", f"/s{tag}z/", text=said)


@site
def calendar_by_query(ask: Ask) -> Answer:
    path, _, query = ask.path.partition("?")
    month = int(query.rpartition("-")[2] or 0) if query.startswith("month=") else 0
    if path == "/events":
        return page(f"Events of {month}", f"/events?month=2031-{month + 1}", f"/events?month=2030-{month}")
    return {"/": page("Home", "/events?month=2031-1", "/team"), "/team": page("Team")}.get(path, NOTHING)


@site
def sitemap_circle(ask: Ask) -> Answer:
    own = ask.origin
    index = "\ufeff<?xml version='1.0'?><sitemapindex><sitemap><loc>{}</loc></sitemap><sitemap><loc> {}\n</loc></sitemap></sitemapindex>"
    if ask.path == "/sitemap.xml":
        return Answer(index.format(f"{own}/b.xml", f"{own}/c.xml").encode(), kind="text/html")
    if ask.path == "/b.xml":
        return Answer(index.format(f"{own}/sitemap.xml", f"{own}/b.xml").encode(), kind="application/octet-stream")
    if ask.path == "/c.xml":
        urls = f"<s:urlset><s:url><s:loc><![CDATA[{own}/team?a=1&b=2]]></s:loc></s:url><s:url><s:loc>{own}/faq?a=1&amp;b=2</s:loc></s:url></s:urlset>"
        return Answer(urls.encode("utf-16"), kind="application/xml")
    return page(f"Page {ask.path}") if ask.path in ("/", "/team?a=1&b=2", "/faq?a=1&b=2") else NOTHING


@site
def sitemap_of_fifty_thousand(ask: Ask) -> Answer:
    if ask.path == "/sitemap.xml":
        names = (f"x{''.join(chr(97 + n // 26**p % 26) for p in range(4))}" for n in range(50_000))
        urls = "".join(f"<url><loc>{ask.origin}/{name}</loc></url>" for name in names)
        return Answer(f"<urlset><url><loc>{ask.origin}/team</loc></url>{urls}</urlset>".encode(), kind="text/xml")
    return page(f"Page {ask.path}") if ask.path in ("/", "/team") or ask.path.startswith("/x") else NOTHING


@site
def frames(ask: Ask) -> Answer:
    if ask.path == "/":
        return Answer(b'<html><head><title>Clinic</title></head><frameset cols="20%,*"><frame src="/menu"><frame src=/main></frameset></html>')  # fmt: skip
    return page(f"Frame {ask.path}") if ask.path in ("/menu", "/main") else NOTHING


@site
def bare_query(ask: Ask) -> Answer:
    return (
        page(f"Page {ask.path}", "?about", "?/team/list") if ask.path in ("/", "/?about", "/?/team/list") else NOTHING
    )


@site
def two_places(ask: Ask) -> Answer:
    return page(f"Page {ask.path}") if ask.path in ("/", "/north", "/south") else NOTHING


NAMES = [
    "canonical_home", "canonical_variants", "canonical_circle", "session_in_path", "calendar_by_query", "sitemap_circle",
    "sitemap_of_fifty_thousand", "frames", "bare_query", "two_places",
]  # fmt: skip


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    web = Web(NAMES, third_octet=92)
    rows = web.csv().splitlines()[1:-1] + [f"two_places,{web.url('two_places')}{place}" for place in ("north", "south")]
    header = "name,url,street\n"
    listing = header + "".join(f"{row},{number} High Street\n" for number, row in enumerate(rows))
    yield Crawled.of(web, tmp_path_factory.mktemp("frontier"), listing, crawl_timeout=8.0)
    web.close()


@pytest.mark.parametrize(
    ("name", "pages"),
    [
        ("canonical_home", ["/", "/faq", "/team"]),
        ("canonical_variants", ["/", "/austin/team-two", "/team"]),
        ("canonical_circle", ["/", "/a", "/b", "/elsewhere"]),
        ("sitemap_circle", ["/", "/faq?a=1&b=2", "/team?a=1&b=2"]),
        ("frames", ["/", "/main", "/menu"]),
        ("bare_query", ["/", "/?/team/list", "/?about"]),
        ("two_places", ["/", "/north", "/south"]),
    ],
)
def test_what_is_kept_of_a_site_that_repeats_itself(crawled: Crawled, name: str, pages: list[str]) -> None:
    assert crawled.pages(name) == pages


def test_a_session_in_the_path_costs_a_handful_of_requests(crawled: Crawled) -> None:
    assert len(crawled.pages("session_in_path")) <= 10 and len(crawled.web.asked("session_in_path")) < 15


def test_a_calendar_by_query_leaves_room_for_the_team(crawled: Crawled) -> None:
    assert "/team" in crawled.pages("calendar_by_query") and len(crawled.pages("calendar_by_query")) <= 8


def test_of_fifty_thousand_entries_the_page_of_worth_is_read_first(crawled: Crawled) -> None:
    asked = crawled.web.asked("sitemap_of_fifty_thousand")
    assert asked.index("/team") == asked.index("/sitemap.xml") + 1
    assert len(crawled.pages("sitemap_of_fifty_thousand")) == 40


@pytest.mark.parametrize(
    ("title", "lost"),
    [
        ("404", True), ("Oops! 404", True), ("Error 404 (Not Found)", True), ("Clinic | 404", True), ("404 - Clinic", True),
        ("Atlanta Ketamine | 404-555-0100", False), ("404 Oak Street Clinic", False), ("Call (404) 555-0100", False),
    ],
)  # fmt: skip
def test_404_is_an_area_code_and_a_house_number_too(title: str, lost: bool) -> None:
    html = f"<title>{title}</title><h1>Welcome</h1><p>{WORDS}</p>"
    assert read_html(html.encode(), "text/html", "http://a.example/").looks_lost is lost


REAL = f"{WORDS} " * 3


@pytest.mark.parametrize(
    ("heading", "text", "lost"),
    [
        ("Oops! That page can’t be found.", REAL, True),
        ("The page you requested could not be found", REAL, True),
        ("The page you were looking for no longer exists", REAL, True),
        ("This page does not exist", REAL, True),
        ("Sorry, we can't find the page you're looking for", REAL, True),
        ("Page not found", REAL, True),
        ("Not Found", REAL, True),
        ("Smith Clinic", "Sorry, the page /team could not be found (404). Go on from here.", True),
        ("Smith Clinic", f"{REAL} Sorry, the page /team could not be found.", False),
        ("Hope when relief was not found elsewhere", REAL, False),
        ("Spravato: no longer available only in hospitals", REAL, False),
        ("On this page you find which drugs are no longer available", REAL, False),
        ("Find the page you need", REAL, False),
    ],
)
def test_a_page_that_says_it_is_none_says_so_of_itself(heading: str, text: str, lost: bool) -> None:
    html = f"<title>Clinic</title><h1>{heading}</h1><p>{text}</p>"
    assert read_html(html.encode(), "text/html", "http://a.example/").looks_lost is lost


@pytest.mark.parametrize(
    ("text", "parked"),
    [
        ("clinic.example is for sale", True),
        ("This domain name may be for sale. Enquire here.", True),
        ("This domain has expired.", True),
        ("Account Suspended", True),
        ("Our old ultrasound machine is for sale.", False),
        ("Treatment is suspended when blood pressure is high.", False),
        (f"{WORDS} {WORDS} {WORDS} Buy this domain.", False),
    ],
)
def test_a_domain_for_sale_or_suspended_is_known_by_its_few_words(text: str, parked: bool) -> None:
    assert bool(read_html(f"<p>{text}</p>".encode(), "text/html", "http://a.example/").parked) is parked


@pytest.mark.parametrize("charset", ["utf-8", "cp1252"])
def test_a_header_that_claims_utf_16_hides_no_robots_meta_and_no_link(charset: str) -> None:
    html = f'<meta name="robots" content="noindex"><p>Café. {WORDS}<a href="/team">team</a>'
    said = read_html(html.encode(charset), "text/html; charset=utf-16", "http://a.example/")
    assert said.robots == {"noindex"} and [link.url for link in said.links] == ["http://a.example/team"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Made Sun Nov 22 2026 04:26:12 GMT for you", "Made Mon Nov 30 2026 14:00:01 GMT for you", True),
        ("On 2026-11-22 04:26:12.123 nonce 0123456789abcdef0123", "On 2026-12-01 00:00:00.9 nonce ffff456789abcdef0123", True),
        ("Page made in 0.123 seconds, token 1790000000", "Page made in 1.5 seconds, token 1790000555", True),
        ("Open 9:00 to 17:00", "Open 9:30 to 17:00", False),
        ("One infusion is $400", "One infusion is $450", False),
        ("Call 4045550100", "Call 4045550199", False),
        ("Reviewed March 2026", "Reviewed April 2026", False),
    ],
)  # fmt: skip
def test_a_clock_is_no_change_and_a_price_is(one: str, other: str, same: bool) -> None:
    assert (text_digest([one]) == text_digest([other])) is same


@pytest.mark.parametrize(
    ("url", "tidied"),
    [
        ("http://a.example/x/../secret", "http://a.example/secret"),
        ("http://a.example/%2e%2E/secret", "http://a.example/secret"),
        ("http://a.example/?about&utm_source=x", "http://a.example/?about"),
        ("http://a.example/?/team/list", "http://a.example/?/team/list"),
        ("http://a.example/a.b/..c", "http://a.example/a.b/..c"),
        ("http://a.example/\\team", "http://a.example//team"),
    ],
)
def test_an_address_is_asked_for_as_a_browser_would(url: str, tidied: str) -> None:
    assert tidy(url) == tidied


def test_spellings_of_a_query_are_one_page() -> None:
    assert page_key("http://a.example/x?b=%41&a=1") == page_key("https://www.a.example/X/?a=1&b=A")


STATE = {"round": 1}


@site
def restless(ask: Ask) -> Answer:
    number = STATE["round"]
    if ask.path == "/clock":
        return page("Clock", text=f"{WORDS} It is {time.strftime('%A, %d %B %Y %H:%M:%S')} here.")
    if ask.path == "/tag-of-others":  # a new tag for the same words
        return Answer(page("Tagged").body, headers={"ETag": f'"{number}{ask.times}"'})
    if ask.path == "/tag-that-lies":  # one tag for different words
        return Answer(page("Lies", text=f"We charge {number}00 dollars. {WORDS}").body, headers={"ETag": '"same"'})
    if ask.path == "/away":
        return NOTHING if number == 2 else page("Away")
    return page("Home", "/clock", "/tag-of-others", "/tag-that-lies", "/away") if ask.path == "/" else NOTHING


def test_only_what_changed_is_stored_again_and_what_came_back_is_current(tmp_path: Path) -> None:
    web = Web(["restless"], third_octet=93)
    settings = loopback_settings(tmp_path)
    engine = listed(settings, web.csv())
    for number in (1, 2, 3):
        STATE["round"] = number
        crawl_all(engine, settings)
    web.close()
    with Session(engine) as session:
        rows = session.exec(select(Snapshot).order_by(col(Snapshot.id))).all()
    stored = {path: [row for row in rows if row.url.endswith(path)] for path in ("/clock", "others", "lies", "/away")}
    assert [row.revisit_of is None for row in stored["/clock"]] == [True, False, False]
    assert [row.revisit_of is None for row in stored["others"]] == [True, False, False]
    assert [row.revisit_of is None for row in stored["lies"]] == [True, True, True]
    first, back = stored["/away"]
    assert first.gone_at is not None and not first.current and back.current and back.gone_at is None


@site
def leaves_midway(ask: Ask) -> Answer:
    return page(f"Page {ask.path}", *[f"/treatment-{letter}" for letter in "abcdefgh"]) if "t" in ask.path[1:2] or ask.path == "/" else NOTHING  # fmt: skip


def test_a_clinic_that_opts_out_during_its_visit_is_asked_nothing_more(tmp_path: Path) -> None:
    web = Web(["leaves_midway"], third_octet=94)
    settings = loopback_settings(tmp_path, crawl_delay=0.1)
    engine = listed(settings, web.csv())
    asked: list[int] = []

    def hear(progress: object) -> None:
        if not asked and len(web.asked("leaves_midway")) >= 4:
            with Session(engine) as session, session.begin():
                opt_out(session, "leaves-midway", "asked by mail")
            asked.append(len(web.asked("leaves_midway")))

    crawl(engine, settings, progress=hear)
    web.close()
    assert asked and len(web.asked("leaves_midway")) <= asked[0] + 1
    with Session(engine) as session:
        assert session.exec(select(Visit)).one().detail == "opted out during the visit"


HOUSES: dict[str, str] = {}


@site
def main_house(ask: Ask) -> Answer:
    return page("Home", f"{HOUSES['annexe']}safety", f"{HOUSES['stranger']}safety") if ask.path == "/" else NOTHING


@site
def annexe(ask: Ask) -> Answer:
    return page("Safety at the annexe") if ask.path == "/safety" else NOTHING


@site
def stranger(ask: Ask) -> Answer:
    return page("Safety elsewhere")


def test_of_other_websites_only_those_that_the_list_names_are_read(tmp_path: Path) -> None:
    web = Web(["main_house", "annexe", "stranger"], third_octet=96)
    HOUSES.update({name: web.url(name) for name in web.names()})
    settings = loopback_settings(tmp_path)
    engine = listed(settings, f"name,url,hosts\nA,{web.url('main_house')},{web.url('annexe')}\n")
    crawl_all(engine, settings)
    web.close()
    assert web.asked("annexe")[:2] == ["/robots.txt", "/safety"]
    assert web.asked("stranger") == []


def test_a_website_that_opted_out_is_not_asked_though_another_row_names_it(tmp_path: Path) -> None:
    web = Web(["main_house", "annexe", "stranger"], third_octet=99)
    HOUSES.update({name: web.url(name) for name in web.names()})
    settings = loopback_settings(tmp_path)
    engine = listed(
        settings, f"name,url,hosts\nA,{web.url('main_house')},{web.url('annexe')}\nB,{web.url('annexe')},\n"
    )
    with Session(engine) as session, session.begin():
        opt_out(session, "b", "asked by mail")
    crawl_all(engine, settings)
    web.close()
    assert "/" in web.asked("main_house") and web.asked("annexe") == []
