"""Findings to assessments: the verdicts of a clinic for one checklist version, with coverage, and what changed and why."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select, update

from scorer.assessment import PageFindings, RolledUp, roll_up
from scorer.checklist import Checklist
from scorer.findings import Judge
from scorer.page import PageKind
from scorer.verdicts import Confidence, Evidence, Finding, Reason, Verdict
from store import models
from store.engine import session

# These wait for a person before they are published by name, unless the settings say otherwise: they can harm a clinic.
AWAIT_REVIEW = frozenset({Verdict.CONTRADICTED, Verdict.CONFLICTING, Verdict.RAISED})


@dataclass(frozen=True, slots=True)
class _Source:
    """The page and the snapshot that a piece of evidence comes from."""

    page: models.Page
    snapshot: models.Snapshot


def assess_clinics(
    engine: Engine, judge: Judge, clinic_ids: Sequence[int], *, publish_without_review: bool
) -> Iterator[tuple[int, int]]:
    """Assess these clinics, each in a transaction of its own; yields (clinic id, number of changes)."""
    for clinic_id in clinic_ids:
        with session(engine) as opened:
            yield clinic_id, assess(opened, judge, clinic_id, publish_without_review=publish_without_review)


def assess(opened: Session, judge: Judge, clinic_id: int, *, publish_without_review: bool) -> int:
    """Make the clinic's assessment from the findings of its current pages; the number of verdicts that changed.

    Equal verdicts and evidence make no new assessment; only its coverage is brought up to date.
    """
    sources = _sources(opened, clinic_id)
    rolled = roll_up(_page_findings(opened, sources), judge.checklist)
    verdicts = [_verdict_row(clinic_id, criterion, up, publish_without_review) for criterion, up in rolled.items()]
    facts = _facts(sources)
    digest = _digest(judge, verdicts, facts)
    coverage = _coverage(opened, clinic_id, sources)
    before = opened.exec(
        select(models.Assessment).where(models.Assessment.clinic_id == clinic_id, col(models.Assessment.current))
    ).first()
    if before is not None and before.digest == digest:
        if before.coverage != coverage:
            before.coverage = coverage
            opened.add(before)
        return 0
    made = models.Assessment(
        clinic_id=clinic_id, checklist_version=judge.checklist.version, engine_version=judge.engine,
        digest=digest, coverage=coverage, facts=facts,
    )  # fmt: skip
    old = _retire(opened, before)
    opened.add(made)
    opened.flush()
    assert made.id is not None
    for row in verdicts:
        row.assessment_id = made.id
        opened.add(row)
    changes = _changes(opened, judge, before, old, verdicts, made)
    opened.add_all(changes)
    return len(changes)


def _sources(opened: Session, clinic_id: int) -> list[_Source]:
    rows = opened.exec(
        select(models.Page, models.Snapshot)
        .join(models.Snapshot, col(models.Snapshot.page_id) == col(models.Page.id))
        .where(models.Snapshot.clinic_id == clinic_id, col(models.Snapshot.current), col(models.Snapshot.gone_at).is_(None))
        .order_by(col(models.Snapshot.url), col(models.Snapshot.id))
    )
    seen: set[int | None] = set()
    sources = []
    for page, snapshot in rows:
        if page.text and page.id not in seen:
            seen.add(page.id)
            sources.append(_Source(page, snapshot))
    return sources


def _page_findings(opened: Session, sources: Sequence[_Source]) -> Iterator[PageFindings[_Source]]:
    by_page: dict[int, list[models.Finding]] = {}
    numbers = [source.page.id for source in sources]
    for row in opened.exec(
        select(models.Finding).where(col(models.Finding.page_id).in_(numbers)).order_by(col(models.Finding.id))
    ):
        by_page.setdefault(row.page_id, []).append(row)
    for source in sources:
        assert source.page.id is not None
        by_criterion: dict[str, list[models.Finding]] = {}
        for row in by_page.get(source.page.id, ()):
            by_criterion.setdefault(row.criterion, []).append(row)
        findings = tuple(_finding(criterion, rows) for criterion, rows in by_criterion.items())
        yield PageFindings(source, PageKind(source.page.kind), findings)


def _finding(criterion: str, rows: Sequence[models.Finding]) -> Finding:
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
    return Finding(criterion, Verdict(rows[0].reason.get("page_verdict", rows[0].verdict)), evidence, evidence[0].confidence)


def _verdict_row(
    clinic_id: int, criterion: str, up: RolledUp[_Source], publish_without_review: bool
) -> models.ClinicVerdict:
    waits = up.verdict in AWAIT_REVIEW or (up.evidence and up.confidence is Confidence.DOUBTFUL)
    return models.ClinicVerdict(
        assessment_id=0, clinic_id=clinic_id, criterion=criterion, verdict=up.verdict.value,
        confidence=up.confidence.value, published=publish_without_review or not waits,
        evidence=[_evidence(source, evidence) for source, evidence in up.evidence],
    )  # fmt: skip


def _evidence(source: _Source, evidence: Evidence) -> dict[str, Any]:
    from jobs.judge import sentence_digest

    return {
        "verdict": evidence.verdict.value,
        "quote": evidence.quote,
        "start": evidence.start,
        "end": evidence.end,
        "heading_path": list(evidence.heading_path),
        "page_id": source.page.id,
        "snapshot_id": source.snapshot.id,
        "url": source.snapshot.url,
        "title": source.page.title,
        "page_kind": source.page.kind,
        "fetched_at": source.snapshot.fetched_at.isoformat(),
        "confidence": evidence.confidence.value,
        "reason": evidence.reason.as_json(),
        "sentence_digest": sentence_digest(evidence.quote),
    }


def _facts(sources: Sequence[_Source]) -> list[dict[str, Any]]:
    """Each fact once, with the first page that tells it."""
    seen: set[tuple[str, str]] = set()
    facts = []
    for source in sources:
        for fact in source.page.facts:
            key = (fact["name"], fact["value"])
            if key not in seen:
                seen.add(key)
                facts.append({
                    **fact, "page_id": source.page.id, "url": source.snapshot.url,
                    "fetched_at": source.snapshot.fetched_at.isoformat(),
                })  # fmt: skip
    return facts


def _coverage(opened: Session, clinic_id: int, sources: Sequence[_Source]) -> dict[str, Any]:
    visit = opened.exec(
        select(models.Visit)
        .where(models.Visit.clinic_id == clinic_id, models.Visit.outcome != "")
        .order_by(col(models.Visit.id).desc())
        .limit(1)
    ).first()
    times = sorted(source.snapshot.fetched_at for source in sources)
    causes = visit.counts if visit else {}
    return {
        "read": len(sources),
        "robots": causes.get("robots", 0),
        "failed": causes.get("failed", 0),
        "needs-javascript": causes.get("needs-javascript", 0),
        "first": times[0].isoformat() if times else "",
        "last": times[-1].isoformat() if times else "",
        "outcome": visit.outcome if visit else "",
        "visited": visit.started_at.isoformat() if visit else "",
    }


def _digest(judge: Judge, verdicts: Sequence[models.ClinicVerdict], facts: Sequence[Mapping[str, Any]]) -> str:
    said = [
        (v.criterion, v.verdict, v.published, [(e["quote"], e["url"], e["verdict"]) for e in v.evidence]) for v in verdicts
    ]
    told = [(fact["name"], fact["value"], fact["quote"]) for fact in facts]
    return sha256(json.dumps([judge.checklist.version, judge.engine, said, told]).encode()).hexdigest()


def _retire(opened: Session, before: models.Assessment | None) -> dict[str, models.ClinicVerdict]:
    if before is None:
        return {}
    old = opened.exec(select(models.ClinicVerdict).where(models.ClinicVerdict.assessment_id == before.id)).all()
    before.current = False
    opened.add(before)
    opened.exec(
        update(models.ClinicVerdict).where(col(models.ClinicVerdict.assessment_id) == before.id).values(current=False)
    )
    return {row.criterion: row for row in old}


def _changes(
    opened: Session,
    judge: Judge,
    before: models.Assessment | None,
    old: Mapping[str, models.ClinicVerdict],
    new: Sequence[models.ClinicVerdict],
    made: models.Assessment,
) -> list[models.Change]:
    """What differs from the assessment before. The first assessment changes nothing: there was no verdict to change."""
    if before is None:
        return []
    assert made.id is not None
    return [
        models.Change(
            clinic_id=made.clinic_id, assessment_id=made.id, criterion=row.criterion,
            before=old[row.criterion].verdict, after=row.verdict, cause=_cause(opened, judge, before, old[row.criterion]),
        )
        for row in new
        if row.criterion in old and old[row.criterion].verdict != row.verdict
    ]  # fmt: skip


def _cause(opened: Session, judge: Judge, before: models.Assessment, old: models.ClinicVerdict) -> str:
    if before.checklist_version != judge.checklist.version or before.engine_version != judge.engine:
        return "checklist changed"
    snapshots = [evidence["snapshot_id"] for evidence in old.evidence]
    gone = opened.exec(
        select(models.Snapshot.id).where(col(models.Snapshot.id).in_(snapshots), col(models.Snapshot.gone_at).is_not(None))
    ).first()
    return "page gone" if gone is not None else "page changed"


def checklist_row(opened: Session, checklist: Checklist, *, author: str = "", reason: str = "") -> None:
    """Keep the text of the checklist that is used, so that what was published with it stays readable."""
    kept = opened.get(models.ChecklistVersion, checklist.version)
    if kept is None:
        kept = models.ChecklistVersion(
            version=checklist.version, text=checklist.path.read_text(encoding="utf-8"), author=author, reason=reason
        )
    if not kept.current:
        opened.exec(update(models.ChecklistVersion).values(current=False))
        kept.current = True
        opened.add(kept)
