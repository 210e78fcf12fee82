"""The roll-up: findings of a clinic's pages to one verdict a criterion, with the evidence of all its pages."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Generic, TypeVar

from scorer.checklist import Checklist
from scorer.page import PageKind
from scorer.verdicts import Confidence, Evidence, Finding, Verdict

Ref = TypeVar("Ref")

# How many quotes a clinic's verdict keeps for each side; the rest say the same again.
MOST_QUOTES = 4
_BANDS = {Confidence.CERTAIN: 0, Confidence.LIKELY: 1, Confidence.DOUBTFUL: 2}
# Where two pages say the same equally surely, the page that is made for saying it is quoted first.
_LATE_KINDS = frozenset({PageKind.BLOG, PageKind.TESTIMONIALS, PageKind.LEGAL})


@dataclass(frozen=True, slots=True)
class PageFindings(Generic[Ref]):
    """What one page was found to state. `page` is whatever the caller knows the page by."""

    page: Ref
    kind: PageKind
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class RolledUp(Generic[Ref]):
    """The clinic's verdict on one criterion, with evidence strongest first: (page, evidence)."""

    verdict: Verdict
    confidence: Confidence
    evidence: tuple[tuple[Ref, Evidence], ...]


def roll_up(pages: Iterable[PageFindings[Ref]], checklist: Checklist) -> Mapping[str, RolledUp[Ref]]:
    """One verdict for each criterion of the checklist; `unread` for all where there was no page at all.

    The strongest of stated > partial > silent (raised > denied > silent); a statement on one page and its opposite on another
    is conflicting. Doubtful evidence makes a verdict only where no better evidence does, and the verdict is then doubtful.
    """
    gathered: dict[str, list[tuple[PageFindings[Ref], Verdict, Evidence]]] = defaultdict(list)
    read = 0
    for page in pages:
        read += 1
        for finding in page.findings:
            gathered[finding.criterion] += [(page, finding.verdict, evidence) for evidence in finding.evidence]
    return {c.id: _verdict(gathered[c.id], read, flag=c.is_flag) for c in checklist.criteria}


def together(says: AbstractSet[Verdict], *, flag: bool) -> Verdict:
    """The verdict of a clinic whose pages say these on one criterion; silent where they say nothing."""
    for_it, against = (Verdict.RAISED, Verdict.DENIED) if flag else (Verdict.STATED, Verdict.CONTRADICTED)
    positive = for_it in says or (not flag and Verdict.PARTIAL in says)
    if positive and against in says:
        return Verdict.CONFLICTING
    if for_it in says or against in says:
        return for_it if for_it in says else against
    return Verdict.PARTIAL if says else Verdict.SILENT


def _verdict(found: list[tuple[PageFindings[Ref], Verdict, Evidence]], read: int, *, flag: bool) -> RolledUp[Ref]:
    if not found:
        return RolledUp(Verdict.SILENT if read else Verdict.UNREAD, Confidence.LIKELY, ())
    relied_on = [item for item in found if item[2].confidence is not Confidence.DOUBTFUL] or found
    # A page that says both (a rule and its exception) has one verdict; conflict is between what pages say on the whole.
    for_it, against = (Verdict.RAISED, Verdict.DENIED) if flag else (Verdict.STATED, Verdict.CONTRADICTED)
    verdict = together({verdict for _, verdict, _ in relied_on}, flag=flag)
    wanted = {for_it, against, Verdict.PARTIAL} if verdict is Verdict.CONFLICTING else {verdict}
    order = {for_it: 0, against: 0, Verdict.PARTIAL: 1}
    ranked = sorted(
        (item for item in found if item[2].verdict in wanted),
        key=lambda item: (
            order[item[2].verdict],
            _BANDS[item[2].confidence],
            item[0].kind in _LATE_KINDS,
            -item[2].reason.probability,
        ),
    )
    kept: list[tuple[Ref, Evidence]] = []
    quoted: dict[Verdict, set[str]] = defaultdict(set)
    for page, _, evidence in ranked:
        said = quoted[evidence.verdict]
        if evidence.quote not in said and len(said) < MOST_QUOTES:
            said.add(evidence.quote)
            kept.append((page.page, evidence))
    confidence = min((e.confidence for _, e in kept), key=_BANDS.__getitem__, default=Confidence.DOUBTFUL)
    return RolledUp(verdict, confidence, tuple(kept))
