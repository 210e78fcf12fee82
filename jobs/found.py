"""Findings as the table keeps them, a row a quote, and as judgement's records."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlmodel import SQLModel

from scorer.page import Block
from scorer.verdicts import Confidence, Evidence, Finding, Reason, Verdict
from store import models


def columns(table: type[SQLModel], names: str) -> list[Any]:
    """The columns of these names: where many rows are read, objects with an identity of their own cost more than the reading."""
    return [getattr(table, name) for name in names.split()]


# What `as_finding` needs of a row, and what tells the row's page.
COLUMNS = columns(models.Finding, "page_id criterion verdict quote start end heading_path confidence reason")


def as_finding(criterion: str, rows: Sequence[Any]) -> Finding:
    """One page's finding from its rows: of the Finding table, or of its COLUMNS."""
    evidence = tuple(
        Evidence(
            Verdict(row.verdict), row.quote, row.start, row.end, tuple(row.heading_path), Confidence(row.confidence),
            Reason(
                row.reason.get("phrase", ""), row.reason.get("example", ""), tuple(row.reason.get("context", ())),
                row.reason.get("probability", 0.0),
            ),
        )
        for row in rows
    )  # fmt: skip
    return Finding(
        criterion, Verdict(rows[0].reason.get("page_verdict", rows[0].verdict)), evidence, evidence[0].confidence
    )


def as_findings(rows: Iterable[Any]) -> tuple[Finding, ...]:
    """One page's findings from all its rows."""
    by_criterion: dict[str, list[Any]] = {}
    for row in rows:
        by_criterion.setdefault(row.criterion, []).append(row)
    return tuple(as_finding(criterion, of_one) for criterion, of_one in by_criterion.items())


def outside(blocks: Sequence[Block], findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings without the evidence that stands in these blocks."""
    if not blocks:
        return tuple(findings)
    left = ((f, tuple(e for e in f.evidence if not any(b.start <= e.start < b.end for b in blocks))) for f in findings)
    return tuple(replace(f, evidence=kept, confidence=kept[0].confidence) for f, kept in left if kept)
