"""Cases: reports of errors with a log of what was done, and clinics that are read again on request."""

from datetime import UTC, datetime, timedelta

from sqlmodel import Session, col, select

from store.models import Clinic, ClinicStatus, now
from store.people import Case, CaseEntry, Rereading
from store.people_audit import note

STATES = ("open", "answered", "closed")
REREAD_EVERY = timedelta(hours=24)
BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)  # a crawl takes the longest overdue first


class CaseError(ValueError):
    """What cannot be done with a case; the message says why."""


def write(opened: Session, case: Case, who: str, text: str, state: str) -> None:
    """Add a note to a case's log and set its state. Raises CaseError for an unknown state, or where nothing was said or set."""
    text = text.replace("\x00", "").strip()[:5000]
    if state not in STATES:
        raise CaseError(f"{state!r} is no state of a case; use {', '.join(STATES)}")
    if not text and state == case.state:
        raise CaseError("write a note, or choose another state")
    assert case.id is not None
    if text:
        opened.add(CaseEntry(case_id=case.id, author=who, kind="note", text=text))
    if state != case.state:
        opened.add(CaseEntry(case_id=case.id, author=who, kind="state", text=f"{case.state} → {state}"))
        case.state = state
        opened.add(case)
    note(opened, who, "case written to", f"case {case.id}", state=state)


def log_of(opened: Session, case_id: int) -> list[CaseEntry]:
    """What was done about a case, oldest first."""
    return list(opened.exec(select(CaseEntry).where(CaseEntry.case_id == case_id).order_by(col(CaseEntry.id))))


def read_again(opened: Session, clinic_id: int, who: str) -> None:
    """Let the next crawl visit the clinic first. Raises CaseError where it was asked for within a day, or the clinic is not crawled."""
    clinic = opened.exec(select(Clinic).where(Clinic.id == clinic_id).with_for_update()).one()
    if clinic.status != ClinicStatus.ACTIVE:
        raise CaseError("this clinic is not crawled: it is closed or opted out")
    asked = opened.exec(
        select(Rereading.asked_at).where(
            Rereading.clinic_id == clinic_id, col(Rereading.asked_at) > now() - REREAD_EVERY
        )
    ).first()
    if asked is not None:
        raise CaseError(
            f"it was asked for already, on {asked:%Y-%m-%d at %H:%M} UTC; one clinic is read again at most once a day"
        )
    clinic.due_at = BEFORE_ALL
    opened.add_all([clinic, Rereading(clinic_id=clinic_id, asked_by=who)])
    note(opened, who, "reading asked for", clinic.slug)
