"""From sentences to the verdict of a page: how much all that was heard on a criterion weighs together.

The strongest sentence alone makes a poor page: three faint items of one list state what none of them states, and one loud sentence among
twenty silent ones is often a slip. So a multinomial logistic regression looks at the two strongest voices of each kind, at how many phrases
spoke, at how much was heard in all, and at how much the page says on other criteria: a lone faint voice on a page that says nothing else is
mostly a slip. And at whose page it is, as the reader guesses: what an article tells of is not its publisher's practice. It is fitted by
`python -m teaching.weigh` on pages that the reader was not taught with; its probabilities are what a finding's confidence says. Red flags
are not weighed: there one sentence is the whole matter.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

WEIGHER = "weigher.json"
# The classes, as in the reader's columns of a practice.
SILENT, PARTIAL, STATED, CONTRADICTED = range(4)
_FAINTEST = 1e-4
_MOST_PHRASES = 3

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Heard:
    """What a page's sentences make of one criterion.

    `odds[i, v]`: the reader's log odds that sentence i says class v (sentences x 4); `said[v]`: the sentences in which a phrase says v;
    `around`: how likely the reader thinks it, on the average, that the page speaks of another criterion; `of_others`: the log odds that
    the page tells of others' practice only (0 where that does not matter).
    """

    odds: Array
    said: Mapping[int, frozenset[int]]
    around: float = 0.0
    of_others: float = 0.0

    def with_phrases(self, weight: float) -> Array:
        """The log odds with a phrase's weight added where one speaks."""
        both = self.odds.copy()
        for column, numbers in self.said.items():
            both[list(numbers), column] += weight
        return both


def log_odds(probabilities: npt.NDArray[np.floating]) -> Array:
    """Log odds, with certainty cut to what an 8-bit network can mean."""
    bounded = np.clip(probabilities.astype(np.float64), _FAINTEST, 1 - _FAINTEST)
    return np.asarray(np.log(bounded / (1 - bounded)))


def features(heard: Heard, weight: float) -> Array:
    """What is looked at, in a fixed order. Needs a sentence at least."""
    # The first column: what is not silence is as loud as silence is faint.
    odds, loudest = heard.odds * (-1, 1, 1, 1), heard.with_phrases(weight).max(axis=0)
    first, second = _two_highest(odds)
    seen: list[float] = []
    for column in (STATED, PARTIAL, CONTRADICTED):
        count = len(heard.said.get(column, ()))
        seen += [first[column], second[column], loudest[column], min(count, _MOST_PHRASES), count > 0]
    chances = 1 / (1 + np.exp(-odds[:, [STATED, PARTIAL]]))
    seen += [
        first[SILENT],
        second[SILENT],
        *np.log1p(chances.sum(axis=0)),
        np.log(len(odds)),
        log_odds(np.minimum(1.0, chances.sum(axis=1))).max(),
        *odds[odds[:, SILENT].argmax(), [STATED, PARTIAL, CONTRADICTED]],
        heard.around,
        heard.of_others,
        1 / (1 + np.exp(-heard.of_others)),
    ]
    return np.array(seen, np.float64)


class Weigher:
    """The fitted regression. `criteria` are those that it knows; others are decided by their strongest sentence."""

    def __init__(self, path: Path) -> None:
        fitted = json.loads(path.read_text(encoding="utf-8"))
        self.criteria: tuple[str, ...] = tuple(fitted["criteria"])
        # From which probability a page is said to contradict, which can harm a clinic; how much silence counts beside what is found.
        self._least: float = fitted["least"]
        self._silence: float = fitted["silence"]
        self._mean, self._scale = np.array(fitted["mean"]), np.array(fitted["scale"])
        self._weights, self._bias = np.array(fitted["weights"]), np.array(fitted["bias"])
        self._own = np.array(fitted["own"])

    def weigh(self, heard: Heard, criterion: str, weight: float) -> Array:
        """The probability of each class for the page."""
        seen = (features(heard, weight) - self._mean) / self._scale
        pull = self._weights @ seen + self._own[:, self.criteria.index(criterion)] + self._bias
        raised = np.exp(pull - pull.max())
        return np.asarray(raised / raised.sum())

    def decide(self, chances: Array) -> int:
        """The class of the page: the likeliest, silence counting less, and `contradicted` only where it is likely enough."""
        worth = chances * (self._silence, 1.0, 1.0, float(chances[CONTRADICTED] >= self._least))
        return int(worth.argmax())


def _two_highest(columns: Array) -> tuple[Array, Array]:
    """The two highest of each column; what one sentence alone lacks is as faint as can be."""
    ranked = np.sort(columns, axis=0)
    return ranked[-1], ranked[-2] if len(ranked) > 1 else np.full(columns.shape[1], log_odds(np.zeros(1))[0])
