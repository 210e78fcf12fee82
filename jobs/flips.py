"""Whose verdicts would flip: a clinic's findings rolled up as they are and as they would be, with what people decided applied to both."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from jobs.effect import Flip, Said
from jobs.found import COLUMNS, as_findings, outside
from jobs.publish import Decisions
from scorer.assessment import PageFindings, RolledUp, roll_up
from scorer.boilerplate import repeated_blocks
from scorer.checklist import Checklist
from scorer.page import Page
from scorer.verdicts import Finding
from store import models
from store.settings import Settings

QUOTES_SHOWN = 2


def flips(
    opened: Session,
    old: Checklist,
    new: Checklist,
    pages: Mapping[int, Mapping[int, Page]],
    changed: Mapping[int, tuple[Finding, ...]],
    settings: Settings,
) -> Iterator[Flip]:
    """The flips of these clinics: `pages` are their current pages by clinic id and page id, in the order of assessments;
    `changed` are the findings that pages would have, by page id. Only the criteria of `old` and `new` count."""
    clinics = {c.id: c for c in opened.execute(select(models.Clinic).where(col(models.Clinic.id).in_(pages))).scalars()}
    numbers = [number for many in pages.values() for number in many]
    rows: dict[int, list[Any]] = defaultdict(list)
    for row in opened.execute(
        select(*COLUMNS)
        .where(col(models.Finding.page_id).in_(numbers), col(models.Finding.criterion).in_({*old.by_id, *new.by_id}))
        .order_by(col(models.Finding.id))
    ):
        rows[row.page_id].append(row)
    for clinic_id, many in pages.items():
        decisions = Decisions(opened, clinic_id, settings)
        before, after = [], []
        for (number, page), again in zip(many.items(), repeated_blocks(list(many.values())), strict=True):
            repeated = [page.blocks[block] for block in again]
            had = as_findings(rows[number])
            has = changed.get(number, tuple(f for f in had if f.criterion in new.by_id))
            had, has = (decisions.applied(page, outside(repeated, found)) for found in (had, has))
            before.append(PageFindings(page.address, page.kind, had))
            after.append(PageFindings(page.address, page.kind, has))
        was, is_now = roll_up(before, old), roll_up(after, new)
        for criterion in dict.fromkeys((*was, *is_now)):
            one, other = was.get(criterion), is_now.get(criterion)
            had_verdict, has_verdict = (up.verdict.value if up else "" for up in (one, other))
            if had_verdict != has_verdict and {had_verdict, has_verdict} != {"", "silent"}:
                clinic = clinics[clinic_id]
                yield Flip(clinic.slug, clinic.name, criterion, had_verdict, has_verdict, _quotes(one), _quotes(other))


def _quotes(up: RolledUp[str] | None) -> tuple[Said, ...]:
    return tuple(Said(e.verdict.value, e.quote, url) for url, e in (up.evidence[:QUOTES_SHOWN] if up else ()))
