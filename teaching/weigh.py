"""`python -m teaching.weigh`: fit how the sentences of a page are weighed together, on pages that the reader was not taught with.

The pages are those of data/weighing and the half of data/teaching's held-out clinics that choices are made on; the other half only
measures. Needs scikit-learn (the `teach` extra). How strongly the fit is held back, how much silence counts, and from which
probability a page is said to contradict, are chosen by cross-validation over clinics.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import click
import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from scorer.checklist import Checklist, Criterion, load_checklist
from scorer.findings import Judge, Looked
from scorer.reader import MODEL, PRACTICE_VERDICTS, Reader
from scorer.weighing import CONTRADICTED, WEIGHER, features
from teaching.lessons import Lesson, lessons
from teaching.split import is_held_out, is_measured, page_verdicts

TEACHING, WEIGHING = Path("data/teaching"), Path("data/weighing")
_FOLDS = 5
_HELD_BACK = (0.01, 0.03, 0.1)
_SILENCES = (1.0, 0.85, 0.7)
_LEAST = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9)
# How often what contradicts must be right: more than is asked for, since a bound flatters the pages that it was chosen on.
_PRECISE = 0.95
_PHRASE_WEIGHTS = (0.0, 1.0, 1.5, 2.0, 3.0, 4.0)

Array = npt.NDArray[np.float64]
# A page that was looked at, and what its marks make of each criterion.
Seen = tuple[Looked, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Rows:
    """A row a page and practice: what is seen, which criterion (one-hot), the label's class, the fold."""

    seen: Array
    own: Array
    label: npt.NDArray[np.int64]
    fold: npt.NDArray[np.int64]


def weighing_lessons() -> list[Lesson]:
    """The pages that the weighing is fitted on."""
    chosen_on = [
        lesson
        for lesson in lessons(sorted(TEACHING.glob("*.txt")))
        if is_held_out(lesson.page.clinic) and not is_measured(lesson.page.clinic)
    ]
    return chosen_on + list(lessons(sorted(WEIGHING.glob("*.txt"))))


def rows(judge: Judge, pages: Sequence[Seen]) -> Rows:
    """What the judge hears on each page, beside what the page's marks say."""
    assert judge.reader is not None
    practices = _practices(judge.checklist)
    seen, own, label, fold = [], [], [], []
    for looked, verdicts in pages:
        for number, criterion in enumerate(practices if looked.sentences else ()):
            heard = judge.heard(looked, criterion)
            assert heard is not None
            seen.append(features(heard, judge.reader.phrase_weight[criterion.kind]))
            own.append(np.eye(len(practices))[number])
            label.append(PRACTICE_VERDICTS.index(verdicts.get(criterion.id, "silent")))
            fold.append(int(hashlib.sha256(looked.page.clinic.encode()).hexdigest()[:8], 16) % _FOLDS)
    return Rows(np.array(seen), np.array(own), np.array(label), np.array(fold))


def weigh(folder: Path, checklist: Checklist) -> str:
    """Fit the weighing for the reader in `folder`, keep it there, and tell how it was chosen."""
    judge = Judge(checklist, Reader(folder))
    pages = [(judge.look(lesson.page), page_verdicts(lesson.marks)) for lesson in weighing_lessons()]
    table = rows(judge, pages)
    tried = [
        (_macro_f1(table, _decided(chances, silence, 0.5)), held_back, silence, chances)
        for held_back in _HELD_BACK
        for chances in [_crossed(table, held_back)]
        for silence in _SILENCES
    ]
    _, held_back, silence, chances = max(tried, key=lambda one: one[0])
    least = _least(table, chances, silence)
    scaler = StandardScaler().fit(table.seen)
    model = _regression(held_back).fit(_both(table, scaler), table.label)
    wide = table.seen.shape[1]
    fitted = {
        "criteria": [criterion.id for criterion in _practices(checklist)],
        "least": least,
        "silence": silence,
        "mean": _short(scaler.mean_),
        "scale": _short(scaler.scale_),
        "weights": _short(model.coef_[:, :wide]),
        "own": _short(model.coef_[:, wide:]),
        "bias": _short(model.intercept_),
    }
    _keep(fitted, folder)
    each = "\n".join(f"C {one[1]:g}, silence {one[2]:g}: {one[0]:.3f}" for one in tried)
    after = _macro_f1(table, _decided(chances, silence, least))
    return (
        f"{each}\n{len(table.label) // table.own.shape[1]} pages; macro F1 of practices by cross-validation {after:.3f} "
        f"with C {held_back:g}, silence {silence:g}, contradicted from {least:g}\n{_flags_told(judge, pages)}"
    )


def _flags_told(judge: Judge, pages: Sequence[Seen]) -> str:
    """How flags are read with other weights of a phrase: what the weight in teaching/ship.py is chosen by."""
    assert judge.reader is not None
    flags = tuple(criterion for criterion in judge.checklist.criteria if criterion.is_flag)
    of_flags = Judge(replace(judge.checklist, criteria=flags), judge.reader)
    told = []
    for weight in _PHRASE_WEIGHTS:
        judge.reader.phrase_weight["flag"] = weight
        found = [({f.criterion: f.verdict.value for f in of_flags.judge(looked)}, said) for looked, said in pages]
        f1 = [
            2 * sum(flag.id in got and got[flag.id] == said.get(flag.id) for got, said in found)
            / max(1, sum((flag.id in got) + (flag.id in said) for got, said in found))
            for flag in flags
        ]  # fmt: skip
        raised = [
            said.get(flag) == "raised" for got, said in found for flag, verdict in got.items() if verdict == "raised"
        ]
        told.append(
            f"flags, phrases {weight:g}: F1 {np.mean(f1):.3f}, of {len(raised)} raised {np.mean(raised):.2f} right"
        )
    return "\n".join(told)


def _practices(checklist: Checklist) -> list[Criterion]:
    return [criterion for criterion in checklist.criteria if not criterion.is_flag]


def _crossed(table: Rows, held_back: float) -> Array:
    """The chances given to pages whose clinics were not fitted on."""
    chances = np.zeros((len(table.label), 4))
    for fold in range(_FOLDS):
        into, out = table.fold != fold, table.fold == fold
        scaler = StandardScaler().fit(table.seen[into])
        model = _regression(held_back).fit(_both(table, scaler)[into], table.label[into])
        chances[np.ix_(out, model.classes_)] = model.predict_proba(_both(table, scaler)[out])
    return chances


def _regression(held_back: float) -> LogisticRegression:
    return LogisticRegression(C=held_back, max_iter=1000)


def _both(table: Rows, scaler: StandardScaler) -> Array:
    return np.hstack([scaler.transform(table.seen), table.own])


def _decided(chances: Array, silence: float, least: float) -> npt.NDArray[np.int64]:
    worth = chances * (silence, 1.0, 1.0, 1.0)
    worth[chances[:, CONTRADICTED] < least, CONTRADICTED] = 0
    return np.asarray(worth.argmax(axis=1), np.int64)


def _least(table: Rows, chances: Array, silence: float) -> float:
    """The least probability from which those that contradict are right often enough."""
    for least in _LEAST:
        said = _decided(chances, silence, least) == CONTRADICTED
        if said.any() and (table.label[said] == CONTRADICTED).mean() >= _PRECISE:
            return least
    return _LEAST[-1]


def _macro_f1(table: Rows, decided: npt.NDArray[np.int64]) -> float:
    values = []
    for column in range(table.own.shape[1]):
        of = table.own[:, column] == 1
        label, found = table.label[of], decided[of]
        both = (label != 0).sum() + (found != 0).sum()
        if both:
            values.append(2 * ((label == found) & (label != 0)).sum() / both)
    return float(np.mean(values))


def _short(values: Array) -> Any:
    return np.round(values, 5).tolist()


def _keep(fitted: dict[str, Any], folder: Path) -> None:
    """Write the regression beside the reader, and its digest into the manifest."""
    (folder / WEIGHER).write_text(json.dumps(fitted) + "\n", encoding="utf-8")
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["files"][WEIGHER] = sha256((folder / WEIGHER).read_bytes()).hexdigest()
    path.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


@click.command()
@click.option("--model", default=MODEL, show_default=True, type=click.Path(path_type=Path))
def main(model: Path) -> None:
    """Fit the weighing anew for the shipped reader."""
    click.echo(weigh(model, load_checklist("checklist.yaml")))


if __name__ == "__main__":
    main()
