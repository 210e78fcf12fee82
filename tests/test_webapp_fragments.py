"""Parts of pages that are made once: shared where they are the same, and nowhere else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from invented_clinics import fill
from sqlalchemy import Engine
from sqlmodel import col, select

from store.engine import open_engine, session
from store.listing import refresh
from store.models import Clinic, ClinicStatus
from store.search import Search
from store.settings import Settings
from webapp import create_app

ROOT = Path(__file__).parent.parent


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_engine(f"sqlite:///{tmp_path / 'site.sqlite'}")
    fill(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def client(tmp_path: Path, engine: Engine) -> FlaskClient:
    named = {
        "VETTING_DATA_DIR": str(tmp_path),
        "VETTING_CHECKLIST": str(ROOT / "checklist.yaml"),
        "VETTING_RATE_LIMIT": "off",
    }
    return create_app(Settings.from_environment(named), engine).test_client()


def said(client: FlaskClient, address: str, language: str = "en") -> str:
    return client.get(address, headers={"Accept-Language": language}).get_data(as_text=True)


def test_a_part_made_for_one_search_says_the_same_in_another(client: FlaskClient) -> None:
    def hit(page: str) -> str:
        start = page.index('<h2><a href="/clinics/alder-street-psychiatry">')
        return page[start : page.index("</li>\n", page.index('class="hit-foot"', start))]

    assert hit(said(client, "/?all=1")) == hit(said(client, "/?q=alder&states=screening"))


def test_a_part_made_in_english_is_not_shown_to_a_reader_of_spanish(client: FlaskClient) -> None:
    said(client, "/?all=1")
    assert "questions to ask" not in said(client, "/?all=1", "es")


def test_a_chosen_language_travels_along_in_parts_that_a_browsers_wish_has_made(client: FlaskClient) -> None:
    said(client, "/?all=1", "es")
    assert "/questions?lang=es" in said(client, "/?all=1&lang=es", "es")


def test_the_menu_marks_the_page_it_stands_on(client: FlaskClient) -> None:
    said(client, "/checklist")
    assert 'href="/statistics" aria-current="page"' in said(client, "/statistics")


def test_a_part_is_made_anew_when_the_clinic_has_changed(client: FlaskClient, engine: Engine) -> None:
    before = said(client, "/?all=1").count("this clinic is closed")
    with session(engine) as opened:
        clinic = opened.exec(select(Clinic).where(col(Clinic.slug) == "alder-street-psychiatry")).one()
        clinic.status = ClinicStatus.CLOSED
        refresh(opened, [clinic.id or 0])
    site = client.application.extensions["vetting"]
    site.search = Search(engine, site.places)  # as after the seconds between two looks
    assert said(client, "/?all=1").count("this clinic is closed") == before + 1


def test_the_page_that_tells_of_a_fault_has_its_crisis_lines_though_the_database_is_gone(
    client: FlaskClient, engine: Engine, tmp_path: Path
) -> None:
    engine.dispose()
    for file in tmp_path.glob("site.sqlite*"):
        file.unlink()
    (tmp_path / "site.sqlite").mkdir()
    answer = client.get("/clinics/alder-street-psychiatry")
    assert answer.status_code == 500
    assert "988" in answer.get_data(as_text=True)
