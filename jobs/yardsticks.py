"""The two yardsticks that an edit of the checklist is held against: its own examples, and the settled gold pages."""

from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from jobs.effect import Failing, GoldEffect
from scorer.checklist import Checklist
from scorer.evaluate import Labelled, evaluate
from scorer.examples import example_page
from scorer.findings import Judge
from scorer.markdown import read_markdown
from scorer.verdicts import Verdict
from store.people_gold import gold_pages


def failing_examples(judge: Judge, before: Checklist | None = None) -> tuple[Failing, ...]:
    """The examples of the judge's checklist that it reads otherwise than they say; new to `before` first."""
    failing = []
    for criterion in judge.checklist.criteria:
        for example in criterion.examples:
            said = {finding.criterion: finding.verdict for finding in judge.find(example_page(example))}
            found = said.get(criterion.id, Verdict.SILENT)
            if found is not example.verdict:
                failing.append(Failing(criterion.id, example.line, example.text, example.verdict.value, found.value))
    known = {(c.id, e.text) for c in before.criteria for e in c.examples} if before else set()
    return tuple(sorted(failing, key=lambda f: (f.criterion, f.text) in known))


def gold_effect(engine: Engine, old: Judge, new: Judge) -> tuple[GoldEffect, ...]:
    """How each criterion of `new` is read on the settled gold pages, before and after."""
    with Session(engine) as opened:
        pages = gold_pages(opened)
    if not pages:
        return ()
    criteria = [criterion.id for criterion in new.checklist.criteria]
    before, after = (
        {row.criterion: row for row in evaluate([_labelled(page, judge) for page in pages], criteria, resamples=0).rows}
        for judge in (old, new)
    )
    return tuple(
        GoldEffect(
            c,
            len(pages),
            _number(before[c].f1),
            _number(after[c].f1),
            _number(before[c].precision),
            _number(after[c].precision),
        )
        for c in criteria
    )


def _labelled(page: Any, judge: Judge) -> Labelled:
    read = read_markdown(page.text, title=page.title, address=page.path, clinic=page.clinic)
    found = {
        f.criterion: (f.verdict.value, [e.quote for e in f.evidence if e.verdict is f.verdict])
        for f in judge.find(read)
    }
    return Labelled(page.key, page.text, {c: (v["verdict"], v["quotes"]) for c, v in page.labels.items()}, found)


def _number(value: float) -> float | None:
    return round(value, 4) if value == value else None
