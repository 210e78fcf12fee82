"""Which lessons are held out, and what a page's marks make of it."""

import hashlib
from collections.abc import Iterable

from teaching.lessons import Mark

# One clinic in eight is held out, whole: weights and thresholds are chosen on pages whose clinic was never taught.
HELD_OUT_EVERY = 8
_STRONGEST = ("silent", "partial", "denied", "contradicted", "raised", "stated")


def is_held_out(clinic: str) -> bool:
    """The split: by clinic name alone, so that it never moves when pages are added."""
    return int(hashlib.sha256(clinic.encode()).hexdigest(), 16) % HELD_OUT_EVERY == 0


def page_verdicts(marks: Iterable[Mark]) -> dict[str, str]:
    """The page's verdict on each marked criterion: the strongest of its marks."""
    said: dict[str, str] = {}
    for mark in marks:
        verdict = mark.verdict.value
        if _STRONGEST.index(verdict) > _STRONGEST.index(said.get(mark.criterion, "silent")):
            said[mark.criterion] = verdict
    return said
