"""What an edit of the checklist would change, as records: what a preview finds, and what the desk and the command line tell."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

MOST_LISTED = 300


@dataclass(frozen=True, slots=True)
class Said:
    """A quote as a preview shows it."""

    verdict: str
    quote: str
    url: str


@dataclass(frozen=True, slots=True)
class Flip:
    """One clinic whose verdict on one criterion would change, with what it rests on before and after."""

    slug: str
    clinic: str
    criterion: str
    before: str
    after: str
    old_quotes: tuple[Said, ...]
    new_quotes: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """One finding that would come or go."""

    clinic: str
    criterion: str
    said: Said


@dataclass(frozen=True, slots=True)
class Failing:
    """An example that the new checklist does not read as it says."""

    criterion: str
    line: int
    text: str
    wanted: str
    found: str


@dataclass(frozen=True, slots=True)
class GoldEffect:
    """How well a criterion is read on the settled gold pages, before and after (None: nothing to measure)."""

    criterion: str
    pages: int
    f1_before: float | None
    f1_after: float | None
    precision_before: float | None
    precision_after: float | None


@dataclass(frozen=True)
class Preview:
    """What would change. Lists are cut at 300; the counts are whole. `behind` pages wait for scoring and are not in it."""

    old_version: str
    new_version: str
    words: tuple[str, ...] = ()
    flips: tuple[Flip, ...] = ()
    flip_counts: Mapping[str, int] = field(default_factory=dict)
    new: tuple[Moved, ...] = ()
    lost: tuple[Moved, ...] = ()
    new_counts: Mapping[str, int] = field(default_factory=dict)
    lost_counts: Mapping[str, int] = field(default_factory=dict)
    failing: tuple[Failing, ...] = ()
    gold: tuple[GoldEffect, ...] = ()
    pages: int = 0
    judged: int = 0
    clinics: int = 0
    behind: int = 0

    def as_json(self) -> dict[str, Any]:
        """The preview as plain objects."""
        return asdict(self)
