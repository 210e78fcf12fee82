"""Exports are streams: they go on past the first batch of rows from the database."""

import pytest
from sqlalchemy import Engine

from jobs.export import AT_ONCE, change_rows, clinic_rows, finding_rows, page_rows
from store.engine import session
from store.models import Assessment, Change, Clinic, CrawlRun, Finding, Location, Page, Snapshot, Visit

MANY = AT_ONCE + 1


@pytest.fixture
def corpus(engine: Engine) -> Engine:
    """One clinic with more of everything than a batch holds."""
    with session(engine) as opened:
        opened.add(Clinic(id=1, slug="ash", name="Ash", url="https://ash.example/", website="ash.example"))
        opened.add(CrawlRun(id=1))
        opened.flush()
        opened.add(Visit(id=1, run_id=1, clinic_id=1, outcome="complete"))
        opened.add(Assessment(id=1, clinic_id=1, checklist_version="1"))
        opened.add_all(
            Page(id=n, clinic_id=1, text_digest=str(n), text="We check your pulse.") for n in range(1, MANY + 1)
        )
        opened.flush()
        for n in range(1, MANY + 1):
            url = f"https://ash.example/{n}"
            seen = {"criterion": "vital-signs", "clinic_id": 1}
            opened.add(Location(clinic_id=1, name="Ash", url=url, city=f"Town {n}"))
            opened.add(Snapshot(clinic_id=1, visit_id=1, url=url, status=200, digest=str(n), page_id=n))
            opened.add(Finding(page_id=n, verdict="partial", quote="pulse", start=14, end=19, **seen))
            opened.add(Change(assessment_id=1, before="silent", after="partial", cause="page changed", **seen))
    return engine


@pytest.mark.parametrize("rows", [clinic_rows, page_rows, finding_rows, change_rows])
def test_an_export_goes_on_past_the_first_batch(corpus: Engine, rows: object) -> None:
    assert callable(rows)
    assert len(list(rows(corpus))) == MANY
