"""Exports are streams: they go on past the first batch of rows from the database."""

import tracemalloc

import pytest
from sqlalchemy import Engine

from jobs.rows import AT_ONCE, change_rows, clinic_rows, finding_rows, page_rows
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


@pytest.mark.parametrize("rows", [page_rows, finding_rows])
def test_an_export_is_in_the_order_of_clinic_and_address(corpus: Engine, rows: object) -> None:
    with session(corpus) as opened:
        opened.add(Clinic(id=2, slug="acorn", name="Acorn", url="https://acorn.example/", website="acorn.example"))
        opened.flush()
        opened.add(Visit(id=2, run_id=1, clinic_id=2, outcome="complete"))
        opened.add(Page(id=MANY + 1, clinic_id=2, text_digest="acorn", text="We check your pulse."))
        opened.flush()
        for url in ("https://acorn.example/z", "https://acorn.example/a"):
            opened.add(Snapshot(clinic_id=2, visit_id=2, url=url, status=200, digest=url, page_id=MANY + 1))
        opened.add(
            Finding(
                page_id=MANY + 1, clinic_id=2, criterion="pulse", verdict="partial", quote="pulse", start=14, end=19
            )
        )
    assert callable(rows)
    order = [(row["clinic"], row["url"]) for row in rows(corpus)]
    assert len(order) == MANY + 2 and order[:2] == [("Acorn", f"https://acorn.example/{end}") for end in "az"]
    assert order == sorted(order)


@pytest.mark.parametrize("rows", [page_rows, finding_rows])
def test_an_export_holds_few_rows_in_memory(corpus: Engine, rows: object) -> None:
    long = "We check your pulse. " * 1000  # 21 KB
    more = range(MANY + 1, 4 * MANY)
    with session(corpus) as opened:
        opened.add_all(Page(id=n, clinic_id=1, text_digest=str(n), text=long) for n in more)
        opened.flush()
        for n in more:
            url = f"https://ash.example/{n}"
            opened.add(Snapshot(clinic_id=1, visit_id=1, url=url, status=200, digest=url, page_id=n))
            seen = {"criterion": "vital-signs", "clinic_id": 1, "start": 14, "end": 19}
            opened.add(Finding(page_id=n, verdict="partial", quote=long, **seen))
    assert callable(rows)
    tracemalloc.start()
    number = sum(1 for _ in rows(corpus))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert number == 4 * MANY - 1 and peak < len(more) * len(long) * 0.8
