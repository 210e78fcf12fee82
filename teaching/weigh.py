"""`python -m teaching.weigh`: fit how the sentences of a page are weighed together, on pages that the reader was not taught with.

The pages are those of data/weighing and the half of data/teaching's held-out clinics that choices are made on; the other half only
measures. Needs scikit-learn (the `teach` extra). The weight of phrases, how strongly the fit is held back, and from which probability
a page is said to raise or contradict, are chosen by cross-validation over clinics.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import click
import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from scorer.checklist import Checklist, load_checklist
from scorer.findings import Judge, Looked
from scorer.reader import FLAG_VERDICTS, MODEL, PRACTICE_VERDICTS, Reader
from scorer.weighing import OPPOSITE, WEIGHER, WHOLE, features
from teaching.lessons import Lesson, lessons
from teaching.split import is_held_out, is_measured, page_verdicts

TEACHING, WEIGHING = Path("data/teaching"), Path("data/weighing")
_FOLDS = 5
_PHRASE_WEIGHTS = (1.0, 2.0, 3.0, 4.0)
_HELD_BACK = (0.01, 0.03, 0.1)
_LEAST = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9)
_PRECISE = 0.92

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rows:
    """A row a page and criterion: what is seen, which criterion (one-hot), whether it is a flag, the label's class, the fold."""

    seen: Array
    own: Array
    flag: npt.NDArray[np.bool_]
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


def rows(judge: Judge, heard: Sequence[tuple[Lesson, Looked]], weight: float) -> Rows:
    """What the judge hears on each page with this weight of phrases, beside what the page's marks say."""
    criteria = judge.checklist.criteria
    seen, own, flag, label, fold = [], [], [], [], []
    for lesson, looked in heard:
        verdicts = page_verdicts(lesson.marks)
        for number, criterion in enumerate(criteria):
            columns = FLAG_VERDICTS if criterion.is_flag else PRACTICE_VERDICTS
            seen.append(features(judge.heard(looked, criterion), weight, flag=criterion.is_flag))
            own.append(np.eye(len(criteria))[number])
            flag.append(criterion.is_flag)
            label.append(columns.index(verdicts.get(criterion.id, "silent")))
            fold.append(int(hashlib.sha256(lesson.page.clinic.encode()).hexdigest()[:8], 16) % _FOLDS)
    return Rows(np.array(seen), np.array(own), np.array(flag), np.array(label), np.array(fold))


def weigh(folder: Path, checklist: Checklist) -> str:
    """Fit the weighing for the reader in `folder`, keep it there, and tell how it was chosen."""
    judge = Judge(checklist, Reader(folder))
    heard = [(lesson, looked) for lesson in weighing_lessons() if (looked := judge.look(lesson.page)).sentences]
    tried = [
        (*_crossed(table, held_back), weight, held_back, table)
        for weight in _PHRASE_WEIGHTS
        for table in [rows(judge, heard, weight)]
        for held_back in _HELD_BACK
    ]
    f1, chances, weight, held_back, table = max(tried, key=lambda one: one[0])
    least = _least(table, chances)
    scaler = StandardScaler().fit(table.seen)
    model = _regression(held_back).fit(_both(table, scaler), table.label)
    wide = table.seen.shape[1]
    fitted = {
        "criteria": [criterion.id for criterion in checklist.criteria],
        "least": least,
        "mean": _short(scaler.mean_),
        "scale": _short(scaler.scale_),
        "weights": _short(model.coef_[:, :wide]),
        "own": _short(model.coef_[:, wide:]),
        "bias": _short(model.intercept_),
    }
    _keep(fitted, weight, folder)
    each = "\n".join(f"weight of phrases {one[2]:g}, C {one[3]:g}: {one[0]:.3f}" for one in tried)
    after = _macro_f1(table, _decided(chances, table.flag, least))
    return (
        f"{each}\n{len(heard)} pages; macro F1 by cross-validation {f1:.3f} with phrases at {weight:g} and C at {held_back:g}; "
        f"{after:.3f} with raised and contradicted from {least:g}"
    )


def _crossed(table: Rows, held_back: float) -> tuple[float, Array]:
    """Macro F1 of pages whose clinics were not fitted on, and the chances given to them."""
    chances = np.zeros((len(table.label), 4))
    for fold in range(_FOLDS):
        into, out = table.fold != fold, table.fold == fold
        scaler = StandardScaler().fit(table.seen[into])
        model = _regression(held_back).fit(_both(table, scaler)[into], table.label[into])
        chances[np.ix_(out, model.classes_)] = model.predict_proba(_both(table, scaler)[out])
    return _macro_f1(table, _decided(chances, table.flag, 0.5)), chances


def _regression(held_back: float) -> LogisticRegression:
    return LogisticRegression(C=held_back, max_iter=1000)


def _both(table: Rows, scaler: StandardScaler) -> Array:
    return np.hstack([scaler.transform(table.seen), table.own])


def _harmful(flag: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    harmful: npt.NDArray[np.int64] = np.where(flag, WHOLE, OPPOSITE)
    return harmful


def _decided(chances: Array, flag: npt.NDArray[np.bool_], least: float) -> npt.NDArray[np.int64]:
    kept = chances.copy()
    every = np.arange(len(kept))
    harmful = _harmful(flag)
    kept[every, harmful] = np.where(kept[every, harmful] >= least, kept[every, harmful], 0)
    return np.asarray(kept.argmax(axis=1), np.int64)


def _least(table: Rows, chances: Array) -> float:
    """The least probability from which those who raise or contradict are right often enough, by cross-validation."""
    for least in _LEAST:
        decided = _decided(chances, table.flag, least)
        said = decided == _harmful(table.flag)
        if said.any() and (table.label[said] == decided[said]).mean() >= _PRECISE:
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


def _keep(fitted: dict[str, Any], weight: float, folder: Path) -> None:
    """Write the regression beside the reader; its digest and the weight of phrases into the manifest."""
    (folder / WEIGHER).write_text(json.dumps(fitted) + "\n", encoding="utf-8")
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["phrase_weight"] = weight
    manifest["files"][WEIGHER] = sha256((folder / WEIGHER).read_bytes()).hexdigest()
    path.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


@click.command()
@click.option("--model", default=MODEL, show_default=True, type=click.Path(path_type=Path))
def main(model: Path) -> None:
    """Fit the weighing anew for the shipped reader."""
    click.echo(weigh(model, load_checklist("checklist.yaml")))


if __name__ == "__main__":
    main()
