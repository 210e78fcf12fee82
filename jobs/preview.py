"""What an edit of the checklist would change over the whole stored corpus, before anybody adopts it.

Only pages whose findings can change are judged (jobs/touched.py), with the criteria that changed. Everything else keeps the
findings that it has.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from jobs.difference import difference
from jobs.effect import MOST_LISTED, Preview
from jobs.judge import version_of
from jobs.lookover import Seen, Task, look_over
from jobs.touched import near_passages
from jobs.yardsticks import failing_examples, gold_effect
from scorer.checklist import Checklist
from scorer.findings import Judge
from scorer.reader import Reader, has_model
from store import models
from store.encodings import Encodings
from store.settings import Settings

Progress = Callable[[str, int, int], None]


def preview(
    engine: Engine,
    old: Checklist,
    new: Checklist,
    progress: Progress | None = None,
    *,
    settings: Settings | None = None,
) -> Preview:
    """What adopting `new` in the place of `old` would change in findings and verdicts.

    The stored findings must be of `old`; pages that carry others are counted as `behind`. `progress` hears (step, done, total).
    """
    settings = settings or Settings.from_environment()
    tell = progress or (lambda step, done, total: None)
    reader = Reader(keep=Encodings(engine)) if settings.taught_reader and has_model() else None
    what = difference(old, new, reader.criteria if reader else None)
    narrow_old = replace(old, criteria=tuple(c for c in old.criteria if c.id in {*what.judged, *what.gone}))
    narrow_new = replace(new, criteria=tuple(c for c in new.criteria if c.id in what.judged))
    made = version_of(Judge(replace(old, criteria=()), reader))
    with Session(engine) as opened:
        behind = _count(opened, models.Page.scored_with != made)
        pages = _count(
            opened, models.Page.scored_with == made, models.Page.text != "", col(models.Snapshot.gone_at).is_(None)
        )
        clinics = _clinics(opened)
    seen = Seen()
    if what.judged or what.gone:
        near = near_passages(engine, what, reader)
        task = Task(what, near, narrow_old, narrow_new, made, reader is not None, settings)
        for some in look_over(engine, task, clinics):
            seen.add(some)
            tell("looking through pages", seen.pages, pages)
    judge = Judge(narrow_new, reader)
    return Preview(
        old_version=old.version, new_version=new.version, words=what.words,
        flips=tuple(sorted(seen.flips, key=lambda f: (f.criterion, f.clinic))[:MOST_LISTED]),
        flip_counts=dict(Counter(f.criterion for f in seen.flips)),
        new=tuple(seen.new), lost=tuple(seen.lost), new_counts=dict(seen.new_counts), lost_counts=dict(seen.lost_counts),
        failing=failing_examples(judge, old), gold=gold_effect(engine, Judge(narrow_old, reader), judge),
        pages=pages, judged=seen.judged, clinics=seen.clinics, behind=behind,
    )  # fmt: skip


def _count(opened: Session, *which: Any) -> int:
    on = col(models.Snapshot.page_id) == col(models.Page.id)
    wanted = (
        select(func.count(func.distinct(models.Page.id)))
        .join(models.Snapshot, on)
        .where(col(models.Snapshot.current), *which)
    )
    return int(opened.exec(wanted).one())


def _clinics(opened: Session) -> list[int]:
    """The clinics with a page to look at, in order."""
    wanted = select(models.Snapshot.clinic_id).where(
        col(models.Snapshot.current), col(models.Snapshot.page_id).is_not(None)
    )
    return sorted(opened.exec(wanted.distinct()))
