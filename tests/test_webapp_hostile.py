"""Whatever a clinic writes and whatever a visitor sends stays text: nothing executes, nothing breaks out, nothing is a 500."""

import csv
import io
import json
import random
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from invented_clinics import fill
from sqlmodel import col, select

from jobs.export import disarmed
from store.engine import open_engine, session
from store.listing import catch_up, refresh
from store.models import Change, Clinic, ClinicVerdict, Page
from store.search import Search
from store.settings import Settings
from webapp import create_app

ROOT = Path(__file__).parent.parent
SEEDS = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "<svg/onload=alert(1)>",
    "javascript:alert(1)",
    "]]><x/>",
    "{{ 7*7 }}{% raw %}",
    "=HYPERLINK(\"http://evil.example\")",
    "+cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "\u202egnp.exe",
    "\u0000\u0001\u0008\ufffe",
    "<!--",
    "&lt;script&gt;",
    "</style><style>*{display:none}",
    "\r\nSet-Cookie: a=b",
    "<a href='https://evil.example'>",
    "</title><h1>",
    "%s%n{0}",
)  # fmt: skip
ARGUMENTS = (
    "q",
    "within",
    "unit",
    "sort",
    "page",
    "states",
    "without",
    "lead",
    "route",
    "care",
    "price",
    "country",
    "as",
    "lang",
    "all",
    "clinic",
)
TOLERATED = {200, 303, 308, 400, 404, 405, 429}


def strings(count: int) -> list[str]:
    """Hostile strings, made from the seeds by joining and cutting; the same ones every time."""
    chance = random.Random(5)
    made = list(SEEDS)
    while len(made) < count:
        one, other = chance.choice(SEEDS), chance.choice(SEEDS)
        made.append(
            one[chance.randrange(len(one)) :]
            + other[: chance.randrange(1, len(other) + 1)]
            + chance.choice("<>'\"&\\/`= ")
        )
    return made


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    folder = tmp_path_factory.mktemp("site")
    site = Settings.from_environment(
        {
            "VETTING_DATA_DIR": str(folder),
            "VETTING_CHECKLIST": str(ROOT / "checklist.yaml"),
            "VETTING_RATE_LIMIT": "off",
        }
    )
    engine = open_engine(site.database_url)
    fill(engine)
    catch_up(engine)
    app = create_app(site, engine)
    app.extensions["vetting"].search = Search(engine, None, every=0.0)  # sees each planting at once
    app.config["PROPAGATE_EXCEPTIONS"] = False  # a fault must show as a 500, as it would to a visitor
    yield app.test_client()
    engine.dispose()


class Tags(HTMLParser):
    """Collects what a browser would see as tags and attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.update(name for name, _ in attrs)
        self.links += [value or "" for name, value in attrs if name in {"href", "src", "action", "cite"}]


@settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(st.sampled_from(ARGUMENTS), st.text(max_size=60) | st.sampled_from(SEEDS) | st.integers().map(str)),
        max_size=5,
    )
)
def test_no_mix_of_search_words_and_filters_is_a_fault(client: FlaskClient, arguments: list[tuple[str, str]]) -> None:
    for address in ("/", "/api/v1/clinics", "/compare"):
        answer = client.get(
            address, query_string=[(name, value.encode("utf-8", "replace").decode()) for name, value in arguments]
        )
        assert answer.status_code in TOLERATED


@settings(max_examples=30, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=40))
def test_no_address_is_a_fault(client: FlaskClient, text: str) -> None:
    from urllib.parse import quote

    part = quote(text.encode("utf-8", "replace"), safe="")
    for address in (
        f"/{part}",
        f"/clinics/{part}",
        f"/clinics/{part}/pages/1",
        f"/checklist/{part}",
        f"/api/v1/clinics/{part}",
    ):
        assert client.get(address).status_code in TOLERATED
    for address in (f"/data/{part}", f"/feeds/clinics/{part}.atom", f"/static/{part}/{part}", f"/sitemaps/{part}.xml"):
        assert client.get(address).status_code in TOLERATED


@settings(max_examples=20, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=300), st.text(max_size=60))
def test_no_report_is_a_fault(client: FlaskClient, text: str, contact: str) -> None:
    form = {"text": text.encode("utf-8", "replace").decode(), "contact": contact.encode("utf-8", "replace").decode()}
    assert client.post("/corrections", data=form).status_code in TOLERATED


def test_ten_thousand_hostile_names_and_quotes_stay_text(client: FlaskClient) -> None:
    engine = client.application.extensions["vetting"].engine
    clean = Tags(client.get("/clinics/alder-street-psychiatry").get_data(as_text=True))
    hostile, width = strings(10_000), 500
    for start in range(0, len(hostile), width):
        part = [text.replace("\x00", "") for text in hostile[start : start + width]]
        _plant(engine, part)
        page = client.get("/clinics/alder-street-psychiatry").get_data(as_text=True)
        seen = Tags(page)
        assert set(seen.tags) <= set(clean.tags) | {"details", "summary"}
        assert seen.attributes <= clean.attributes | {"open"}
        assert not [link for link in seen.links if re.match(r"\s*(javascript|data):", link, re.IGNORECASE)]
        assert page.count("<script") == 2
        linked = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
        assert linked is not None
        assert json.loads(linked.group(1))["about"]["name"] == part[0]


def test_hostile_names_break_no_feed_map_table_or_archive(client: FlaskClient) -> None:
    engine = client.application.extensions["vetting"].engine
    for text in strings(24):
        _plant(engine, [text.replace("\x00", "")] * 40)
        for address in ("/feeds/changes.atom", "/feeds/clinics/alder-street-psychiatry.atom", "/sitemaps/0.xml"):
            ElementTree.fromstring(client.get(address).get_data())
        rows = list(csv.reader(io.StringIO(client.get("/data/clinics.csv").get_data(as_text=True), newline="")))
        assert len({len(row) for row in rows}) == 1
        assert not [cell for row in rows for cell in row if cell.lstrip()[:1] in {"=", "+", "@"}]
        for line in client.get("/data/findings.jsonl").get_data().splitlines():
            json.loads(line)
        for address in (
            "/?all=1",
            "/clinics/alder-street-psychiatry/pages/1",
            "/clinics/alder-street-psychiatry/questions",
        ):
            assert "<script>alert" not in client.get(address).get_data(as_text=True)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@A1", "\t=1", " =1", "\u00a0=1", "＝1"])
def test_a_cell_that_a_spreadsheet_would_run_is_disarmed(text: str) -> None:
    assert disarmed(text) == "'" + text


def _plant(engine: object, texts: list[str]) -> None:
    """Put texts into every place of one clinic that its website or our list can fill."""
    from sqlalchemy import Engine

    assert isinstance(engine, Engine)
    with session(engine) as opened:
        clinic = opened.exec(select(Clinic).where(Clinic.slug == "alder-street-psychiatry")).one()
        assert clinic.id is not None
        clinic.name = texts[0]
        page = opened.exec(select(Page).where(Page.clinic_id == clinic.id)).one()
        page.title = texts[1]
        whole = "\n".join(texts)
        page.text, page.blocks = whole, [["paragraph", 0, len(whole), [], "main"]]
        rows = opened.exec(
            select(ClinicVerdict).where(ClinicVerdict.clinic_id == clinic.id).order_by(col(ClinicVerdict.id))
        ).all()
        place = 0
        for number, row in enumerate(rows):
            share = texts[number :: len(rows)] or [texts[0]]
            row.evidence = []
            for quote in share:
                place = whole.find(quote)
                evidence = {
                    "verdict": "stated",
                    "quote": quote,
                    "start": place,
                    "end": place + len(quote),
                    "heading_path": [quote],
                    "page_id": page.id,
                    "url": quote,
                    "title": quote,
                    "page_kind": quote,
                    "fetched_at": quote,
                }
                row.evidence = [*row.evidence, evidence]
            row.verdict = "stated"
        for change in opened.exec(select(Change).where(Change.clinic_id == clinic.id)):
            change.detail = change.before = texts[2]
        opened.flush()
        refresh(opened, [clinic.id])
