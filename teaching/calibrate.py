"""Weights and thresholds, chosen on held-out lessons so that the product's verdicts, not the network's, are best.

`python -m teaching.calibrate` chooses them anew for the shipped reader, after phrases have changed much; it needs no torch.
"""

import json
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import click

from scorer.checklist import Checklist, load_checklist
from scorer.findings import Judge, combine, decide
from scorer.reader import FLAG_VERDICTS, MODEL, PRACTICE_VERDICTS, Reader, Thresholds, Weights
from scorer.verdicts import Verdict
from teaching.dataset import Item, items

_PHRASE = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0)
_ASIDE = (0.0, 0.5, 1.0)
_LEVELS = (0.3, 0.4, 0.5, 0.6, 0.7)
# A criterion's own thresholds must earn this much F1 for each step away from the middle: held-out pages are few.
_STEP_COSTS = 0.01
# `raised` and `contradicted` can harm a clinic: they are asked for more.
_HARM_LEVELS = (0.5, 0.6, 0.7, 0.8)

# One page and criterion: for each sentence that may count, the reader's probabilities and the phrases' voices; and the label.
Case = tuple[list[tuple[dict[Verdict, float], set[Verdict | None]]], str]


def calibrate(folder: Path, checklist: Checklist, held: Sequence[Item]) -> str:
    """Choose, write them into the manifest, and tell what they give on the held-out pages."""
    cases = gather(Judge(checklist, Reader(folder)), checklist, held)
    weights = max(
        (Weights(phrase, aside) for phrase, aside in product(_PHRASE, _ASIDE)),
        key=lambda w: _macro([_f1(cases[c.id], w, Thresholds()) for c in checklist.criteria]),
    )
    thresholds = {c.id: _best(cases[c.id], weights) for c in checklist.criteria}
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["weights"] = {"phrase": weights.phrase, "aside": weights.aside}
    manifest["thresholds"] = {
        c: {"stated": t.stated, "partial": t.partial, "against": t.against} for c, t in thresholds.items()
    }
    path.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    plain = _macro([_f1(cases[c.id], Weights(0, 0), Thresholds()) for c in checklist.criteria])
    both = _macro([_f1(cases[c.id], weights, thresholds[c.id]) for c in checklist.criteria])
    return f"held out: macro F1 {plain:.3f} for the network alone, {both:.3f} with phrases (weights {weights}) and thresholds"


def gather(judge: Judge, checklist: Checklist, pages: Sequence[Item]) -> dict[str, list[Case]]:
    """For each criterion, every page's sentences that may count and the page's label."""
    cases: dict[str, list[Case]] = {c.id: [] for c in checklist.criteria}
    for item in pages:
        if item.name.startswith("checklist.yaml"):
            continue
        looked = judge.look(item.page)
        assert looked.reading is not None
        for column, criterion in enumerate(checklist.criteria):
            names = FLAG_VERDICTS if criterion.is_flag else PRACTICE_VERDICTS
            rows = []
            for number, scores in enumerate(looked.reading.scores[:, column]):
                voices = {v.verdict for v in looked.voices.get(number, ()) if v.criterion == criterion.id}
                if voices or 1 - scores[0] > 0.05:
                    given = {Verdict(n): float(p) for n, p in zip(names, scores, strict=True) if n != "silent"}
                    if criterion.is_flag:
                        given.pop(Verdict.PARTIAL)
                    rows.append((given, voices))
            cases[criterion.id].append((rows, item.verdicts.get(criterion.id, "silent")))
    return cases


def said(case: Case, weights: Weights, thresholds: Thresholds) -> str:
    """The page's verdict, by the same rules as scorer.findings."""
    best: dict[Verdict, float] = {}
    for given, voices in case[0]:
        moved = combine(given, voices, weights)
        if verdict := decide(moved, thresholds):
            best[verdict] = max(best.get(verdict, 0.0), moved[verdict])
    for whole, against in ((Verdict.STATED, Verdict.CONTRADICTED), (Verdict.RAISED, Verdict.DENIED)):
        if whole in best or against in best:
            return (whole if best.get(whole, 0.0) >= best.get(against, 0.0) else against).value
    return "partial" if best else "silent"


def _best(cases: Sequence[Case], weights: Weights) -> Thresholds:
    def worth(t: Thresholds) -> float:
        away = abs(t.stated - 0.5) + abs(t.partial - 0.5) + abs(t.against - 0.6)
        return _f1(cases, weights, t) - _STEP_COSTS * away * 10

    return max((Thresholds(s, p, a) for s, p, a in product(_LEVELS, _LEVELS, _HARM_LEVELS)), key=worth)


def _f1(cases: Sequence[Case], weights: Weights, thresholds: Thresholds) -> float:
    pairs = [(label, said((rows, label), weights, thresholds)) for rows, label in cases]
    right = sum(a == b != "silent" for a, b in pairs)
    total = sum((a != "silent") + (b != "silent") for a, b in pairs)
    return 2 * right / total if total else float("nan")


def _macro(values: Sequence[float]) -> float:
    known = [v for v in values if v == v]
    return sum(known) / len(known) if known else 0.0


@click.command()
@click.option("--lessons", default="data/teaching", show_default=True, type=click.Path(path_type=Path))
@click.option("--model", default=MODEL, show_default=True, type=click.Path(path_type=Path))
def main(lessons: Path, model: Path) -> None:
    """Choose weights and thresholds anew."""
    checklist = load_checklist("checklist.yaml")
    pages = items(lessons, checklist, Reader(model).tokenizer)
    click.echo(calibrate(model, checklist, [page for page in pages if page.chosen_on]))


if __name__ == "__main__":
    main()
