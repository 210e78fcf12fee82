"""One clinic as its page shows it, read from the database in a handful of statements."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from scorer.checklist import Checklist, Criterion
from scorer.verdicts import Verdict
from store.engine import session
from store.listing import BEING_CHECKED
from store.models import Assessment, Change, Clinic, ClinicStatus, ClinicVerdict, Location, Page, Visit
from webapp.withheld import clear_around, touches, withheld

WINDOW = 160  # characters shown on each side of a quote
FOUND = {Verdict.STATED, Verdict.PARTIAL, Verdict.CONTRADICTED, Verdict.CONFLICTING, Verdict.RAISED, Verdict.DENIED}


@dataclass(frozen=True)
class Quote:
    """One piece of evidence with what stands around it in its block."""

    verdict: str
    text: str
    before: str
    after: str
    url: str
    title: str
    page_kind: str
    heading_path: Sequence[str]
    fetched_at: str
    page_id: int | None
    anchor: str
    confidence: str
    reason: Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """One criterion of one clinic. `verdict` is a Verdict, "checked" while a person has it, "" where nothing was assessed yet."""

    criterion: Criterion
    verdict: str
    quotes: Sequence[Quote] = ()

    @property
    def is_open(self) -> bool:
        """Whether there is something to ask: nothing plain was found."""
        return self.verdict not in {Verdict.STATED, Verdict.DENIED}

    @property
    def newest(self) -> str:
        """When the newest of its quotes was fetched, ISO."""
        return max((quote.fetched_at for quote in self.quotes), default="")


@dataclass(frozen=True)
class ClinicReading:
    """All that the public may see of one clinic."""

    clinic: Clinic
    locations: Sequence[Location]
    assessment: Assessment | None
    rows: Sequence[Row]
    changes: Sequence[Change]
    visit: Visit | None
    facts: Sequence[Mapping[str, Any]]

    @property
    def pages_read(self) -> int:
        """How many pages the assessment rests on."""
        return int(self.assessment.coverage.get("read", 0)) if self.assessment else 0

    @property
    def last_read(self) -> str:
        """When the newest of them was fetched, ISO; empty where none was."""
        return str(self.assessment.coverage.get("last") or "") if self.assessment else ""

    @property
    def core(self) -> list[Row]:
        """The criteria that the articles insist on."""
        return [row for row in self.rows if row.criterion.core]

    def of_group(self, group: str) -> list[Row]:
        """The other criteria of one group."""
        return [row for row in self.rows if row.criterion.group == group and not row.criterion.core]


def read_clinic(engine: Engine, checklist: Checklist, slug: str) -> ClinicReading | None:
    """The clinic of that slug; None where there is none to show (unknown, or opted out)."""
    with session(engine) as opened:
        clinic = opened.exec(select(Clinic).where(Clinic.slug == slug)).first()
        if clinic is None or clinic.status == ClinicStatus.OPTED_OUT:
            return None
        of_clinic = col(Location.clinic_id) == clinic.id
        locations = opened.exec(select(Location).where(of_clinic).order_by(col(Location.id))).all()
        assessment = opened.exec(
            select(Assessment)
            .where(Assessment.clinic_id == clinic.id, col(Assessment.current))
            .order_by(col(Assessment.id).desc())
        ).first()
        verdicts = (
            opened.exec(select(ClinicVerdict).where(ClinicVerdict.assessment_id == assessment.id)).all()
            if assessment
            else []
        )
        changes = opened.exec(
            select(Change)
            .where(Change.clinic_id == clinic.id)
            .order_by(col(Change.at).desc(), col(Change.id).desc())
            .limit(200)
        ).all()
        visit = opened.exec(
            select(Visit)
            .where(Visit.clinic_id == clinic.id, Visit.outcome != "")
            .order_by(col(Visit.started_at).desc())
        ).first()
        by_criterion = {verdict.criterion: verdict for verdict in verdicts}
        pages = _pages(opened, verdicts)
        hidden = withheld(opened, clinic.id or 0, verdicts)
    return ClinicReading(
        clinic=clinic,
        locations=locations,
        assessment=assessment,
        rows=[_row(one, by_criterion.get(one.id), pages, hidden, assessment) for one in checklist.criteria],
        changes=[change for change in changes if _may_show(change, by_criterion)],
        visit=visit,
        facts=[fact for fact in assessment.facts if not touches(fact["quote"], hidden)] if assessment else [],
    )


def _row(
    criterion: Criterion,
    verdict: ClinicVerdict | None,
    pages: Mapping[int, Page],
    hidden: Collection[str],
    assessment: Assessment | None,
) -> Row:
    if verdict is None:
        return Row(criterion, "" if assessment is None else Verdict.SILENT)
    if not verdict.published:
        return Row(criterion, BEING_CHECKED)
    return Row(criterion, verdict.verdict, [_quote(criterion.id, piece, pages, hidden) for piece in verdict.evidence])


def _quote(criterion: str, piece: Mapping[str, Any], pages: Mapping[int, Page], hidden: Collection[str]) -> Quote:
    page = pages.get(int(piece.get("page_id") or 0))
    start, end = int(piece.get("start") or 0), int(piece.get("end") or 0)
    before = after = ""
    if page is not None and page.text[start:end] == piece.get("quote"):
        low, high = _block(page, start, end)
        first, last = clear_around(page.text, low, start, end, high, hidden)
        before = "… " * (first > low) + _cut_before(page.text[first:start])
        after = _cut_after(page.text[end:last]) + " …" * (last < high)
    return Quote(
        verdict=str(piece.get("verdict", "")),
        text=str(piece.get("quote", "")),
        before=before,
        after=after,
        url=str(piece.get("url", "")),
        title=str(piece.get("title", "")),
        page_kind=str(piece.get("page_kind") or "other"),
        heading_path=[str(one) for one in piece.get("heading_path") or () if not touches(str(one), hidden)],
        fetched_at=str(piece.get("fetched_at", "")),
        page_id=page.id if page else None,
        anchor=anchor(criterion, start),
        confidence=str(piece.get("confidence", "")),
        reason=piece.get("reason") or {},
    )


def anchor(criterion: str, start: int) -> str:
    """Where a quote stands on our archived page."""
    return f"{criterion}-{start}"


def _block(page: Page, start: int, end: int) -> tuple[int, int]:
    for _kind, low, high, *_rest in page.blocks:
        if low <= start and end <= high:
            return low, high
    return start, end


def _cut_before(text: str) -> str:
    return text if len(text) <= WINDOW else "… " + text[-WINDOW:].partition(" ")[2]


def _cut_after(text: str) -> str:
    return text if len(text) <= WINDOW else text[:WINDOW].rpartition(" ")[0] + " …"


def _pages(opened: Session, verdicts: Sequence[ClinicVerdict]) -> dict[int, Page]:
    wanted = {int(piece.get("page_id") or 0) for verdict in verdicts if verdict.published for piece in verdict.evidence}
    found = opened.exec(select(Page).where(col(Page.id).in_(wanted))).all()
    return {page.id: page for page in found if page.id is not None}


def _may_show(change: Change, verdicts: Mapping[str, ClinicVerdict]) -> bool:
    """A change to a verdict that waits for a person would give it away."""
    now = verdicts.get(change.criterion)
    return now is None or now.published
