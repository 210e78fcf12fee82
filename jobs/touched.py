"""Which stored pages can have other findings under another checklist: those that a changed phrase or a changed example touches.

Every page is looked at by its text alone; only those that are touched are judged again, by a preview (jobs/lookover.py) and by a
scoring (jobs/carry.py).
"""

import re
from collections.abc import Sequence

import numpy as np
from sqlalchemy import Engine

from jobs.difference import Difference
from scorer.examples import CLOSE, example_page
from scorer.phrases import fold, spans
from scorer.reader import Reader
from store.encodings import Encodings

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_WORD = re.compile(r"[a-z0-9]+")
# Likeness is worked out in another order here than when a page is judged: what lies this near below the bound is let through.
_SLACK = 1e-3


class Touched:
    """A difference of two checklists made ready to be held against pages. `near` are the digests of the passages that lie near a
    changed example (`near_passages`)."""

    def __init__(self, what: Difference, near: frozenset[str] = frozenset()) -> None:
        self._everywhere = what.everywhere
        self._examples = bool(what.examples)
        self._near = near
        self._phrases = [
            (phrase.text, [words for part in phrase.text.split("...") if (words := _needed_words(part))])
            for phrase in what.phrases
        ]

    def touches(self, text: str, passages: Sequence[str]) -> bool:
        """Whether the findings of the page with this text can differ; `passages` are those that the taught reader read of it."""
        if not text:
            return False
        if self._everywhere:
            return True
        # A page that was judged before passages were noted may hold any.
        if self._examples and (not passages or not self._near.isdisjoint(passages)):
            return True
        small = text.lower()
        worth = [
            phrase for phrase, needed in self._phrases if all(any(word in small for word in words) for words in needed)
        ]
        folded = fold(text) if worth else ""
        return any(True for phrase in worth for _ in spans(phrase, folded))


def near_passages(engine: Engine, what: Difference, reader: Reader | None) -> frozenset[str]:
    """The digests of all kept passages with a sentence near a changed example; each kept passage is looked at once."""
    if reader is None or not what.examples:
        return frozenset()
    examples = np.stack([reader.read(example_page(example)).vectors[-1] for example in what.examples])
    near = set()
    for digest, kept in Encodings(engine).all_of(reader.version):
        vectors = reader.vectors_of(kept, examples.shape[1])
        if vectors.size and (vectors @ examples.T).max() >= CLOSE - _SLACK:
            near.add(digest)
    return frozenset(near)


def _needed_words(text: str) -> frozenset[str]:
    """Words of which one stands wherever this part of a phrase does: its longest plain word, else one of each choice; none where
    unsure."""
    plain = _WORD.findall(_CHOICE.sub(" ", text.lower()))
    if plain:
        return frozenset({max(plain, key=len)})
    for choice in _CHOICE.findall(text.lower()):
        words = [_WORD.findall(option) for option in choice.split("|")]
        if words and all(words):
            return frozenset(max(found, key=len) for found in words)
    return frozenset()
