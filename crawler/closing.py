"""The end of a run: its row with counts and alerts against the visits before, and the leases given back."""

from dataclasses import dataclass

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from store import due, visits
from store.models import Clinic, Visit


@dataclass(frozen=True)
class Closed:
    """What the ledger says of a run: clinics visited, how many ended how, pages read, sentences for the operator."""

    clinics: int
    outcomes: dict[str, int]
    pages: int
    alerts: list[str]


def close_run(engine: Engine, run_id: int, state: str, owner: str, requests: int, size: int) -> Closed:
    """Close the run of worker `owner`; `requests` and `size` (bytes) are what it asked and got."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        for clinic in session.exec(select(Clinic).where(Clinic.lease_owner == owner)):
            clinic.lease_owner, clinic.lease_until = "", None
        finished = list(session.exec(select(Visit).where(Visit.run_id == run_id, Visit.outcome != "")))
        before = [_before(session, visit) for visit in finished]
        names = {number: name for number, name in session.exec(select(Clinic.id, Clinic.name)) if number is not None}
        alerts = due.alerts(finished, [visit for visit in before if visit is not None], names)
        outcomes = visits.outcomes(session, run_id)
        pages = visits.yields(finished)
        counts = outcomes | {"pages": pages, "bytes": size, "requests": requests}
        visits.finish_run(session, run_id, state, counts, alerts)
    return Closed(len(finished), outcomes, pages, alerts)


def _before(session: Session, visit: Visit) -> Visit | None:
    return session.exec(
        select(Visit)
        .where(Visit.clinic_id == visit.clinic_id, Visit.outcome != "", col(Visit.id) < visit.id)
        .order_by(col(Visit.id).desc())
    ).first()
