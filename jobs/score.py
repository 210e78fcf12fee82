"""`vetting score`: what changed is read, judged and assessed, in that order; killed at any moment, it goes on where it was."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from jobs.assess import assess_clinics, assess_together, checklist_row, current_version
from jobs.carry import carry_over
from jobs.judge import cores, judge_pages, judge_pages_together, unjudged_pages
from jobs.read import read_snapshots, unread_snapshots
from scorer.checklist import load_checklist
from scorer.findings import Judge
from scorer.reader import Keep, Reader, has_model
from store import models
from store.archive import Archive
from store.encodings import Encodings
from store.engine import count_rows, session
from store.settings import Settings

# From so many pages on several processes are worth the second that each needs to begin.
_WORTH_PROCESSES = 200

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Scored:
    """What a run of scoring did."""

    read: int
    judged: int
    assessed: int
    changes: int


def make_judge(settings: Settings, keep: Keep | None = None) -> Judge:
    """The checklist of the settings with the taught reader, where its weights are installed and not switched off."""
    checklist = load_checklist(settings.checklist)
    reader = Reader(keep=keep) if settings.taught_reader and has_model() else None
    return Judge(checklist, reader)


def score(
    engine: Engine, settings: Settings, *, slugs: Sequence[str] | None = None, progress: Progress | None = None
) -> Scored:
    """Bring findings and assessments up to date with archive and checklist; all clinics, or those with these slugs.

    A checklist that differs from the one that the site shows is a matter of all clinics: their new assessments appear together.
    """
    tell = progress or (lambda step, done, total: None)
    judge = make_judge(settings, Encodings(engine))
    with session(engine) as opened:
        shown = current_version(opened)
        if is_new := shown not in ("", judge.checklist.version):
            slugs = None
        else:
            checklist_row(opened, judge.checklist)
        clinics = _clinics(opened, slugs)
        only = clinics if slugs is not None else None
        snapshots = unread_snapshots(opened, only)
    for done in read_snapshots(engine, Archive(settings.archive_dir), snapshots):
        tell("reading", done, len(snapshots))
    with Session(engine) as opened:
        behind = unjudged_pages(opened, judge, only)
    count_rows(engine)
    seen, pages = 0, list[int]()
    for looked, left in carry_over(engine, judge, behind, settings.data_dir / "cache" / "checklists"):
        seen, pages = seen + looked, [*pages, *left]
        tell("looking what to judge", seen, len(behind))
    if cores() > 1 and len(pages) >= _WORTH_PROCESSES:
        url = engine.url.render_as_string(hide_password=False)
        judging = judge_pages_together(url, judge, pages, cores())
    else:
        judging = judge_pages(engine, judge, pages)
    for done in judging:
        tell("judging", done, len(pages))
    count_rows(engine)
    changes = 0
    with Session(engine) as opened:
        visited = [number for number in clinics if _was_visited(opened, number)]
    assessing = assess_together if is_new else assess_clinics
    for done, (_, changed) in enumerate(assessing(engine, judge, visited, settings), start=1):
        changes += changed
        tell("assessing", done, len(visited))
    return Scored(len(snapshots), len(pages), len(visited), changes)


def _clinics(opened: Session, slugs: Sequence[str] | None) -> list[int]:
    wanted = select(models.Clinic.id).order_by(col(models.Clinic.id))
    if slugs is not None:
        wanted = wanted.where(col(models.Clinic.slug).in_(slugs))
    return [number for number in opened.exec(wanted) if number is not None]


def _was_visited(opened: Session, clinic_id: int) -> bool:
    """A clinic that no visit has ended at is "not read yet" and gets no assessment."""
    visit = select(models.Visit.id).where(models.Visit.clinic_id == clinic_id, models.Visit.outcome != "").limit(1)
    return opened.exec(visit).first() is not None
