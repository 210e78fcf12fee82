"""After an edit of the checklist: pages whose findings cannot have changed carry them over to the new version, and are not judged."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import Engine, delete, select, update
from sqlmodel import Session, col

from jobs.adopt import kept_checklist
from jobs.difference import Difference, difference
from jobs.found import columns
from jobs.judge import version_of
from jobs.touched import Touched, near_passages
from scorer.checklist import Checklist, ChecklistError
from scorer.findings import Judge
from store import models
from store.engine import session

AT_ONCE = 400


def carry_over(engine: Engine, judge: Judge, numbers: Sequence[int], folder: Path) -> Iterator[tuple[int, list[int]]]:
    """Bring the pages among these whose findings cannot have changed to the judge's version, a batch a transaction; yields how many
    were looked at and which of them are left to judge.

    A page is carried over only when the same engine judged it with a version of the checklist whose text is kept; `folder` is where
    kept versions are put. Its findings are then what judging it again would make of it.
    """
    with Session(engine) as opened:
        made = dict(_with_versions(opened, numbers))
    of_version: dict[str, list[int]] = defaultdict(list)
    for number in numbers:
        of_version[made.get(number, "")].append(number)
    for version, pages in of_version.items():
        before = _before(engine, judge, version, folder)
        if before is None:
            yield len(pages), pages
            continue
        what = difference(before, judge.checklist, judge.reader.criteria if judge.reader else None)
        touched = Touched(what, near_passages(engine, what, judge.reader))
        for at in range(0, len(pages), AT_ONCE):
            batch = pages[at : at + AT_ONCE]
            yield len(batch), _carried(engine, judge, what, touched, batch)


def _before(engine: Engine, judge: Judge, version: str, folder: Path) -> Checklist | None:
    """The checklist that pages of this version were judged with; None where the engine was another or the text is not kept as it was."""
    name, _, by = version.partition("/")
    if not name or by != judge.engine:
        return None
    try:
        kept = kept_checklist(engine, folder, name)
    except ChecklistError:  # made for an older form of the file
        return None
    return kept if kept is not None and kept.version == name else None


def _carried(engine: Engine, judge: Judge, what: Difference, touched: Touched, numbers: Sequence[int]) -> list[int]:
    """Carry over what is not touched; the others."""
    with session(engine) as opened:
        rows = opened.execute(
            select(*columns(models.Page, "id text passages")).where(col(models.Page.id).in_(numbers))
        ).all()
        left = [row.id for row in rows if touched.touches(row.text, row.passages)]
        same = sorted({row.id for row in rows} - set(left))
        theirs = col(models.Finding.page_id).in_(same)
        opened.execute(delete(models.Finding).where(theirs, col(models.Finding.criterion).in_(what.gone)))
        opened.execute(update(models.Finding).where(theirs).values(checklist_version=judge.checklist.version))
        opened.execute(update(models.Page).where(col(models.Page.id).in_(same)).values(scored_with=version_of(judge)))
    return left


def _with_versions(opened: Session, numbers: Sequence[int]) -> Iterator[tuple[int, str]]:
    for at in range(0, len(numbers), AT_ONCE):
        wanted = select(*columns(models.Page, "id scored_with")).where(
            col(models.Page.id).in_(numbers[at : at + AT_ONCE])
        )
        yield from ((row.id, row.scored_with) for row in opened.execute(wanted))
