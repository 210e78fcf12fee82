"""Scoring stored pages: from the archive to assessments, again and again."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import col, func, select

from jobs.publish import Decisions
from jobs.read import in_whole_letters, read_snapshots, unread_snapshots
from jobs.score import score
from scorer.markdown import read_markdown
from store import models
from store.archive import Archive, ArchivedResponse
from store.engine import open_engine, session
from store.settings import Settings
from store.warc_writer import ArchiveWriter, Exchange, payload_digest

STATES = "<h1>What to expect</h1><p>We check your blood pressure every ten minutes.</p>"
OPPOSITE = "<h1>What to expect</h1><p>Nothing is measured during the session.</p>"


@pytest.fixture
def clinic(engine: Engine) -> int:
    """A clinic with one finished visit."""
    with session(engine) as opened:
        row = models.Clinic(slug="ash", name="Ash Infusion", url="https://ash.example", website="ash.example")
        run = models.CrawlRun(state="finished")
        opened.add_all([row, run])
        opened.flush()
        opened.add(models.Visit(run_id=run.id or 0, clinic_id=row.id or 0, outcome="complete", counts={"stored": 1}))
        assert row.id is not None
        return row.id


def keep(engine: Engine, settings: Settings, clinic: int, path: str, html: str) -> None:
    """Archive a page as a crawl would, in place of an older reading of the same address."""
    body = html.encode()
    url = f"https://ash.example{path}"
    writer = ArchiveWriter(settings.archive_dir, "test", "test")
    headers = [("Content-Type", "text/html; charset=utf-8")]
    place = writer.write(Exchange(url, models.now(), 200, "OK", headers, body, []))
    writer.close()
    with session(engine) as opened:
        for old in opened.exec(select(models.Snapshot).where(models.Snapshot.url == url)):
            old.current = False
            opened.add(old)
        visit = opened.exec(select(models.Visit)).first()
        assert visit is not None
        opened.add(
            models.Snapshot(
                clinic_id=clinic,
                visit_id=visit.id or 0,
                url=url,
                status=200,
                content_type="text/html; charset=utf-8",
                digest=payload_digest(body),
                warc_file=place.file,
                warc_offset=place.offset,
                warc_length=place.length,
            )
        )


def verdict(engine: Engine, criterion: str) -> models.ClinicVerdict:
    with session(engine) as opened:
        return opened.exec(
            select(models.ClinicVerdict).where(
                models.ClinicVerdict.criterion == criterion, col(models.ClinicVerdict.current)
            )
        ).one()


def count(engine: Engine, table: type) -> int:
    with session(engine) as opened:
        return opened.exec(select(func.count()).select_from(table)).one()


def test_an_archived_page_becomes_a_verdict_with_its_quote(engine: Engine, settings: Settings, clinic: int) -> None:
    keep(engine, settings, clinic, "/expect", STATES)
    score(engine, settings)
    row = verdict(engine, "vital-signs")
    assert (row.verdict, row.evidence[0]["quote"]) == ("stated", "We check your blood pressure every ten minutes.")


def test_what_no_page_speaks_of_is_silent(engine: Engine, settings: Settings, clinic: int) -> None:
    keep(engine, settings, clinic, "/expect", STATES)
    score(engine, settings)
    assert verdict(engine, "registered").verdict == "silent"


def test_a_clinic_of_which_nothing_could_be_read_is_unread(engine: Engine, settings: Settings, clinic: int) -> None:
    score(engine, settings)
    assert verdict(engine, "vital-signs").verdict == "unread"


def test_a_second_run_finds_nothing_to_do(engine: Engine, settings: Settings, clinic: int) -> None:
    keep(engine, settings, clinic, "/expect", STATES)
    score(engine, settings)
    again = score(engine, settings)
    assert (again.read, again.judged, again.changes, count(engine, models.Assessment)) == (0, 0, 0, 1)


def test_a_page_that_changed_makes_a_change_with_its_cause(engine: Engine, settings: Settings, clinic: int) -> None:
    keep(engine, settings, clinic, "/expect", STATES)
    score(engine, settings)
    keep(engine, settings, clinic, "/expect", OPPOSITE)
    score(engine, replace(settings, publish_without_review=True))
    with session(engine) as opened:
        change = opened.exec(select(models.Change).where(models.Change.criterion == "vital-signs")).one()
    assert (change.before, change.after, change.cause) == ("stated", "contradicted", "page changed")


def test_a_verdict_that_came_and_went_before_anybody_looked_leaves_no_change(
    engine: Engine, settings: Settings, clinic: int
) -> None:
    for page in (STATES, OPPOSITE, STATES):
        keep(engine, settings, clinic, "/expect", page)
        score(engine, settings)
    with session(engine) as opened:
        told = opened.exec(select(models.Change).where(models.Change.criterion == "vital-signs")).all()
    assert not told


def test_a_change_is_told_against_what_was_last_published(engine: Engine, settings: Settings, clinic: int) -> None:
    for page in (STATES, OPPOSITE, "<p>Hello there, and welcome to our pages.</p>"):
        keep(engine, settings, clinic, "/expect", page)
        score(engine, settings)
    with session(engine) as opened:
        change = opened.exec(select(models.Change).where(models.Change.criterion == "vital-signs")).one()
    assert (change.before, change.after) == ("stated", "silent")


def test_a_contradicted_verdict_waits_for_a_person(engine: Engine, settings: Settings, clinic: int) -> None:
    keep(engine, settings, clinic, "/expect", OPPOSITE)
    score(engine, settings)
    assert not verdict(engine, "vital-signs").published


def test_the_demonstration_publishes_at_once(engine: Engine, settings: Settings, clinic: int) -> None:
    keep(engine, settings, clinic, "/expect", OPPOSITE)
    score(engine, replace(settings, publish_without_review=True))
    assert verdict(engine, "vital-signs").published


def test_an_edited_checklist_is_applied_without_a_new_crawl(engine: Engine, settings: Settings, clinic: int) -> None:
    keep(engine, settings, clinic, "/expect", "<p>We wobble your gyroscope every ten minutes.</p>")
    score(engine, settings)
    edited = settings.data_dir / "checklist.yaml"
    text = settings.checklist.read_text(encoding="utf-8")
    at = text.index("  - id: vital-signs")
    at = text.index("      any:\n", at) + len("      any:\n")
    edited.write_text(text[:at] + '        - "wobble* your gyroscope"\n' + text[at:], encoding="utf-8")
    score(engine, replace(settings, checklist=edited))
    with session(engine) as opened:
        change = opened.exec(select(models.Change).where(models.Change.criterion == "vital-signs")).one()
    assert (change.before, change.after, change.cause) == ("silent", "stated", "checklist changed")


def test_a_record_that_is_lost_from_the_archive_is_marked_and_stops_nothing(
    engine: Engine, settings: Settings, clinic: int
) -> None:
    keep(engine, settings, clinic, "/expect", STATES)
    for path in settings.archive_dir.iterdir():
        path.unlink()
    score(engine, settings)
    with session(engine) as opened:
        assert "unreadable" in opened.exec(select(models.Snapshot)).one().marks


def test_half_a_letter_in_a_page_is_kept_as_a_mark(engine: Engine, settings: Settings, clinic: int) -> None:
    asked = '<script type="application/ld+json">{"@type": "Question", "name": "Safe?", "acceptedAnswer": {"text": "%s"}}</script>'
    keep(engine, settings, clinic, "/asked", STATES + asked % r"Yes, we do \ud83d\u0000")
    score(engine, settings)
    assert verdict(engine, "vital-signs").verdict == "stated"
    with session(engine) as opened:
        assert opened.exec(select(models.Page)).one().text.endswith("Yes, we do \ufffd\ufffd")


def test_marks_in_place_of_half_letters_move_no_offset() -> None:
    page = read_markdown("# Fees \ud83d\n\nWe \udc00 check.\x00", title="\ud83d", clinic="Ash \ud83d")
    whole = in_whole_letters(page)
    assert [whole.block_text(block) for block in whole.blocks] == ["Fees \ufffd", "We \ufffd check.\ufffd"]
    assert (whole.title, whole.clinic, whole.blocks[1].heading_path) == ("\ufffd", "Ash \ufffd", ("Fees \ufffd",))


class _FailingArchive(Archive):
    """An archive that brings out a fault which nobody has thought of, at one address."""

    def read(self, snapshot: Any) -> ArchivedResponse:
        if snapshot.url.endswith("/fault"):
            raise KeyError("a fault of ours")
        return super().read(snapshot)


def test_a_snapshot_that_cannot_be_read_for_whatever_cause_costs_only_itself(
    engine: Engine, settings: Settings, clinic: int, caplog: pytest.LogCaptureFixture
) -> None:
    keep(engine, settings, clinic, "/fault", OPPOSITE)
    keep(engine, settings, clinic, "/expect", STATES)
    with session(engine) as opened:
        numbers = unread_snapshots(opened)
    assert list(read_snapshots(engine, _FailingArchive(settings.archive_dir), numbers)) == [2]
    with session(engine) as opened:
        kept = {s.url: (s.marks, s.page_id is None) for s in opened.exec(select(models.Snapshot))}
        assert unread_snapshots(opened) == []
    assert kept == {"https://ash.example/fault": (["unreadable"], False), "https://ash.example/expect": ([], False)}
    assert "https://ash.example/fault" in caplog.text


@pytest.mark.parametrize("seconds", [0.9, 1.3, 1.7, 2.1])
def test_a_killed_run_goes_on_where_it_was(tmp_path: Path, settings: Settings, seconds: float) -> None:
    url = f"sqlite:///{tmp_path / 'vetting.sqlite'}"
    engine = open_engine(url)
    with session(engine) as opened:
        row = models.Clinic(slug="ash", name="Ash Infusion", url="https://ash.example", website="ash.example")
        run = models.CrawlRun(state="finished")
        opened.add_all([row, run])
        opened.flush()
        opened.add(models.Visit(run_id=run.id or 0, clinic_id=row.id or 0, outcome="complete"))
        number = row.id or 0
    for page in range(60):
        keep(engine, settings, number, f"/page-{page}", f"{STATES}<p>Page number {page} speaks of room {page}.</p>")
    environment = {
        **os.environ,
        "VETTING_DATA_DIR": str(tmp_path),
        "VETTING_DATABASE_URL": url,
        "VETTING_TAUGHT_READER": "no",
    }
    process = subprocess.Popen([sys.executable, "-m", "vetting", "score"], env=environment, stdout=subprocess.DEVNULL)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    score(engine, replace(settings, database_url=url))
    with session(engine) as opened:
        pages = opened.exec(select(func.count()).select_from(models.Page)).one()
        doubled = opened.exec(
            select(models.Finding.page_id)
            .group_by(col(models.Finding.page_id), col(models.Finding.criterion), col(models.Finding.start))
            .having(func.count() > 1)
        ).all()
    assert (pages, doubled, count(engine, models.Assessment)) == (60, [], 1)


def test_a_footer_on_every_page_is_quoted_from_one(engine: Engine, settings: Settings, clinic: int) -> None:
    for page in range(5):
        keep(
            engine,
            settings,
            clinic,
            f"/page-{page}",
            f"<p>Room {page}.</p><footer><p>In crisis? Call or text 988.</p></footer>",
        )
    score(engine, settings)
    assert len(verdict(engine, "crisis-plan").evidence) == 1


def test_a_page_whose_markup_would_hold_up_a_parser_is_read_by_its_words(
    engine: Engine, settings: Settings, clinic: int
) -> None:
    crowded = "<p " + " ".join(f"a{number}=1" for number in range(300)) + ">"
    keep(engine, settings, clinic, "/crowded", crowded + "We check your blood pressure every ten minutes.</p>")
    score(engine, settings)
    assert verdict(engine, "vital-signs").verdict == "stated"


@pytest.mark.parametrize(("confidence", "shown"), [("certain", True), ("doubtful", False)])
def test_a_doubtful_sentence_beside_a_published_verdict_waits_for_a_person(
    engine: Engine, settings: Settings, clinic: int, confidence: str, shown: bool
) -> None:
    piece = {"verdict": "stated", "confidence": confidence, "sentence_digest": "of-a-sentence"}
    with session(engine) as opened:
        assert Decisions(opened, clinic, settings).lets_stand("vital-signs", piece) is shown
