"""Pages to findings: every page that was not judged yet with this checklist and this engine, in batches that stand alone."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from hashlib import sha256
from multiprocessing import get_context

from sqlalchemy import Engine
from sqlmodel import Session, col, delete, select

from jobs.read import as_page
from scorer.checklist import Checklist
from scorer.facts import find_facts
from scorer.findings import Judge
from scorer.reader import Reader
from store import models
from store.encodings import Encodings
from store.engine import open_engine, session

AT_ONCE = 25


def cores() -> int:
    """How many processes may work at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def version_of(judge: Judge) -> str:
    """What findings were made with: checklist and engine."""
    return f"{judge.checklist.version}/{judge.engine}"


def unjudged_pages(opened: Session, judge: Judge, clinic_ids: Sequence[int] | None = None) -> list[int]:
    """The pages of current snapshots that lack findings of this version, in order."""
    wanted = (
        select(models.Page.id)
        .join(models.Snapshot, col(models.Snapshot.page_id) == col(models.Page.id))
        .where(col(models.Snapshot.current), models.Page.scored_with != version_of(judge))
        .distinct()
        .order_by(col(models.Page.id))
    )
    if clinic_ids is not None:
        wanted = wanted.where(col(models.Page.clinic_id).in_(clinic_ids))
    return [number for number in opened.exec(wanted) if number is not None]


def judge_pages(engine: Engine, judge: Judge, numbers: Sequence[int]) -> Iterator[int]:
    """Judge these pages and keep their findings, a batch a transaction; yields how many are done after each batch."""
    for at in range(0, len(numbers), AT_ONCE):
        batch = numbers[at : at + AT_ONCE]
        judge_batch(engine, judge, batch)
        yield at + len(batch)


def judge_pages_together(database_url: str, judge: Judge, numbers: Sequence[int], processes: int) -> Iterator[int]:
    """As `judge_pages`, by several processes at once; each makes checklist and reader ready once and opens the database itself."""
    batches = [numbers[at : at + AT_ONCE] for at in range(0, len(numbers), AT_ONCE)]
    done = 0
    with ProcessPoolExecutor(
        processes,
        get_context("spawn"),
        initializer=_begin,
        initargs=(database_url, judge.checklist, judge.reader is not None),
    ) as pool:
        waiting = [pool.submit(_judge_here, batch) for batch in batches]
        for judged in as_completed(waiting):
            done += judged.result()
            yield done


# What a process of the pool judges with: (engine, judge), set once when it begins.
_here: list[tuple[Engine, Judge]] = []


def _begin(database_url: str, checklist: Checklist, taught: bool) -> None:
    engine = open_engine(database_url)
    _here.append((engine, Judge(checklist, Reader(keep=Encodings(engine)) if taught else None)))


def _judge_here(numbers: Sequence[int]) -> int:
    engine, judge = _here[0]
    judge_batch(engine, judge, numbers)
    return len(numbers)


def judge_batch(engine: Engine, judge: Judge, numbers: Sequence[int]) -> None:
    """Judge a batch of pages: read, judged outside of any transaction, written whole or not at all."""
    with Session(engine) as opened:
        rows = opened.exec(
            select(models.Page, models.Clinic.name)
            .join(models.Clinic, col(models.Clinic.id) == col(models.Page.clinic_id))
            .where(col(models.Page.id).in_(numbers))
        ).all()
        addresses = dict(
            opened.exec(
                select(models.Snapshot.page_id, models.Snapshot.url)
                .where(col(models.Snapshot.page_id).in_(numbers), col(models.Snapshot.current))
                .order_by(col(models.Snapshot.id).desc())
            ).all()
        )
    judged: list[tuple[int, list[dict[str, object]], list[str], list[models.Finding]]] = []
    for row, name in rows:
        assert row.id is not None
        looked = judge.look(as_page(row, addresses.get(row.id, ""), name))
        findings = [
            models.Finding(
                page_id=row.id,
                clinic_id=row.clinic_id,
                criterion=finding.criterion,
                verdict=evidence.verdict.value,
                confidence=evidence.confidence.value,
                quote=evidence.quote,
                start=evidence.start,
                end=evidence.end,
                heading_path=list(evidence.heading_path),
                reason={**evidence.reason.as_json(), "page_verdict": finding.verdict.value},
                sentence_digest=sentence_digest(evidence.quote),
                checklist_version=judge.checklist.version,
                engine_version=judge.engine,
            )
            for finding in judge.judge(looked)
            for evidence in finding.evidence
        ]
        passages = list(looked.reading.passages) if looked.reading else []
        judged.append((row.id, [dict(fact.as_json()) for fact in find_facts(looked)], passages, findings))
    with session(engine) as opened:
        opened.exec(delete(models.Finding).where(col(models.Finding.page_id).in_(numbers)))
        for number, facts, passages, findings in judged:
            page_row = opened.get_one(models.Page, number)
            page_row.facts, page_row.passages = facts, passages
            page_row.scored_with = version_of(judge)
            opened.add(page_row)
            opened.add_all(findings)


def sentence_digest(quote: str) -> str:
    """What tells whether a sentence is still the same one: its words, not its white space or case."""
    return sha256(" ".join(quote.split()).casefold().encode()).hexdigest()[:32]
