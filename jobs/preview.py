"""What an edit of the checklist would change over the whole stored corpus, before anybody adopts it.

Only pages whose findings can change are judged: the texts are searched for the phrases that were added, removed or changed, and
what they touch is judged with the criteria that changed. Everything else keeps the findings that it has.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from jobs.assess import as_finding
from jobs.difference import difference
from jobs.judge import version_of
from jobs.lookover import Changed, over_processes
from jobs.publish import Decisions
from scorer.assessment import PageFindings, RolledUp, roll_up
from scorer.checklist import Checklist
from scorer.evaluate import Labelled, evaluate
from scorer.examples import example_page
from scorer.findings import Judge
from scorer.markdown import read_markdown
from scorer.page import PageKind
from scorer.reader import Reader, has_model
from scorer.verdicts import Verdict
from store import models
from store.encodings import Encodings
from store.people_gold import gold_pages
from store.settings import Settings

Progress = Callable[[str, int, int], None]
AT_ONCE = 400
CLINICS_AT_ONCE = 200
QUOTES_SHOWN = 2
MOST_LISTED = 300


@dataclass(frozen=True, slots=True)
class Said:
    """A quote as a preview shows it."""

    verdict: str
    quote: str
    url: str


@dataclass(frozen=True, slots=True)
class Flip:
    """One clinic whose verdict on one criterion would change, with what it rests on before and after."""

    slug: str
    clinic: str
    criterion: str
    before: str
    after: str
    old_quotes: tuple[Said, ...]
    new_quotes: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """One finding that would come or go."""

    clinic: str
    criterion: str
    said: Said


@dataclass(frozen=True, slots=True)
class Failing:
    """An example that the new checklist does not read as it says."""

    criterion: str
    line: int
    text: str
    wanted: str
    found: str


@dataclass(frozen=True, slots=True)
class GoldEffect:
    """How well a criterion is read on the settled gold pages, before and after (None: nothing to measure)."""

    criterion: str
    pages: int
    f1_before: float | None
    f1_after: float | None
    precision_before: float | None
    precision_after: float | None


@dataclass(frozen=True)
class Preview:
    """What would change. Lists are cut at 300; the counts are whole. `behind` pages wait for scoring and are not in it."""

    old_version: str
    new_version: str
    words: tuple[str, ...] = ()
    flips: tuple[Flip, ...] = ()
    flip_counts: Mapping[str, int] = field(default_factory=dict)
    new: tuple[Moved, ...] = ()
    lost: tuple[Moved, ...] = ()
    new_counts: Mapping[str, int] = field(default_factory=dict)
    lost_counts: Mapping[str, int] = field(default_factory=dict)
    failing: tuple[Failing, ...] = ()
    gold: tuple[GoldEffect, ...] = ()
    pages: int = 0
    judged: int = 0
    clinics: int = 0
    behind: int = 0

    def as_json(self) -> dict[str, Any]:
        """The preview as plain objects."""
        return asdict(self)


def preview(
    engine: Engine,
    old: Checklist,
    new: Checklist,
    progress: Progress | None = None,
    *,
    settings: Settings | None = None,
) -> Preview:
    """What adopting `new` in the place of `old` would change in findings and verdicts.

    The stored findings must be of `old`; pages that carry others are counted as `behind`. `progress` hears (step, done, total).
    """
    settings = settings or Settings.from_environment()
    tell = progress or (lambda step, done, total: None)
    reader = Reader(keep=Encodings(engine)) if settings.taught_reader and has_model() else None
    what = difference(old, new, reader.taught if reader else None)
    narrow_old = replace(old, criteria=tuple(c for c in old.criteria if c.id in {*what.judged, *what.gone}))
    narrow_new = replace(new, criteria=tuple(c for c in new.criteria if c.id in what.judged))
    made = version_of(Judge(replace(old, criteria=()), reader))
    with Session(engine) as opened:
        behind = _count(opened, models.Page.scored_with != made)
        numbers = _current_pages(opened, made)
    changed: list[Changed] = []
    judged = 0
    if narrow_new.criteria and (what.filter is not None or what.taught):
        batches = [numbers[at : at + AT_ONCE] for at in range(0, len(numbers), AT_ONCE)]
        done = 0
        for batch, (looked, found) in zip(
            batches, over_processes(engine, what, narrow_new, settings, batches), strict=True
        ):
            judged += looked
            changed += found
            done += len(batch)
            tell("looking through pages", done, len(numbers))
    with Session(engine) as opened:
        touched = sorted({one.clinic_id for one in changed} | set(_clinics_with(opened, what.gone)))
    flips: list[Flip] = []
    flip_counts: dict[str, int] = defaultdict(int)
    for at in range(0, len(touched), CLINICS_AT_ONCE):
        for flip in _flips(engine, narrow_old, narrow_new, touched[at : at + CLINICS_AT_ONCE], changed, settings):
            flip_counts[flip.criterion] += 1
            flips.append(flip)
        tell("rolling up clinics", min(at + CLINICS_AT_ONCE, len(touched)), len(touched))
    new_counts, lost_counts, came, went = _moved(engine, changed)
    judge = Judge(narrow_new, reader)
    return Preview(
        old_version=old.version, new_version=new.version, words=what.words,
        flips=tuple(sorted(flips, key=lambda f: (f.criterion, f.clinic))[:MOST_LISTED]), flip_counts=dict(flip_counts),
        new=came, lost=went, new_counts=new_counts, lost_counts=lost_counts, failing=failing_examples(judge, old),
        gold=_gold(engine, Judge(narrow_old, reader), judge), pages=len(numbers), judged=judged, clinics=len(touched), behind=behind,
    )  # fmt: skip


def failing_examples(judge: Judge, before: Checklist | None = None) -> tuple[Failing, ...]:
    """The examples of the judge's checklist that it reads otherwise than they say; new to `before` first."""
    failing = []
    for criterion in judge.checklist.criteria:
        for example in criterion.examples:
            said = {finding.criterion: finding.verdict for finding in judge.find(example_page(example))}
            found = said.get(criterion.id, Verdict.SILENT)
            if found is not example.verdict:
                failing.append(Failing(criterion.id, example.line, example.text, example.verdict.value, found.value))
    known = {(c.id, e.text) for c in before.criteria for e in c.examples} if before else set()
    return tuple(sorted(failing, key=lambda f: (f.criterion, f.text) in known))


def _count(opened: Session, *which: Any) -> int:
    on = col(models.Snapshot.page_id) == col(models.Page.id)
    wanted = (
        select(func.count(func.distinct(models.Page.id)))
        .join(models.Snapshot, on)
        .where(col(models.Snapshot.current), *which)
    )
    return int(opened.exec(wanted).one())


def _current_pages(opened: Session, made: str) -> list[int]:
    wanted = (
        select(models.Page.id)
        .join(models.Snapshot, col(models.Snapshot.page_id) == col(models.Page.id))
        .where(col(models.Snapshot.current), col(models.Snapshot.gone_at).is_(None), models.Page.scored_with == made)
        .distinct()
        .order_by(col(models.Page.id))
    )
    return [number for number in opened.exec(wanted) if number is not None]


def _clinics_with(opened: Session, criteria: Sequence[str]) -> Iterable[int]:
    return opened.exec(select(models.Finding.clinic_id).where(col(models.Finding.criterion).in_(criteria)).distinct())


def _flips(
    engine: Engine,
    old: Checklist,
    new: Checklist,
    clinic_ids: Sequence[int],
    changed: Sequence[Changed],
    settings: Settings,
) -> Iterator[Flip]:
    replaced = {one.page_id: one.findings for one in changed}
    wanted = {criterion.id for criterion in old.criteria}
    with Session(engine) as opened:
        clinics = {c.id: c for c in opened.exec(select(models.Clinic).where(col(models.Clinic.id).in_(clinic_ids)))}
        pages: dict[int, dict[int, tuple[str, str]]] = defaultdict(dict)
        for clinic_id, page_id, kind, url in opened.exec(
            select(models.Page.clinic_id, models.Page.id, models.Page.kind, models.Snapshot.url)
            .join(models.Snapshot, col(models.Snapshot.page_id) == col(models.Page.id))
            .where(
                col(models.Page.clinic_id).in_(clinic_ids), col(models.Snapshot.current), col(models.Snapshot.gone_at).is_(None),
                models.Page.text != "",
            )
            .order_by(col(models.Snapshot.url), col(models.Snapshot.id))
        ):  # fmt: skip
            pages[clinic_id].setdefault(page_id or 0, (kind, url))
        rows: dict[int, dict[str, list[models.Finding]]] = defaultdict(lambda: defaultdict(list))
        for row in opened.exec(
            select(models.Finding)
            .where(col(models.Finding.clinic_id).in_(clinic_ids), col(models.Finding.criterion).in_(wanted))
            .order_by(col(models.Finding.id))
        ):
            rows[row.page_id][row.criterion].append(row)
        for clinic_id in clinic_ids:
            decisions = Decisions(opened, clinic_id, settings)
            before, after = [], []
            for page_id, (kind, url) in pages[clinic_id].items():
                had = tuple(as_finding(criterion, found) for criterion, found in rows[page_id].items())
                has = replaced.get(page_id, tuple(f for f in had if f.criterion in new.by_id))
                if decisions.any:
                    page = opened.get_one(models.Page, page_id)
                    had, has = decisions.applied(page, had), decisions.applied(page, has)
                before.append(PageFindings(url, PageKind(kind), had))
                after.append(PageFindings(url, PageKind(kind), has))
            was, is_now = roll_up(before, old), roll_up(after, new)
            for criterion in dict.fromkeys((*was, *is_now)):
                one, other = was.get(criterion), is_now.get(criterion)
                verdicts = tuple(up.verdict.value if up else "" for up in (one, other))
                if verdicts[0] != verdicts[1] and verdicts not in (("", "silent"), ("silent", "")):
                    clinic = clinics[clinic_id]
                    yield Flip(
                        clinic.slug, clinic.name, criterion, verdicts[0], verdicts[1], _quotes(one), _quotes(other)
                    )


def _quotes(up: RolledUp[str] | None) -> tuple[Said, ...]:
    return tuple(Said(e.verdict.value, e.quote, url) for url, e in (up.evidence[:QUOTES_SHOWN] if up else ()))


def _moved(
    engine: Engine, changed: Sequence[Changed]
) -> tuple[dict[str, int], dict[str, int], tuple[Moved, ...], tuple[Moved, ...]]:
    counts: tuple[dict[str, int], dict[str, int]] = (defaultdict(int), defaultdict(int))
    listed: tuple[list[tuple[Changed, tuple[str, str, str]]], ...] = ([], [])
    for one in changed:
        for side, moved in enumerate((one.came, one.went)):
            for item in moved:
                counts[side][item[0]] += 1
                if len(listed[side]) < MOST_LISTED:
                    listed[side].append((one, item))
    with Session(engine) as opened:
        shown = {one.page_id for side in listed for one, _ in side}
        wanted = (
            select(models.Snapshot.page_id, models.Snapshot.url, models.Clinic.name)
            .join(models.Clinic, col(models.Clinic.id) == col(models.Snapshot.clinic_id))
            .where(col(models.Snapshot.page_id).in_(shown), col(models.Snapshot.current))
        )
        where = {page_id: (url, name) for page_id, url, name in opened.exec(wanted)}
    rows = [
        tuple(
            Moved(
                where.get(one.page_id, ("", ""))[1],
                criterion,
                Said(verdict, quote, where.get(one.page_id, ("", ""))[0]),
            )
            for one, (criterion, verdict, quote) in side
        )
        for side in listed
    ]
    return dict(counts[0]), dict(counts[1]), rows[0], rows[1]


def _gold(engine: Engine, old: Judge, new: Judge) -> tuple[GoldEffect, ...]:
    with Session(engine) as opened:
        pages = gold_pages(opened)
    if not pages:
        return ()
    criteria = [criterion.id for criterion in new.checklist.criteria]
    before, after = (
        {row.criterion: row for row in evaluate([_labelled(page, judge) for page in pages], criteria, resamples=0).rows}
        for judge in (old, new)
    )
    return tuple(
        GoldEffect(
            c,
            len(pages),
            _number(before[c].f1),
            _number(after[c].f1),
            _number(before[c].precision),
            _number(after[c].precision),
        )
        for c in criteria
    )


def _labelled(page: Any, judge: Judge) -> Labelled:
    read = read_markdown(page.text, title=page.title, address=page.path, clinic=page.clinic)
    found = {
        f.criterion: (f.verdict.value, [e.quote for e in f.evidence if e.verdict is f.verdict])
        for f in judge.find(read)
    }
    return Labelled(page.key, page.text, {c: (v["verdict"], v["quotes"]) for c, v in page.labels.items()}, found)


def _number(value: float) -> float | None:
    return round(value, 4) if value == value else None
