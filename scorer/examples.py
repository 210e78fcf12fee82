"""Examples as teachers: a maintainer's new example speaks at once for sentences close to it, before the reader is taught anew."""

from hashlib import sha256

import numpy as np
import numpy.typing as npt

from scorer.checklist import Checklist, Example
from scorer.markdown import read_markdown
from scorer.page import Page
from scorer.reader import Reader
from scorer.verdicts import Verdict

# Cosine from which a sentence counts as close to an example, and the log odds that a perfect likeness adds. Chosen on the held-out
# lessons that choices are made on, among a cosine of 0.90 to 0.98 and one to four log odds; since sentences of different pages lie further
# apart with the weights that guess whose page it is, the cosine is now where as many pairs of them count as close as did at 0.90.
CLOSE = 0.88
_WEIGHT = 2.0


class Examples:
    """The checklist's examples as vectors of the taught reader."""

    def __init__(self, checklist: Checklist, reader: Reader) -> None:
        self._reader = reader
        self._checklist = checklist
        self._vectors: dict[tuple[str, Verdict], tuple[list[Example], npt.NDArray[np.float32]]] = {}
        self._new = {
            criterion.id: [e for e in criterion.examples if example_digest(criterion.id, e) not in reader.taught]
            for criterion in checklist.criteria
        }
        self._new_vectors: dict[str, npt.NDArray[np.float32]] = {}

    def has_new(self, criterion: str) -> bool:
        """Whether the criterion has examples that the reader was not taught with."""
        return bool(self._new.get(criterion))

    def near(self, vectors: npt.NDArray[np.float32], criterion: str) -> set[int]:
        """The sentences that lie close to a new example."""
        if not vectors.size:  # a page without a sentence
            return set()
        likeness = vectors @ self._of_new(criterion).T
        return {int(n) for n in (likeness.max(axis=1) >= CLOSE).nonzero()[0]}

    def taught_since(self, vector: npt.NDArray[np.float32], criterion: str) -> list[tuple[Verdict, float]]:
        """What the nearest new example says of a sentence: its verdict and a weight in log odds; nothing where none is close."""
        if not self.has_new(criterion):
            return []
        likeness = self._of_new(criterion) @ vector
        best = int(likeness.argmax())
        if likeness[best] < CLOSE:
            return []
        weight = _WEIGHT * float(likeness[best] - CLOSE) / (1 - CLOSE)
        return [(self._new[criterion][best].verdict, weight)]

    def nearest(self, vector: npt.NDArray[np.float32], criterion: str, verdict: Verdict) -> str:
        """The checklist's example of that verdict that lies nearest, for the explanation; "" where none is close."""
        if (criterion, verdict) not in self._vectors:
            of = self._checklist.by_id.get(criterion)
            examples = [example for example in of.examples if example.verdict is verdict] if of else []
            self._vectors[criterion, verdict] = (examples, self._encode(examples))
        examples, vectors = self._vectors[criterion, verdict]
        if not examples:
            return ""
        likeness = vectors @ vector
        best = int(likeness.argmax())
        return examples[best].text if likeness[best] >= CLOSE else ""

    def _of_new(self, criterion: str) -> npt.NDArray[np.float32]:
        if criterion not in self._new_vectors:
            self._new_vectors[criterion] = self._encode(self._new[criterion])
        return self._new_vectors[criterion]

    def _encode(self, examples: list[Example]) -> npt.NDArray[np.float32]:
        rows = [self._reader.read(example_page(example)).vectors[-1] for example in examples]
        return np.stack(rows) if rows else np.zeros((0, 1), np.float32)


def example_page(example: Example) -> Page:
    """An example as a page of its own: its heading, what stands before it, itself."""
    parts = [f"# {example.heading}"] if example.heading else []
    if example.before:
        parts.append(example.before + (" " + example.text if example.before.rstrip().endswith("?") else ""))
    if not example.before or not example.before.rstrip().endswith("?"):
        parts.append(example.text)
    return read_markdown("\n\n".join(parts), title=example.heading or "What to expect", address="/what-to-expect")


def example_digest(criterion: str, example: Example) -> str:
    """What tells one example of one criterion from another."""
    return sha256(
        repr((criterion, example.verdict.value, example.text, example.heading, example.before)).encode()
    ).hexdigest()[:16]
