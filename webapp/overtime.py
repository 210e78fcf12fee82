"""Change over time: what share of the clinics read stated each criterion at the end of each month, from the assessments kept."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine, case, extract, func
from sqlmodel import and_, col, select

from scorer.checklist import Checklist, Criterion
from scorer.verdicts import Verdict
from store.engine import session
from store.models import Assessment, ChecklistVersion, Clinic, ClinicStatus, ClinicVerdict

MONTHS_SHOWN = 12


@dataclass(frozen=True)
class Point:
    """One criterion at the end of one month: clinics whose newest assessment by then was published as stating it, of those read."""

    month: date
    found: int
    read: int

    @property
    def share(self) -> float:
        """`found` of `read`, 0 to 1."""
        return self.found / self.read


@dataclass(frozen=True)
class Course:
    """One criterion month by month; months in which no clinic had been read for it are left out."""

    criterion: Criterion
    points: Sequence[Point]

    def line(self, months: Sequence[date], width: float, height: float) -> list[tuple[float, float]]:
        """Where the points stand in a picture of that size: months from left to right, 0 % at the bottom."""
        step = width / max(len(months) - 1, 1)
        return [
            (round(months.index(point.month) * step, 1), round(height * (1 - point.share), 1)) for point in self.points
        ]


@dataclass(frozen=True)
class OverTime:
    """The courses of all criteria over the same months, and the months in which the checklist was changed."""

    months: Sequence[date]
    courses: Sequence[Course]
    checklist_changed: Sequence[date]


def over_time(engine: Engine, checklist: Checklist) -> OverTime:
    """Every criterion over the last months that have a reading, up to the month of the newest; each assessment counts until the next."""
    counted: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    month = extract("year", col(Assessment.made_at)) * 12 + extract("month", col(Assessment.made_at)) - 1
    next_one = func.lead(month).over(
        partition_by=col(Assessment.clinic_id), order_by=(col(Assessment.made_at), col(Assessment.id))
    )
    spans = (
        select(Assessment.id, month.label("since"), next_one.label("until"))
        .join(Clinic, col(Clinic.id) == col(Assessment.clinic_id))
        .where(Clinic.status != ClinicStatus.OPTED_OUT)
        .subquery()
    )
    says_so = and_(col(ClinicVerdict.published), col(ClinicVerdict.verdict).in_((Verdict.STATED, Verdict.RAISED)))
    statement = (
        select(ClinicVerdict.criterion, spans.c.since, spans.c.until)
        .add_columns(func.sum(case((says_so, 1), else_=0)), func.count())
        .join(spans, spans.c.id == ClinicVerdict.assessment_id)
        .where(col(ClinicVerdict.verdict) != Verdict.UNREAD)
        .group_by(col(ClinicVerdict.criterion), spans.c.since, spans.c.until)
    )
    with session(engine) as opened:
        rows = opened.execute(statement).all()
        adopted = opened.exec(select(ChecklistVersion.adopted_at).order_by(col(ChecklistVersion.adopted_at))).all()
    if not rows:
        return OverTime((), [Course(criterion, ()) for criterion in checklist.criteria], ())
    last = max(int(since) for _, since, *_ in rows)
    first = max(min(int(since) for _, since, *_ in rows), last - MONTHS_SHOWN + 1)
    for criterion, since, until, found, read in rows:
        for number in range(max(int(since), first), min(int(until), last + 1) if until is not None else last + 1):
            counted[criterion][number][0] += int(found)
            counted[criterion][number][1] += int(read)
    months = [_month(number) for number in range(first, last + 1)]
    courses = [
        Course(criterion, [Point(_month(number), *pair) for number, pair in sorted(counted[criterion.id].items())])
        for criterion in checklist.criteria
    ]
    changed = sorted({date(when.year, when.month, 1) for when in adopted[1:]} & set(months))
    return OverTime(months, courses, changed)


def _month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)
