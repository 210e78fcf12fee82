"""Verdicts, evidence and findings: the records that judgement produces and other rooms keep and show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """What a page or a clinic states on one criterion (design.md, Verdicts)."""

    STATED = "stated"
    PARTIAL = "partial"
    CONTRADICTED = "contradicted"
    RAISED = "raised"
    DENIED = "denied"
    CONFLICTING = "conflicting"
    SILENT = "silent"
    UNREAD = "unread"


class Confidence(StrEnum):
    """How far a finding can be relied on; the doubtful go to review, not to the public."""

    CERTAIN = "certain"
    LIKELY = "likely"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a sentence counts.

    `phrase` is the checklist line that matched ("" where none did), `example` the nearest taught sentence ("" where none is
    near), `context` whose practice the sentence tells of and how that was known, `probability` what the reader gives (0 to 1).
    """

    phrase: str = ""
    example: str = ""
    context: tuple[str, ...] = ()
    probability: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """The reason as a plain object, empty parts left out."""
        parts = {"phrase": self.phrase, "example": self.example, "context": list(self.context)}
        shown: dict[str, Any] = {name: part for name, part in parts.items() if part}
        if self.probability:
            shown["probability"] = round(self.probability, 3)
        return shown


@dataclass(frozen=True, slots=True)
class Evidence:
    """One quote: exactly `page.text[start:end]`, with its headings, the verdict that it alone carries, and why."""

    verdict: Verdict
    quote: str
    start: int
    end: int
    heading_path: tuple[str, ...] = ()
    confidence: Confidence = Confidence.LIKELY
    reason: Reason = field(default_factory=Reason)


@dataclass(frozen=True, slots=True)
class Finding:
    """One criterion on one page: the verdict of the page and its evidence, strongest first. Never silent."""

    criterion: str
    verdict: Verdict
    evidence: tuple[Evidence, ...]
    confidence: Confidence = Confidence.LIKELY


@dataclass(frozen=True, slots=True)
class Fact:
    """Something told beside the verdicts, unscored: `name` from facts.FACTS, `value` in its unit, with its quote."""

    name: str
    value: str
    quote: str
    start: int
    end: int

    def as_json(self) -> Mapping[str, Any]:
        """The fact as a plain object."""
        return {"name": self.name, "value": self.value, "quote": self.quote, "start": self.start, "end": self.end}
