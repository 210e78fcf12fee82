"""When a clinic is visited next, when it counts as closed, and when a run's yield deserves a person's eye. Pure functions."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from store.models import Outcome, Visit
from store.visits import READ, yields

RETRY_HOURS = 6.0  # after a failure that may pass; doubled with every further one
CLOSED_VISITS = 4
CLOSED_DAYS = 7.0
_DEAD = frozenset({Outcome.DNS_FAILURE, Outcome.GONE, Outcome.HTTP_4XX, Outcome.REFUSED})
DROP = 0.7  # of the yield of the visits before
FEW = 8  # pages: below that a drop says nothing


def next_due(
    at: datetime, history: Sequence[Visit], least_days: float, most_days: float, not_before: float = 0.0
) -> datetime:
    """When to come again. `history` are finished visits, newest first; `not_before` is a pause in seconds the site asked for,
    kept up to `most_days`.

    A site that changed at its last visit is seen again after half the gap before, one that did not after one and a half times
    of it, within the bounds; a failure that may pass is tried again after hours, a lasting one like a quiet site.
    """
    pause = timedelta(seconds=not_before) if not_before < most_days * 86400 else timedelta(days=most_days)
    gap = least_days * 2
    for newer, older in zip(reversed(history[:-1]), reversed(history[1:]), strict=True):
        if newer.outcome == Outcome.UNCHANGED or newer.counts.get("changed", 0) == 0:
            gap *= 1.5
        elif older.outcome in READ:
            gap /= 2
        gap = min(max(gap, least_days), most_days)
    failures = 0
    for visit in history:
        if not (visit.transient and visit.outcome != Outcome.PARTIAL):
            break
        failures += 1
    if failures:
        hours = RETRY_HOURS * 2 ** min(failures - 1, 10)
        return at + max(pause, min(timedelta(hours=hours), timedelta(days=most_days)))
    return at + max(pause, timedelta(days=min(max(gap, least_days), most_days)))


def closed_because(history: Sequence[Visit]) -> str:
    """Why a clinic counts as closed, or an empty string: several visits over several days that all found nothing there."""
    dead = []
    for visit in history:
        if visit.outcome not in _DEAD:
            break
        dead.append(visit)
    if len(dead) < CLOSED_VISITS:
        return ""
    span = dead[0].started_at - dead[-1].started_at
    if span < timedelta(days=CLOSED_DAYS):
        return ""
    return f"{dead[0].outcome} at {len(dead)} visits since {dead[-1].started_at:%Y-%m-%d}"


def alerts(now_visits: Sequence[Visit], before: Sequence[Visit], names: dict[int, str]) -> list[str]:
    """Sentences for the operator when a run read much less than the visits before of the same clinics; never a silent zero."""
    if not now_visits:
        return []
    said = []
    pages, pages_before = yields(now_visits), yields(before)
    if pages == 0:
        said.append(
            f"No page was read at all: {len(now_visits)} clinics were visited. Look at the outcomes before anything else."
        )
    elif pages_before >= FEW and pages < DROP * pages_before:
        said.append(f"{pages} pages were read where the visits before read {pages_before}.")
    failed = sum(visit.outcome not in READ for visit in now_visits)
    failed_before = sum(visit.outcome not in READ for visit in before)
    if before and len(now_visits) >= 5 and failed / len(now_visits) > failed_before / len(before) + 0.2:
        said.append(
            f"{failed} of {len(now_visits)} clinics could not be read; at the visits before it were {failed_before}."
        )
    earlier = {visit.clinic_id: visit for visit in before}
    for visit in now_visits:
        old = earlier.get(visit.clinic_id)
        if old is not None and yields([old]) >= FEW and yields([visit]) < yields([old]) / 2:
            name = names.get(visit.clinic_id, str(visit.clinic_id))
            said.append(f"{name}: {yields([visit])} pages after {yields([old])} ({visit.outcome}).")
    return said[:30]
