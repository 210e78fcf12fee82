"""Judging by several processes at once."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlmodel import col, select

from jobs.judge import judge_pages, judge_pages_together, unjudged_pages
from scorer.checklist import load_checklist
from scorer.findings import Judge
from store import models
from store.engine import open_engine, session

JUDGE = Judge(load_checklist(Path(__file__).parent.parent / "checklist.yaml"))
TEXT = "We check your blood pressure every ten minutes in room"


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """Sixty stored pages that were not judged yet."""
    url = f"sqlite:///{tmp_path / 'vetting.sqlite'}"
    engine = open_engine(url)
    with session(engine) as opened:
        clinic = models.Clinic(slug="ash", name="Ash Infusion", url="https://ash.example", website="ash.example")
        run = models.CrawlRun(state="finished")
        opened.add_all([clinic, run])
        opened.flush()
        visit = models.Visit(run_id=run.id or 0, clinic_id=clinic.id or 0, outcome="complete")
        opened.add(visit)
        opened.flush()
        for number in range(60):
            text = f"{TEXT} {number}."
            blocks = [["paragraph", 0, len(text), [], "main", 0]]
            page = models.Page(
                clinic_id=clinic.id or 0, text_digest=str(number), text=text, blocks=blocks, kind="process"
            )
            opened.add(page)
            opened.flush()
            opened.add(
                models.Snapshot(
                    clinic_id=clinic.id or 0, visit_id=visit.id or 0, url=f"https://ash.example/{number}", status=200,
                    content_type="text/html", digest=str(number), warc_file="", warc_offset=0, warc_length=0, page_id=page.id,
                )
            )  # fmt: skip
    engine.dispose()
    return url


def found(url: str) -> Sequence[tuple[int, str, str, int, int]]:
    with session(open_engine(url)) as opened:
        f = models.Finding
        return list(
            opened.exec(select(f.page_id, f.criterion, f.quote, f.start, f.end).order_by(col(f.page_id), f.criterion))
        )


def test_two_processes_find_what_one_finds(database_url: str) -> None:
    engine = open_engine(database_url)
    with session(engine) as opened:
        numbers = unjudged_pages(opened, JUDGE)
    assert list(judge_pages_together(database_url, JUDGE, numbers, 2))[-1] == 60
    together = found(database_url)
    assert list(judge_pages(engine, JUDGE, numbers))[-1] == 60
    assert together == found(database_url)
    assert len(together) >= 60
