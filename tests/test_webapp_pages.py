"""Every public page answers, says what it must and nothing that it must not."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from invented_clinics import fill
from sqlmodel import select

from store.engine import open_engine, session
from store.models import Snapshot
from store.settings import Settings
from webapp import create_app

ROOT = Path(__file__).parent.parent
PAGES = (
    "/",
    "/?all=1",
    "/?q=portland+or",
    "/?q=nothing+is+called+this",
    "/clinics/alder-street-psychiatry",
    "/clinics/quick-calm-ketamine-spa",
    "/clinics/two-rivers-interventional-psychiatry",
    "/clinics/glasshouse-ketamine",
    "/clinics/new-on-the-list",
    "/clinics/alder-street-psychiatry/history",
    "/clinics/alder-street-psychiatry/questions",
    "/clinics/alder-street-psychiatry/pages/1",
    "/compare",
    "/compare?clinic=alder-street-psychiatry&clinic=lantern-at-home",
    "/checklist",
    "/checklist/screening",
    "/checklist/home-use",
    "/methodology",
    "/statistics",
    "/status",
    "/corrections",
    "/corrections?clinic=lantern-at-home",
    "/data",
    "/about",
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    folder = tmp_path_factory.mktemp("site")
    settings = Settings.from_environment(
        {
            "VETTING_DATA_DIR": str(folder),
            "VETTING_CHECKLIST": str(ROOT / "checklist.yaml"),
            "VETTING_RATE_LIMIT": "off",
        }
    )
    engine = open_engine(settings.database_url)
    fill(engine)
    app = create_app(settings, engine)
    app.testing = True
    yield app.test_client()
    engine.dispose()


def words(client: FlaskClient, address: str) -> str:
    """The text of a page as read, without its markup."""
    page = client.get(address).get_data(as_text=True)
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<body")[2]).split())


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("language", ["en", "es"])
def test_each_page_answers_with_the_crisis_lines_above_its_content(
    client: FlaskClient, address: str, language: str
) -> None:
    answer = client.get(address, headers={"Accept-Language": language})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in page
    assert page.index('class="crisis"') < page.index("<main")
    assert 'href="tel:988"' in page
    assert 'href="tel:116123"' in page


def test_the_clinics_own_countrys_crisis_line_comes_first(client: FlaskClient) -> None:
    page = client.get("/clinics/st-brides-hospital-ketamine-service").get_data(as_text=True)
    assert page.index("tel:116123") < page.index("tel:988")


@pytest.mark.parametrize("address", PAGES)
def test_no_page_judges_a_clinic(client: FlaskClient, address: str) -> None:
    site_words = re.sub(
        r"<(q|blockquote)[ >].*?</\1>", " ", client.get(address).get_data(as_text=True), flags=re.DOTALL
    )
    site_words = re.sub(r'<([a-z0-9]+)[^>]*lang="en"[^>]*>.*?</\1>', " ", site_words, flags=re.DOTALL)
    if "/pages/" in address or address.startswith("/checklist/"):
        return  # a clinic's own words, and the checklist's examples of them
    for never in ("unsafe", "lacks", "fails", "inadequate", "dangerous clinic", "fraud", "violates"):
        assert never not in site_words.lower()


def test_a_verdict_that_waits_for_a_person_shows_neither_quote_nor_silence(client: FlaskClient) -> None:
    page = client.get("/clinics/quick-calm-ketamine-spa").get_data(as_text=True)
    section = page.partition('id="screening"')[2].partition("</section>")[0]
    assert "Being checked by a person" in section
    assert "walk in and start today" not in page
    assert "Not found" not in section


def test_what_was_not_found_says_how_many_pages_were_read_when_and_what_to_ask(client: FlaskClient) -> None:
    section = (
        client.get("/clinics/lantern-at-home")
        .get_data(as_text=True)
        .partition('id="vital-signs"')[2]
        .partition("</section>")[0]
    )
    text = " ".join(re.sub(r"<[^>]+>", " ", section).split())
    assert re.search(r"Not found on the 4 pages read on \d+ \w+ \d{4} ?\. Ask:", text)


def test_a_quote_links_to_its_sentence_live_and_archived(client: FlaskClient) -> None:
    page = client.get("/clinics/alder-street-psychiatry").get_data(as_text=True)
    assert "https://alder-street-psychiatry.example/what-to-expect#:~:text=A%20board%2Dcertified%20psychiatrist" in page
    link = re.search(r'href="(/clinics/alder-street-psychiatry/pages/\d+)#(screening-\d+)"', page)
    assert link is not None
    archived = client.get(link.group(1)).get_data(as_text=True)
    assert f'id="{link.group(2)}"' in archived
    assert "<mark" in archived


def test_a_page_that_asks_for_no_copy_shows_only_what_is_quoted(tmp_path: Path) -> None:
    settings = Settings.from_environment({"VETTING_DATA_DIR": str(tmp_path), "VETTING_RATE_LIMIT": "off"})
    engine = open_engine(settings.database_url)
    fill(engine)
    site = create_app(settings, engine).test_client()
    quoted = re.search(
        r'href="(/clinics/alder-street-psychiatry/pages/(\d+))#', site.get("/clinics/alder-street-psychiatry").text
    )
    assert quoted is not None
    before = site.get(quoted.group(1)).text
    with session(engine) as opened:
        for snapshot in opened.exec(select(Snapshot).where(Snapshot.page_id == int(quoted.group(2)))):
            snapshot.marks = ["noarchive"]
            opened.add(snapshot)
    engine.dispose()
    after = create_app(settings, open_engine(settings.database_url)).test_client().get(quoted.group(1)).text
    assert "asks that no copy of it be shown" in after
    assert after.count("<mark") == before.count("<mark")
    assert len(after) < len(before) + 200


def test_a_finding_older_than_ninety_days_says_so(client: FlaskClient) -> None:
    assert "Read 120 days ago; the page may have changed." in words(
        client, "/clinics/two-rivers-interventional-psychiatry"
    )
    assert "days ago" not in words(client, "/clinics/alder-street-psychiatry")


def test_a_clinic_whose_pages_disagree_shows_both_quotes(client: FlaskClient) -> None:
    page = words(client, "/clinics/two-rivers-interventional-psychiatry")
    assert "Its pages disagree" in page
    assert "We mail lozenges to your door" in page
    assert "We never prescribe ketamine for use at home." in page


def test_a_clinic_that_opted_out_is_nowhere(client: FlaskClient) -> None:
    assert client.get("/clinics/gone-by-request").status_code == 404
    for address in (
        "/?all=1&q=eugene&as=words",
        "/data/clinics.csv",
        "/data/findings.jsonl",
        "/sitemaps/0.xml",
        "/feeds/changes.atom",
    ):
        assert "gone-by-request" not in client.get(address).get_data(as_text=True)


def test_a_clinic_that_could_not_be_read_is_never_said_to_be_silent(client: FlaskClient) -> None:
    page = words(client, "/clinics/closed-gate-pain-clinic")
    assert "Could not be read (robots.txt, JavaScript, login, error)." in page
    assert "1 refused by robots.txt" in page
    assert "Not found" not in page


def test_the_questions_on_paper_tell_an_address_that_can_be_typed(client: FlaskClient) -> None:
    page = client.get("/clinics/alder-street-psychiatry/questions", base_url="http://www.vetting.example:8000")
    assert "www.vetting.example:8000/clinics/alder-street-psychiatry</p>" in page.text


def test_the_questions_begin_with_the_core_ones(client: FlaskClient) -> None:
    page = words(client, "/clinics/cedar-hill-infusion-center/questions")
    asked = page.partition("A clinic may well do what it does not write.")[2]
    assert (
        asked.index("Which doctor") < asked.index("if there is time")
        if "if there is time" in asked
        else "Which doctor" in asked
    )


def test_markup_in_a_clinics_name_stays_text(client: FlaskClient) -> None:
    page = client.get("/clinics/obrien-and-sons-ketamine").get_data(as_text=True)
    assert "<b>Ketamine</b>" not in page
    assert "&lt;b&gt;Ketamine&lt;/b&gt;" in page


def test_an_unknown_address_is_answered_with_a_way_on(client: FlaskClient) -> None:
    answer = client.get("/clinics/nobody")
    assert answer.status_code == 404
    assert 'name="q"' in answer.get_data(as_text=True)


def test_a_report_is_kept_and_numbered_without_a_cookie(client: FlaskClient) -> None:
    answer = client.post("/corrections", data={"clinic": "lantern-at-home", "text": "You moved.", "contact": ""})
    assert answer.status_code == 303
    assert "case=" in answer.location
    assert "Set-Cookie" not in answer.headers
    assert client.post("/corrections", data={"text": ""}).status_code == 400


def test_a_report_of_many_lines_may_be_as_long_as_the_browser_lets_it_be(client: FlaskClient) -> None:
    longest = importlib.import_module("webapp.corrections").LONGEST_TEXT
    as_sent = "\r\n".join(["x"] * (longest // 2))  # the browser counts each line's end once
    assert client.post("/corrections", data={"text": as_sent}).status_code == 303


def test_the_status_counts_the_visits_of_listed_clinics_only(client: FlaskClient) -> None:
    listed, visited = map(int, re.findall(r"(\d+) clinics on the list; (\d+) visited", words(client, "/status"))[0])
    assert visited == listed - 1  # one is new on the list


def test_a_page_of_results_past_the_last_shows_the_last(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.import_module("webapp.search"), "ON_A_PAGE", 5)

    def clinics(address: str) -> list[str]:
        return re.findall(r'<h2><a href="/clinics/([^"]+)"', client.get(address).get_data(as_text=True))

    assert clinics("/?all=1&page=500") == clinics("/?all=1&page=3") != clinics("/?all=1&page=1")


def test_the_feed_is_in_english_whoever_asks(client: FlaskClient) -> None:
    asked = (
        ("/feeds/changes.atom", {"Accept-Language": "es"}),
        ("/feeds/changes.atom?lang=es", {}),
        ("/feeds/changes.atom", {}),
    )
    assert len({client.get(address, headers=headers).get_data() for address, headers in asked}) == 1
