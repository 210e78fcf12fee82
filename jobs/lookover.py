"""Looking through all stored pages for a preview, some clinics at a time over several processes: what would be found otherwise?"""

import gc
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import Session, col

from jobs.difference import Difference
from jobs.effect import MOST_LISTED, Flip, Moved, Said
from jobs.flips import flips
from jobs.found import columns
from jobs.judge import cores
from jobs.read import as_page
from jobs.touched import Touched
from scorer.checklist import Checklist
from scorer.findings import Judge, Listened
from scorer.page import Page
from scorer.reader import Reader
from scorer.verdicts import Finding
from store import models
from store.encodings import Encodings
from store.engine import open_engine
from store.settings import Settings

CLINICS_AT_ONCE = 20


@dataclass(frozen=True)
class Task:
    """What a preview compares: the two checklists with the criteria that can differ alone, and what the stored findings were made
    with (`made`). Pages that carry other findings are passed over."""

    what: Difference
    near: frozenset[str]
    old: Checklist
    new: Checklist
    made: str
    with_reader: bool
    settings: Settings


@dataclass
class Seen:
    """What was seen at some clinics: pages looked through and judged, clinics with other findings, findings that come and go."""

    pages: int = 0
    judged: int = 0
    clinics: int = 0
    flips: list[Flip] = field(default_factory=list)
    new: list[Moved] = field(default_factory=list)
    lost: list[Moved] = field(default_factory=list)
    new_counts: Counter[str] = field(default_factory=Counter)
    lost_counts: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Seen") -> None:
        """Take in what was seen at other clinics; the lists are cut, the counts are whole."""
        self.pages += other.pages
        self.judged += other.judged
        self.clinics += other.clinics
        self.flips += other.flips
        self.new += other.new[: MOST_LISTED - len(self.new)]
        self.lost += other.lost[: MOST_LISTED - len(self.lost)]
        self.new_counts += other.new_counts
        self.lost_counts += other.lost_counts


class _Ahead:
    """A keep that fetches the readings of many pages in one go."""

    def __init__(self, keep: Encodings) -> None:
        self._keep = keep
        self._held: Mapping[str, bytes] = {}

    def fetch(self, digests: Sequence[str]) -> None:
        """Have these at hand, in the place of those before."""
        self._held = self._keep.get(digests)

    def get(self, digests: Sequence[str]) -> Mapping[str, bytes]:
        """What is at hand, or else in the database."""
        held = {digest: self._held[digest] for digest in digests if digest in self._held}
        return held if len(held) == len(set(digests)) else self._keep.get(digests)

    def put(self, scores: Mapping[str, bytes]) -> None:
        """Keep these."""
        self._keep.put(scores)


class _Worker:
    """What one process needs for its clinics; made once."""

    def __init__(self, url: str, task: Task) -> None:
        self.engine = open_engine(url)
        self.task = task
        self._touched = Touched(task.what, task.near)
        self._ahead = _Ahead(Encodings(self.engine))
        self._judge = Judge(task.new, Reader(keep=self._ahead) if task.with_reader else None)
        # Without the taught reader, to hear is nearly all of judging: there is nothing to be saved by it.
        by_phrases_alone = task.with_reader and not (task.what.everywhere or task.what.examples or task.what.gone)
        self._before = Judge(task.old) if by_phrases_alone else None

    def look(self, clinic_ids: Sequence[int]) -> Seen:
        """Look through the pages of these clinics."""
        seen = Seen()
        with Session(self.engine) as opened:
            named = select(*columns(models.Clinic, "id name")).where(col(models.Clinic.id).in_(clinic_ids))
            names = {row.id: row.name for row in opened.execute(named)}
            pages = _current_pages(opened, clinic_ids)
            made = {page.id: page for many in pages.values() for page in many if page.scored_with == self.task.made}
            seen.pages = len(made)
            touched = [page for page in made.values() if self._touched.touches(page.text, page.passages)]
            laid_out = _laid_out(opened, touched, names)
            told = {number: listened for number, page in laid_out.items() if (listened := self._told_otherwise(page))}
            if self.task.with_reader:
                self._ahead.fetch([digest for number in told for digest in made[number].passages])
            changed = self._judged(opened, seen, laid_out, told, made, names)
            others = {made[number].clinic_id for number in changed}
            # A clinic whose pages are all gone keeps findings, but has nothing that could flip.
            others |= _clinics_with(opened, clinic_ids, self.task.what.gone) & pages.keys()
            seen.clinics = len(others)
            if others:
                rest = [page for number in others for page in pages[number] if page.id not in laid_out]
                laid_out |= _laid_out(opened, rest, names)
                theirs = {number: {page.id: laid_out[page.id] for page in pages[number]} for number in sorted(others)}
                seen.flips += flips(opened, self.task.old, self.task.new, theirs, changed, self.task.settings)
        return seen

    def _told_otherwise(self, page: Page) -> Listened | None:
        """What the new phrases make of a page; None where its findings cannot differ: only phrases changed, and they tell the same."""
        listened = self._judge.listen(page)
        around = None if self.task.what.contexts else listened.contexts
        if self._before and self._before.listen(page, listened.sentences, around).tells() == listened.tells():
            return None
        return listened

    def _judged(
        self,
        opened: Session,
        seen: Seen,
        laid_out: Mapping[int, Page],
        told: Mapping[int, Listened],
        made: Mapping[int, Any],
        names: Mapping[int, str],
    ) -> dict[int, tuple[Finding, ...]]:
        """The findings of those pages that are told otherwise and would have others, by page."""
        had: dict[int, set[tuple[str, str, str]]] = defaultdict(set)
        for number, *words in opened.execute(
            select(*columns(models.Finding, "page_id criterion verdict quote")).where(
                col(models.Finding.page_id).in_(told), col(models.Finding.criterion).in_(self.task.new.by_id)
            )
        ):
            had[number].add((words[0], words[1], words[2]))
        changed = {}
        for number, listened in told.items():
            page = laid_out[number]
            # Pages that carry other findings were passed over: these were last read by this very program.
            findings = self._judge.judge(self._judge.look(page, made[number].passages, listened))
            seen.judged += 1
            has = {(f.criterion, e.verdict.value, e.quote) for f in findings for e in f.evidence}
            if has != had[number]:
                changed[number] = findings
                for moved, listed, counts in (
                    (has - had[number], seen.new, seen.new_counts),
                    (had[number] - has, seen.lost, seen.lost_counts),
                ):
                    counts.update(criterion for criterion, _, _ in moved)
                    room = MOST_LISTED - len(listed)  # more than that nobody is shown
                    listed += [
                        Moved(names[made[number].clinic_id], criterion, Said(verdict, quote, page.address))
                        for criterion, verdict, quote in sorted(moved)[: max(0, room)]
                    ]
        return changed


def _current_pages(opened: Session, clinic_ids: Sequence[int]) -> dict[int, list[Any]]:
    """The current pages with text of these clinics, each once, in the order of assessments."""
    wanted = (
        select(*columns(models.Page, "id clinic_id text passages scored_with"), col(models.Snapshot.url))
        .join(models.Snapshot, col(models.Snapshot.page_id) == col(models.Page.id))
        .where(
            col(models.Page.clinic_id).in_(clinic_ids), col(models.Snapshot.current), col(models.Snapshot.gone_at).is_(None),
            col(models.Page.text) != "",
        )
        .order_by(col(models.Snapshot.url), col(models.Snapshot.id))
    )  # fmt: skip
    pages: dict[int, dict[int, Any]] = defaultdict(dict)
    for row in opened.execute(wanted):
        pages[row.clinic_id].setdefault(row.id, row)
    return {number: list(many.values()) for number, many in pages.items()}


def _laid_out(opened: Session, rows: Iterable[Any], names: Mapping[int, str]) -> dict[int, Page]:
    """The pages of these rows with their blocks, by page id; what is laid out once serves for judging and for rolling up."""
    of = {row.id: row for row in rows}
    wanted = select(*columns(models.Page, "id title kind language text blocks")).where(col(models.Page.id).in_(of))
    return {
        row.id: as_page(row, of[row.id].url, names[of[row.id].clinic_id])
        for row in opened.execute(wanted.order_by(col(models.Page.id)))
    }


def _clinics_with(opened: Session, clinic_ids: Sequence[int], criteria: Sequence[str]) -> set[int]:
    if not criteria:
        return set()
    wanted = select(col(models.Finding.clinic_id)).where(
        col(models.Finding.clinic_id).in_(clinic_ids), col(models.Finding.criterion).in_(criteria)
    )
    return set(opened.execute(wanted.distinct()).scalars())


_worker: _Worker | None = None


def _begin(url: str, task: Task) -> None:
    global _worker  # noqa: PLW0603  what a worker process keeps from one batch to the next
    _worker = _Worker(url, task)
    gc.freeze()  # what stays for good is not looked through again and again for garbage


def _look(clinic_ids: Sequence[int]) -> Seen:
    assert _worker is not None
    return _worker.look(clinic_ids)


def look_over(engine: Engine, task: Task, clinic_ids: Sequence[int]) -> Iterator[Seen]:
    """What is seen at these clinics, some at a time; few of them are looked at in this process."""
    batches = [clinic_ids[at : at + CLINICS_AT_ONCE] for at in range(0, len(clinic_ids), CLINICS_AT_ONCE)]
    url = engine.url.render_as_string(hide_password=False)
    if len(batches) <= 1 or cores() == 1:
        worker = _Worker(url, task)
        yield from (worker.look(batch) for batch in batches)
        worker.engine.dispose()
        return
    with ProcessPoolExecutor(cores(), get_context("spawn"), initializer=_begin, initargs=(url, task)) as pool:
        yield from pool.map(_look, batches)
