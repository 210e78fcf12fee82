"""The run ledger: runs, visits with their outcome, and the readings that they made; every write carries the lease's fence."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, insert, select, update

from store.archive import IndexLine
from store.leases import Lease, guard, is_dead
from store.models import Clinic, ClinicStatus, CrawlRun, Location, Outcome, Snapshot, Visit, now

# Outcomes in which something of the clinic was read.
RESUMED_WITHIN = timedelta(hours=24)  # an interrupted visit older than that is begun anew
READ = frozenset({Outcome.COMPLETE, Outcome.PARTIAL, Outcome.UNCHANGED, Outcome.TOO_LARGE, Outcome.TRAP})


@dataclass(frozen=True)
class Reading:
    """A current snapshot with the one whose payload it repeats (itself, where it repeats none)."""

    snapshot: Snapshot
    original: Snapshot


@dataclass
class NewReading:
    """What a snapshot row is made of; `replaces` are ids of earlier readings of the same page that are current no more."""

    url: str
    status: int
    fetched_at: datetime
    content_type: str
    digest: str
    text_digest: str
    size: int
    etag: str
    last_modified: str
    warc_file: str
    warc_offset: int
    warc_length: int
    revisit_of: int | None
    marks: list[str]
    replaces: list[int] = field(default_factory=list)


def start_run(session: Session, worker: str, user_agent: str) -> CrawlRun:
    """A new run; runs of this machine whose process is gone are noted as interrupted first."""
    for old in session.exec(select(CrawlRun).where(CrawlRun.state == "running")):
        if state_of(old) == "interrupted":
            old.state, old.finished_at = "interrupted", now()
    run = CrawlRun(worker=worker, user_agent=user_agent)
    session.add(run)
    session.flush()
    return run


def state_of(run: CrawlRun) -> str:
    """Whether a run is running, finished or interrupted: one of this machine whose process is gone is so before anybody notes it."""
    return "interrupted" if run.state == "running" and is_dead(run.worker) else run.state


def finish_run(session: Session, run_id: int, state: str, counts: dict[str, int], alerts: list[str]) -> None:
    """The end of a run: `state` is finished or interrupted."""
    run = session.get_one(CrawlRun, run_id)
    run.state, run.finished_at, run.counts, run.alerts = state, now(), counts, alerts


def open_visit(session: Session, run_id: int, lease: Lease) -> tuple[Visit, bool]:
    """The visit of this lease: a new one, or the one that an interrupted worker left (then the second value is true)."""
    guard(session, lease)
    left = session.exec(
        select(Visit).where(Visit.clinic_id == lease.clinic_id, Visit.outcome == "").order_by(col(Visit.id).desc())
    ).first()
    if left is not None and now() - left.started_at > RESUMED_WITHIN:
        left.outcome, left.detail, left.transient, left.finished_at = (
            Outcome.ERROR,
            "interrupted and not taken up",
            True,
            now(),
        )
    elif left is not None:
        left.run_id, left.fence = run_id, lease.fence
        session.flush()
        return left, True
    visit = Visit(run_id=run_id, clinic_id=lease.clinic_id, fence=lease.fence)
    session.add(visit)
    session.flush()
    return visit, False


def is_orphan(session: Session, line: IndexLine) -> bool:
    """Whether an archived page belongs to a visit under way whose row for it was never written (the worker was killed between)."""
    if line.kind != "page" or not line.visit.isdigit():
        return False
    visit = session.get(Visit, int(line.visit))
    if visit is None or visit.outcome:
        return False
    known = select(Snapshot.id).where(Snapshot.warc_file == line.file, Snapshot.warc_offset == line.offset)
    return session.exec(known).first() is None


def current_readings(session: Session, clinic_id: int) -> list[Reading]:
    """The newest good reading of every address of a clinic."""
    original = aliased(Snapshot)
    rows = session.exec(
        select(Snapshot, original)
        .outerjoin(original, col(Snapshot.revisit_of) == original.id)
        .where(Snapshot.clinic_id == clinic_id, col(Snapshot.current))
    )
    return [Reading(snapshot, payload or snapshot) for snapshot, payload in rows]


def places(session: Session, clinic_id: int) -> tuple[str, ...]:
    """The addresses that the list gives for the places of a clinic, in its order."""
    return tuple(session.exec(select(Location.url).where(Location.clinic_id == clinic_id).order_by(col(Location.id))))


def stored_in(session: Session, visit_id: int) -> list[Snapshot]:
    """What a visit has stored so far, in order."""
    return list(session.exec(select(Snapshot).where(Snapshot.visit_id == visit_id).order_by(col(Snapshot.id))))


def keep_reading(session: Session, lease: Lease, visit_id: int, reading: NewReading) -> int:
    """Store one reading, which becomes the current one of its address; its id. Raises LeaseLost, and then writes nothing.

    One that this visit already stored for the address is not doubled.
    """
    guard(session, lease)
    connection = session.connection()
    before = connection.execute(_CURRENT_HERE, {"of_clinic": lease.clinic_id, "at_url": reading.url}).all()
    for number, visit in before:
        if visit == visit_id:
            return int(number)
    old = [number for number, _visit in before] + reading.replaces
    if old:
        session.exec(update(Snapshot).where(col(Snapshot.id).in_(old)).values(current=False))
    values: dict[str, Any] = {name: value for name, value in vars(reading).items() if name != "replaces"}
    page_id = None
    if reading.revisit_of is not None and old:
        page_id = session.exec(select(Snapshot.page_id).where(col(Snapshot.id) == old[-1])).first()
    values |= {"clinic_id": lease.clinic_id, "visit_id": visit_id, "current": True, "page_id": page_id, "gone_at": None}
    key = connection.execute(_NEW_READING, values).inserted_primary_key
    assert key is not None
    return int(key[0])


# Made once: they run with every page.
_CURRENT_HERE = select(Snapshot.id, Snapshot.visit_id).where(
    col(Snapshot.clinic_id) == bindparam("of_clinic"), col(Snapshot.url) == bindparam("at_url"), col(Snapshot.current)
)
_NEW_READING = insert(Snapshot)


def note_gone(session: Session, lease: Lease, snapshot_id: int) -> None:
    """The address answers that there is nothing any more: the reading stays with its date, but is current no longer."""
    guard(session, lease)
    session.exec(update(Snapshot).where(col(Snapshot.id) == snapshot_id).values(current=False, gone_at=now()))


def last_visits(session: Session, clinic_id: int, limit: int = 12) -> Sequence[Visit]:
    """The finished visits of one clinic, newest first."""
    return session.exec(
        select(Visit)
        .where(Visit.clinic_id == clinic_id, Visit.outcome != "")
        .order_by(col(Visit.finished_at).desc(), col(Visit.id).desc())
        .limit(limit)
    ).all()


def runs(session: Session, limit: int = 10) -> Sequence[CrawlRun]:
    """The last runs, newest first."""
    return session.exec(
        select(CrawlRun).order_by(col(CrawlRun.started_at).desc(), col(CrawlRun.id).desc()).limit(limit)
    ).all()


def outcomes(session: Session, run_id: int) -> dict[str, int]:
    """How many clinics ended how in one run."""
    rows = session.exec(
        select(Visit.outcome, func.count()).where(Visit.run_id == run_id, Visit.outcome != "").group_by(Visit.outcome)
    )
    return {str(outcome): int(number) for outcome, number in rows}


def overdue(session: Session) -> int:
    """How many clinics should have been visited by now."""
    wanted = (col(Clinic.due_at) <= now(), col(Clinic.status) == ClinicStatus.ACTIVE)
    return session.exec(select(func.count()).select_from(Clinic).where(*wanted)).one()


def yields(visits: Iterable[Visit]) -> int:
    """Pages that these visits read, changed or not."""
    return sum(visit.counts.get("stored", 0) + visit.counts.get("unchanged", 0) for visit in visits)
