"""One clinic assessed again after a person's decision, and every clinic whose time to answer is over."""

from sqlalchemy import Engine
from sqlmodel import col, select

from jobs.assess import assess
from jobs.judge import version_of
from jobs.publish import period_over
from scorer.findings import Judge
from store import models
from store.engine import session
from store.listing import refresh
from store.models import now
from store.settings import Settings


def reassess(engine: Engine, judge: Judge, settings: Settings, clinic_id: int) -> bool:
    """Assess the clinic again and list it anew.

    False, and nothing is done, while its pages carry findings of another version: a scoring is under way or due, and will heed
    the decision.
    """
    with session(engine) as opened:
        other = opened.exec(
            select(models.Page.id)
            .join(models.Snapshot, col(models.Snapshot.page_id) == col(models.Page.id))
            .where(
                models.Page.clinic_id == clinic_id,
                col(models.Snapshot.current),
                models.Page.scored_with != version_of(judge),
            )
            .limit(1)
        ).first()
        if other is not None:
            return False
        assess(opened, judge, clinic_id, settings)
        refresh(opened, [clinic_id])
    return True


def publish_due(engine: Engine, judge: Judge, settings: Settings) -> list[int]:
    """Assess the clinics whose working days to answer are over; what a person has confirmed is published now."""
    with session(engine) as opened:
        due = period_over(opened, now().date())
    return [number for number in due if reassess(engine, judge, settings, number)]
