"""A sentence that could harm a clinic and that no person has seen yet is not shown beside what is published either."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from invented_clinics import fill
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from jobs.judge import sentence_digest
from store.engine import open_engine, session
from store.models import Assessment, Clinic, ClinicVerdict, Finding, Page
from store.people import Review
from store.settings import Settings
from webapp import create_app
from webapp.withheld import clear_around, touches

CURE = "Nine of ten of our patients are cured."
OXYGEN = "We keep oxygen and a crash cart in each treatment room."
SLUG = "alder-street-psychiatry"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """The invented clinics; Alder Street's page promises a cure right before its oxygen, and in a heading and a fact."""
    engine = open_engine(f"sqlite:///{tmp_path / 'site.sqlite'}")
    fill(engine)
    with session(engine) as opened:
        _promise(opened)
    yield engine
    engine.dispose()


def _promise(opened: Session) -> None:
    clinic = opened.exec(select(Clinic).where(Clinic.slug == SLUG)).one()
    page = opened.exec(select(Page).where(Page.clinic_id == clinic.id)).one()
    start = len(page.text) + 1
    page.text += f"\nCome and see. {CURE} {OXYGEN} {CURE} And more."
    page.blocks = [*page.blocks, ["paragraph", start, len(page.text), [CURE], "main"]]
    verdict = opened.exec(_verdict(clinic, "emergency-readiness")).one()
    at = page.text.index(OXYGEN, start)
    verdict.evidence = [{**verdict.evidence[0], "start": at, "end": at + len(OXYGEN), "heading_path": ["Care", CURE]}]
    found = {
        "page_id": page.id,
        "clinic_id": clinic.id,
        "start": page.text.index(CURE),
        "end": page.text.index(CURE) + len(CURE),
    }
    opened.add(Finding(**found, criterion="overclaims", verdict="raised", quote=CURE))
    made = opened.exec(select(Assessment).where(Assessment.clinic_id == clinic.id, col(Assessment.current))).one()
    made.facts = [*made.facts, {"name": "route", "value": "im", "quote": CURE, "url": f"https://{SLUG}.example/"}]
    opened.add_all([page, verdict, made])


def _verdict(clinic: Clinic, criterion: str):  # type: ignore[no-untyped-def]
    return select(ClinicVerdict).where(
        ClinicVerdict.clinic_id == clinic.id, ClinicVerdict.criterion == criterion, col(ClinicVerdict.current)
    )


def site(engine: Engine, folder: Path) -> FlaskClient:
    return create_app(
        Settings.from_environment({"VETTING_DATA_DIR": str(folder), "VETTING_RATE_LIMIT": "off"}), engine
    ).test_client()


def text(client: FlaskClient, address: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", client.get(address).get_data(as_text=True)).split())


def test_words_around_a_quote_stop_before_a_sentence_that_waits(engine: Engine, tmp_path: Path) -> None:
    page = text(site(engine, tmp_path), f"/clinics/{SLUG}")
    assert f"… {OXYGEN} …" in page
    assert "Come and see" not in page


@pytest.mark.parametrize("address", [f"/clinics/{SLUG}", f"/api/v1/clinics/{SLUG}", f"/compare?clinic={SLUG}"])
def test_neither_heading_nor_fact_shows_a_sentence_that_waits(engine: Engine, tmp_path: Path, address: str) -> None:
    answer = text(site(engine, tmp_path), address)
    assert OXYGEN in answer
    assert CURE not in answer


def test_the_download_of_findings_has_no_sentence_that_waits(engine: Engine, tmp_path: Path) -> None:
    lines = site(engine, tmp_path).get("/data/findings.jsonl").get_data(as_text=True).splitlines()
    quotes = [found["quote"] for found in map(json.loads, lines) if found["slug"] == SLUG]
    assert OXYGEN in quotes
    assert CURE not in quotes


def test_a_sentence_that_a_person_cleared_is_shown_again(engine: Engine, tmp_path: Path) -> None:
    with session(engine) as opened:
        clinic = opened.exec(select(Clinic).where(Clinic.slug == SLUG)).one()
        opened.add(
            Review(
                clinic_id=clinic.id, criterion="overclaims", sentence_digest=sentence_digest(CURE), quote=CURE, verdict="",
                machine_verdict="raised", decision="reject", reason="A patient's own words.", author="ana", state="standing",
            )
        )  # fmt: skip
    assert "Come and see" in text(site(engine, tmp_path), f"/clinics/{SLUG}")


def test_a_sentence_that_is_published_is_shown_beside_others(engine: Engine, tmp_path: Path) -> None:
    with session(engine) as opened:
        clinic = opened.exec(select(Clinic).where(Clinic.slug == SLUG)).one()
        verdict = opened.exec(_verdict(clinic, "overclaims")).one()
        verdict.verdict, verdict.evidence = "raised", [{**verdict.evidence[0], "verdict": "raised", "quote": CURE}]
        opened.add(verdict)
    assert "Come and see" in text(site(engine, tmp_path), f"/clinics/{SLUG}")


def test_a_waiting_sentence_that_overlaps_the_quote_leaves_no_word_around_it() -> None:
    words = "Is it safe? Completely safe. Come in."
    quote = words.index("Completely"), words.index(" Come")
    assert clear_around(words, 0, *quote, len(words), ["Is it safe? Completely safe."]) == (quote[0], len(words))


def test_white_space_does_not_hide_that_a_fact_rests_on_a_waiting_sentence() -> None:
    assert touches("Nine of ten\n of our patients", [CURE])
    assert not touches("", [CURE])
