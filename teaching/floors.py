"""The floors of the reader's figures on held-out lessons: a build below them fails, and they only rise.

`python -m teaching.floors` measures and raises the floors in data/floors.json. A floor is lowered only with --lower and a reason,
which is kept in the file. When the held-out lessons change, so does the corpus digest, and the floors are measured anew.
"""

import json
from dataclasses import dataclass, replace
from math import floor
from pathlib import Path

import click

from jobs.evaluate import corpus_digest, evaluate_pages
from jobs.score import make_judge
from scorer.evaluate import Evaluation
from store.settings import Settings
from teaching.held_out import measured_lessons

FLOORS = Path("data/floors.json")
LESSONS = Path("data/teaching")
# What differs between processors in 8-bit arithmetic moves a figure by less than this.
SLACK = 0.005


@dataclass(frozen=True, slots=True)
class Below:
    """A figure that fell below its floor."""

    reader: str
    figure: str
    measured: float
    floor: float


def measured(*, taught: bool) -> dict[str, float]:
    """The figures that have floors, with the taught reader or with phrases and context alone."""
    judge = make_judge(replace(Settings.from_environment({}), taught_reader=taught))
    evaluation, _ = evaluate_pages(judge, measured_lessons(LESSONS))
    return figures(evaluation, [criterion.id for criterion in judge.checklist.criteria if criterion.core])


def figures(evaluation: Evaluation, core: list[str]) -> dict[str, float]:
    """Macro F1 exact and found-or-not, precision of harmful verdicts, exact quotes, and F1 of each core criterion."""
    by_criterion = {row.criterion: row.f1 for row in evaluation.rows}
    return {
        "macro_f1": evaluation.macro_f1,
        "macro_found_f1": evaluation.macro_found_f1,
        "harm_precision": evaluation.harm_precision,
        "quotes_exact": evaluation.quotes_exact,
        **{criterion: by_criterion[criterion] for criterion in core},
    }


def below(reader: str, now: dict[str, float], floors: dict[str, float]) -> list[Below]:
    """The figures that fell below their floors."""
    return [Below(reader, name, now[name], least) for name, least in floors.items() if now[name] < least - SLACK]


@click.command()
@click.option("--lower", metavar="REASON", help="Also lower floors, for this reason.")
def main(lower: str | None) -> None:
    """Measure and raise the floors."""
    kept = json.loads(FLOORS.read_text(encoding="utf-8")) if FLOORS.exists() else {"readers": {}, "lowered": []}
    corpus = corpus_digest(measured_lessons(LESSONS))
    same = kept.get("corpus") == corpus
    for reader, taught in (("taught", True), ("phrases", False)):
        now = {name: floor(value * 1000) / 1000 for name, value in measured(taught=taught).items()}
        floors = kept["readers"].get(reader, {}) if same else {}
        fallen = below(reader, now, floors)
        for one in fallen:
            click.echo(f"{one.reader}: {one.figure} is {one.measured:.3f}, below its floor {one.floor:.3f}")
        if fallen and not lower:
            raise SystemExit(1)
        if fallen:
            kept["lowered"].append({"reader": reader, "figures": [one.figure for one in fallen], "reason": lower})
            kept["readers"][reader] = now
        else:
            kept["readers"][reader] = {name: max(value, floors.get(name, 0.0)) for name, value in now.items()}
    kept["corpus"] = corpus
    FLOORS.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    click.echo(json.dumps(kept["readers"], indent=1))


if __name__ == "__main__":
    main()
