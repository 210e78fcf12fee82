"""Once a day: publish what clinics had time to answer, then tell the maintainers what waits (`vetting notices`)."""

from pathlib import Path

from sqlalchemy import Engine

from jobs.notices import write_notices
from jobs.reassess import publish_due
from jobs.score import make_judge
from store.settings import Settings


def daily(engine: Engine, settings: Settings) -> tuple[int, Path]:
    """How many clinics were assessed again because their working days are over, and the digest's file.

    Raises ChecklistError where the checklist cannot be used, NoticeError where the digest could not be sent.
    """
    return len(publish_due(engine, make_judge(settings), settings)), write_notices(engine, settings)
