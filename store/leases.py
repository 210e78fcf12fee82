"""Leases: a clinic is held by one worker at a time, by the database's clock, with a fence number that every commit carries.

A worker that was frozen past its lease finds its fence or its time gone and cannot write (Lamport's fencing token).
"""

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, bindparam, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction
from sqlmodel import Session, col, select, update

from store.models import Clinic, ClinicStatus, UTCDateTime


class LeaseLost(RuntimeError):
    """The clinic is no longer this worker's: somebody else holds it or the time ran out. Nothing was written."""


@dataclass(frozen=True)
class Lease:
    """One clinic held: `fence` goes with every write."""

    clinic_id: int
    fence: int


class database_clock(GenericFunction[Any]):  # noqa: N801  SQL functions are written so
    """The database's own time plus a number of whole seconds, so that workers' clocks do not matter."""

    type = UTCDateTime()
    inherit_cache = True
    name = "database_clock"


@compiles(database_clock, "sqlite")
def _sqlite_clock(element: Any, compiler: Any, **kw: Any) -> str:
    seconds = compiler.process(element.clauses, **kw)
    # The form in which SQLAlchemy keeps a time in SQLite: microseconds, no zone.
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', {seconds} || ' seconds')"


@compiles(database_clock, "postgresql")
def _postgresql_clock(element: Any, compiler: Any, **kw: Any) -> str:
    seconds = compiler.process(element.clauses, **kw)
    return f"(clock_timestamp() + {seconds} * interval '1 second')"


def worker_name() -> str:
    """A name for this process that tells a later one whether it still lives: host, process id, its start time, a random part."""
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}:{uuid4().hex[:8]}"


def take_due(
    session: Session, owner: str, seconds: int, limit: int, *, ids: Sequence[int] | None = None, every: bool = False
) -> list[Lease]:
    """Lease up to `limit` clinics that nobody holds, the longest overdue first.

    `ids` restricts to those clinics, due or not; `every` takes clinics that are not due too. Clinics that opted out are never
    taken. Two workers that ask at once never get the same clinic.
    """
    free: list[ColumnElement[bool]] = [
        col(Clinic.status) != ClinicStatus.OPTED_OUT,
        or_(col(Clinic.lease_until).is_(None), col(Clinic.lease_until) < database_clock(0)),
    ]
    if ids is not None:
        free.append(col(Clinic.id).in_(ids))
    elif not every:
        free.append(col(Clinic.due_at) <= database_clock(0))
    wanted = (
        select(Clinic.id)
        .where(*free)
        .order_by(col(Clinic.due_at), col(Clinic.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    statement = (
        update(Clinic)
        .where(col(Clinic.id).in_(wanted), and_(*free))
        .values(lease_owner=owner, lease_until=database_clock(seconds), fence=col(Clinic.fence) + 1)
        .returning(col(Clinic.id), col(Clinic.fence))
        .execution_options(synchronize_session=False)
    )
    return [Lease(number, fence) for number, fence in session.exec(statement).all()]


def renew(session: Session, owner: str, seconds: int) -> set[int]:
    """Prolong every lease of `owner` that has not run out; the clinics that it still holds."""
    statement = (
        update(Clinic)
        .where(col(Clinic.lease_owner) == owner, col(Clinic.lease_until) >= database_clock(0))
        .values(lease_until=database_clock(seconds))
        .returning(col(Clinic.id))
        .execution_options(synchronize_session=False)
    )
    return {row[0] for row in session.exec(statement).all()}


def guard(session: Session, lease: Lease) -> None:
    """Make the rest of this transaction valid only while the lease holds. Raises LeaseLost otherwise.

    It is an update, so that on PostgreSQL nobody can take the clinic before this transaction ends.
    """
    held = session.connection().execute(_GUARD, {"held_id": lease.clinic_id, "held_fence": lease.fence})
    if held.rowcount != 1:
        raise LeaseLost(f"clinic {lease.clinic_id}: the lease with fence {lease.fence} is over")


# Made once: it runs with every page.
_GUARD = (
    update(Clinic)
    .where(
        col(Clinic.id) == bindparam("held_id"),
        col(Clinic.fence) == bindparam("held_fence"),
        col(Clinic.lease_until) >= database_clock(0),
    )
    .values(fence=bindparam("held_fence"))
)


def release(session: Session, lease: Lease) -> None:
    """Give a clinic back; does nothing where somebody else holds it by now."""
    session.exec(
        update(Clinic)
        .where(col(Clinic.id) == lease.clinic_id, col(Clinic.fence) == lease.fence)
        .values(lease_owner="", lease_until=None)
        .execution_options(synchronize_session=False)
    )


def release_dead(session: Session) -> int:
    """Give back what processes of this machine held that live no longer (killed); how many clinics that were."""
    owners = session.exec(select(Clinic.lease_owner).where(col(Clinic.lease_owner) != "").distinct()).all()
    dead = [owner for owner in owners if is_dead(owner)]
    if not dead:
        return 0
    statement = (
        update(Clinic)
        .where(col(Clinic.lease_owner).in_(dead))
        .values(lease_owner="", lease_until=None, fence=col(Clinic.fence) + 1)
        .execution_options(synchronize_session=False)
    )
    return int(session.exec(statement).rowcount)


def is_dead(owner: str) -> bool:
    """True only where `owner` was a process of this very machine that is gone; a worker elsewhere is never called dead."""
    host, _, rest = owner.partition(":")
    pid, _, rest = rest.partition(":")
    started = rest.partition(":")[0]
    if host != socket.gethostname() or not pid.isdigit():
        return False
    return _started(int(pid)) != started


def _started(pid: int) -> str:
    """When a process began, in the kernel's ticks after boot, with the boot's id; empty if it is gone (Linux; elsewhere "0")."""
    stat = Path(f"/proc/{pid}/stat")
    if not Path("/proc/self/stat").exists():
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return ""
        except PermissionError:
            return "0"
        return "0"
    try:
        fields = stat.read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    if fields[0] in ("Z", "X"):
        return ""
    boot = Path("/proc/sys/kernel/random/boot_id")
    return f"{fields[19]}-{boot.read_text().strip()[:8] if boot.exists() else ''}"
