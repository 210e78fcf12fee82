"""Looking through all stored pages for a preview, in batches over two processes: which have other findings under a new checklist?"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from jobs.difference import Difference
from jobs.read import as_page
from scorer.checklist import Checklist
from scorer.findings import Judge
from scorer.reader import Reader, has_model
from scorer.verdicts import Finding
from store import models
from store.encodings import Encodings
from store.engine import open_engine
from store.settings import Settings

PROCESSES = 2


@dataclass(frozen=True, slots=True)
class Changed:
    """A page whose findings on the judged criteria would be others."""

    page_id: int
    clinic_id: int
    findings: tuple[Finding, ...]
    came: tuple[tuple[str, str, str], ...]
    went: tuple[tuple[str, str, str], ...]


class _Worker:
    """What one process needs for its batches; made once."""

    def __init__(self, url: str, what: Difference, narrow: Checklist, taught_reader: bool) -> None:
        self.engine = open_engine(url)
        self.what = what
        self.matcher = what.matcher()
        reader = Reader(keep=Encodings(self.engine)) if taught_reader and has_model() else None
        self.judge = Judge(narrow, reader)
        self._words = what.words_to_look_for()

    def _touches(self, text: str) -> bool:
        """Whether a changed phrase stands in the text."""
        if self._words is not None:
            small = text.lower()
            if not any(word in small for word in self._words):
                return False
        return self.matcher is not None and bool(self.matcher.find(text))

    def look(self, numbers: Sequence[int]) -> tuple[int, list[Changed]]:
        """How many of these pages were judged, and those whose findings change."""
        with Session(self.engine) as opened:
            if self.what.taught or self.matcher is None:
                candidates = list(numbers)
            else:
                texts = opened.exec(select(models.Page.id, models.Page.text).where(col(models.Page.id).in_(numbers)))
                candidates = [number for number, text in texts if number is not None and self._touches(text)]
            rows = opened.exec(
                select(models.Page, models.Clinic.name, func.max(models.Snapshot.url))
                .join(models.Clinic, col(models.Clinic.id) == col(models.Page.clinic_id))
                .join(models.Snapshot, col(models.Snapshot.page_id) == col(models.Page.id))
                .where(col(models.Page.id).in_(candidates), col(models.Snapshot.current))
                .group_by(col(models.Page.id), col(models.Clinic.name))
            ).all()
            had: dict[int, set[tuple[str, str, str]]] = defaultdict(set)
            ids = [criterion.id for criterion in self.judge.checklist.criteria]
            columns = (models.Finding.page_id, models.Finding.criterion, models.Finding.verdict, models.Finding.quote)
            for page_id, *said in opened.exec(
                select(*columns).where(
                    col(models.Finding.page_id).in_(candidates), col(models.Finding.criterion).in_(ids)
                )
            ):
                had[page_id].add((said[0], said[1], said[2]))
        changed = []
        for row, clinic, address in rows:
            assert row.id is not None
            findings = self.judge.find(as_page(row, address, clinic))
            has = {(f.criterion, e.verdict.value, e.quote) for f in findings for e in f.evidence}
            if has != had[row.id]:
                came, went = has - had[row.id], had[row.id] - has
                changed.append(Changed(row.id, row.clinic_id, findings, tuple(sorted(came)), tuple(sorted(went))))
        return len(rows), changed


_worker: _Worker | None = None


def _begin(url: str, what: Difference, narrow: Checklist, taught_reader: bool) -> None:
    global _worker  # noqa: PLW0603  what a worker process keeps from one batch to the next
    _worker = _Worker(url, what, narrow, taught_reader)


def _look(numbers: Sequence[int]) -> tuple[int, list[Changed]]:
    assert _worker is not None
    return _worker.look(numbers)


def over_processes(
    engine: Engine, what: Difference, narrow: Checklist, settings: Settings, batches: Sequence[Sequence[int]]
) -> Iterator[tuple[int, list[Changed]]]:
    """The batches in order; a small corpus is looked through in this process."""
    url = engine.url.render_as_string(hide_password=False)
    given = (url, what, narrow, settings.taught_reader)
    if len(batches) <= 1:
        worker = _Worker(*given)
        yield from (worker.look(batch) for batch in batches)
        worker.engine.dispose()
        return
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn"), initializer=_begin, initargs=given) as pool:
        yield from pool.map(_look, batches)
