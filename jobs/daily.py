"""Once a day: publish what clinics had time to answer, then tell the maintainers what waits (`vetting schedule`, `vetting notices`)."""

from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

from jobs.notices import notice_file, write_notices
from jobs.publish import period_over
from jobs.reassess import publish_due
from jobs.score import make_judge
from store.models import now
from store.settings import Settings


def daily(engine: Engine, settings: Settings) -> tuple[int, Path]:
    """How many clinics were assessed again because their working days are over, and the digest's file.

    Raises ChecklistError where the checklist cannot be used, NoticeError where the digest could not be sent.
    """
    with Session(engine) as opened:
        due = period_over(opened, now().date())
    published = publish_due(engine, make_judge(settings), settings) if due else []
    return len(published), write_notices(engine, settings)


def is_done_today(settings: Settings) -> bool:
    """Whether today's digest (UTC) was written already, by whatever process."""
    return notice_file(settings, now()).exists()
