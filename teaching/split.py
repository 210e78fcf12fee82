"""Which lessons are held out, and what a page's marks make of it."""

import hashlib
from collections.abc import Iterable

from teaching.lessons import Mark

# One clinic in eight is held out, whole: on half of those, the phrases' weight is chosen; the other half only measures.
HELD_OUT_EVERY = 8
_STRONGEST = ("silent", "partial", "denied", "contradicted", "raised", "stated")


def is_held_out(clinic: str) -> bool:
    """The split: by clinic name alone, so that it never moves when pages are added."""
    return _number(clinic) % HELD_OUT_EVERY == 0


def is_measured(clinic: str) -> bool:
    """The half of the held-out clinics on which nothing is chosen, so that a figure on them means something."""
    return _number(clinic) % (2 * HELD_OUT_EVERY) == 0


def _number(clinic: str) -> int:
    return int(hashlib.sha256(clinic.encode()).hexdigest(), 16)


def page_verdicts(marks: Iterable[Mark]) -> dict[str, str]:
    """The page's verdict on each marked criterion: the strongest of its marks."""
    said: dict[str, str] = {}
    for mark in marks:
        verdict = mark.verdict.value
        if _STRONGEST.index(verdict) > _STRONGEST.index(said.get(mark.criterion, "silent")):
            said[mark.criterion] = verdict
    return said
