"""The awkward web crawled from end to end once; each test is a claim about one of its sites."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from awkward_web import Web, self_signed
from crawl_fixtures import Crawled
from sqlmodel import Session, select

from store.models import Clinic, Outcome, Visit


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    folder = tmp_path_factory.mktemp("awkward")
    web = Web()
    listed = folder / "clinics.csv"
    web.start("tls.self_signed", "plain", "127.0.76.1", 0, tls=self_signed(folder))
    web.start("tls.no_tls_at_all", "plain", "127.0.76.2", 0)
    tls = "".join(
        f"{name},{web.url('tls.' + name).replace('http:', 'https:')}\n" for name in ("self_signed", "no_tls_at_all")
    )
    listed.write_text(web.csv() + "no_dns,http://no-such-host.invalid/\nrefused,http://127.0.77.250:9/\n" + tls)
    yield Crawled.of(web, folder, listed.read_text(), crawl_timeout=4.0, crawl_body_bytes=300_000)
    web.close()


def test_every_visit_ends_with_an_outcome(crawled: Crawled) -> None:
    with Session(crawled.engine) as session:
        outcomes = session.exec(select(Visit.outcome)).all()
    assert len(outcomes) == crawled.summary.clinics and set(outcomes) <= set(Outcome)


def test_the_archive_of_the_awkward_web_verifies(crawled: Crawled) -> None:
    checked = crawled.archive.verify()
    assert checked.problems == [] and checked.records > 300


def test_robots_is_asked_before_anything_else_of_every_site(crawled: Crawled) -> None:
    web = crawled.web
    assert [
        name for name in web.names() if web.asked(name) and not web.asked(name)[0].startswith(("/robots", "/rules"))
    ] == []


def test_only_get_is_used_and_we_say_who_we_are(crawled: Crawled) -> None:
    agents = {headers["user-agent"] for _at, _path, headers in crawled.web.log("plain")}
    assert len(agents) == 1 and agents.pop().startswith("vetting/")


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("plain", "complete"),
        ("robots_all", "robots-disallowed"),
        ("robots_503", "robots-disallowed"),
        ("robots_429", "robots-disallowed"),
        ("robots_circle", "robots-disallowed"),
        ("robots_silent", "timeout"),
        ("robots_dropped", "refused"),
        ("no_dns", "dns-failure"),
        ("self_signed", "tls-error"),
        ("no_tls_at_all", "tls-error"),
        ("refused", "refused"),
        ("hangs", "timeout"),
        ("circle", "trap"),
        ("long_chain", "trap"),
        ("moved_away", "redirected-away"),
        ("drip", "partial"),
        ("short_of_length", "partial"),
        ("endless", "too-large"),
        ("javascript_only", "needs-javascript"),
        ("login", "blocked"),
        ("bot_wall", "blocked"),
        ("polite_wall", "blocked"),
        ("forbidden", "http-4xx"),
        ("gone", "gone"),
        ("broken_server", "http-5xx"),
        ("busy_for_days", "http-5xx"),
        ("empty", "empty"),
        ("garbage", "error"),
    ],
)
def test_the_outcome_names_the_cause(crawled: Crawled, name: str, outcome: str) -> None:
    assert crawled.outcome(name) == outcome


@pytest.mark.parametrize(
    ("name", "pages"),
    [
        ("plain", ["/", "/faq", "/team"]),
        ("soft_404", ["/", "/team"]),
        ("session_ids", ["/", "/faq", "/team"]),
        ("robots_elsewhere", ["/", "/team"]),
        ("robots_bom", ["/", "/team"]),
        ("robots_named", ["/", "/faq", "/hidden/team"]),
        ("robots_long", ["/", "/team"]),
        ("crawl_delay", ["/", "/faq", "/team"]),
        ("too_many", ["/", "/team"]),
        ("busy_until", ["/"]),
        ("sitemaps", ["/", "/hidden-team"]),
        ("meta_refresh", ["/welcome"]),
        ("cookie_wall", ["/"]),
        ("to_metadata", ["/"]),
        ("not_gzip", ["/"]),
        ("packings", ["/", "/br", "/deflate", "/raw-deflate", "/strange", "/twice", "/zstd"]),
        ("utf_16", ["/", "/team"]),
        ("shift_jis", ["/", "/%E3%83%81%E3%83%BC%E3%83%A0"]),
        ("windows_1252", ["/"]),
        ("malformed", ["/", "/team"]),
        ("nested", ["/", "/team"]),
        ("pdf", ["/", "/consent-form.pdf"]),
        ("pictures", ["/"]),
        ("noindex", ["/", "/faq", "/pricing"]),
        ("nofollow", ["/"]),
        ("hreflang", ["/", "/en/", "/en/team"]),
        ("foreign_base", ["/"]),
        ("acting", ["/", "/book-a-visit"]),
        ("old_server", ["/"]),
        ("strange_headers", ["/"]),
        ("status_of_its_own", ["/"]),
        ("bomb", ["/", "/team"]),
        ("calendar", ["/", "/calendar/2031/1", "/calendar/2031/2", "/team"]),
    ],
)
def test_what_is_kept_of_a_site(crawled: Crawled, name: str, pages: list[str]) -> None:
    assert crawled.pages(name) == pages


def test_the_pages_of_worth_are_in_when_four_hundred_compete_for_forty(crawled: Crawled) -> None:
    pages = crawled.pages("four_hundred")
    assert len(pages) == 40
    assert {"/our-team", "/safety", "/what-to-expect", "/faq", "/candidates", "/pricing", "/consent", "/about"} <= set(
        pages
    )


def test_forty_spellings_of_one_page_are_asked_for_once(crawled: Crawled) -> None:
    assert len(crawled.web.asked("forty_spellings")) == 4  # robots.txt, home, sitemap, the page


def test_a_maze_ends_at_the_budget(crawled: Crawled) -> None:
    assert 0 < len(crawled.pages("random_paths")) <= 40


def test_a_broken_relative_link_ends_by_itself(crawled: Crawled) -> None:
    assert len(crawled.web.asked("endless_path")) < 45


def test_facets_do_not_eat_the_budget(crawled: Crawled) -> None:
    pages = crawled.pages("facets")
    assert "/team" in pages and len(pages) < 8


def test_nothing_outside_the_site_is_asked_for(crawled: Crawled) -> None:
    assert crawled.visit("to_metadata").counts["foreign"] >= 2
    assert all(path in ("/robots.txt", "/", "/sitemap.xml") for path in crawled.web.asked("to_metadata"))


def test_links_that_act_are_not_followed(crawled: Crawled) -> None:
    assert set(crawled.web.asked("acting")) == {"/robots.txt", "/", "/sitemap.xml", "/book-a-visit"}


def test_a_redirect_to_another_domain_is_proposed_to_a_person(crawled: Crawled) -> None:
    with Session(crawled.engine) as session:
        clinic = session.exec(select(Clinic).where(Clinic.name == "moved_away")).one()
    assert clinic.proposed_url == "https://new-clinic.example/" and "127." in clinic.url


def test_robots_that_redirects_elsewhere_is_read_there(crawled: Crawled) -> None:
    assert crawled.web.asked("robots_elsewhere.other") == ["/rules.txt"]
    assert "/secret" not in crawled.web.asked("robots_elsewhere")


def test_a_site_behind_robots_that_fails_is_not_touched(crawled: Crawled) -> None:
    for name in ("robots_503", "robots_429", "robots_silent", "robots_dropped", "robots_circle", "robots_all"):
        assert set(crawled.web.asked(name)) == {"/robots.txt"}


def test_retry_after_in_seconds_is_waited_for(crawled: Crawled) -> None:
    first, second = (at for at, path, _headers in crawled.web.log("too_many") if path == "/team")
    assert second - first >= 0.99


def test_retry_after_of_a_day_ends_the_visit_and_sets_the_date(crawled: Crawled) -> None:
    assert crawled.web.asked("busy_for_days").count("/") == 1
    with Session(crawled.engine) as session:
        clinic = session.exec(select(Clinic).where(Clinic.name == "busy_for_days")).one()
        ended = crawled.visit("busy_for_days").finished_at
    assert ended is not None and (clinic.due_at - ended).total_seconds() > 89_000


def test_crawl_delay_is_kept_between_all_requests(crawled: Crawled) -> None:
    times = [at for at, _path, _headers in crawled.web.log("crawl_delay")]
    assert min(later - sooner for sooner, later in pairwise(times)) >= 0.39


@pytest.mark.parametrize("name", ["drip", "endless", "bomb", "short_of_length"])
def test_a_body_that_was_cut_is_marked(crawled: Crawled, name: str) -> None:
    assert "truncated" in crawled.snapshot(name).marks


@pytest.mark.parametrize("name", ["endless", "bomb"])
def test_a_body_is_cut_at_the_limit(crawled: Crawled, name: str) -> None:
    assert 100_000 < len(crawled.archive.read(crawled.snapshot(name)).body) <= 400_000


def test_the_bytes_are_kept_as_they_came_whatever_the_charset(crawled: Crawled) -> None:
    copy = crawled.archive.read(crawled.snapshot("shift_jis"))
    assert "ケタミン療法".encode("shift_jis") in copy.body


def test_a_packed_body_is_kept_plain_with_headers_that_say_so(crawled: Crawled) -> None:
    copy = crawled.archive.read(crawled.snapshot("packings"))
    assert b"<title>Packed /</title>" in copy.body
    assert "content-encoding" not in copy.headers and copy.headers["content-length"] == str(len(copy.body))


def test_a_page_empty_without_javascript_is_marked(crawled: Crawled) -> None:
    assert crawled.snapshot("javascript_only").marks == ["needs-javascript"]


def test_a_page_in_another_language_gives_way_to_english(crawled: Crawled) -> None:
    assert "/es/" not in crawled.web.asked("hreflang")


def test_the_list_of_sites_is_long(crawled: Crawled) -> None:
    assert len(crawled.web.names()) >= 60


def test_a_warc_made_by_the_crawl_passes_warcio_check(crawled: Crawled) -> None:
    from argparse import Namespace

    from warcio.checker import Checker

    files = [str(path) for path in Path(crawled.archive.folder).glob("*.warc.gz")]
    assert files and Checker(Namespace(inputs=files, verbose=False)).process_all() == 0
