"""Findings to assessments: the verdicts of a clinic for one checklist version, with coverage, and what changed and why."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select, update

from jobs.found import as_findings, outside
from jobs.judge import sentence_digest
from jobs.publish import Decisions
from jobs.read import as_page
from scorer.assessment import PageFindings, RolledUp, roll_up
from scorer.boilerplate import repeated_blocks
from scorer.checklist import Checklist
from scorer.findings import Judge
from scorer.verdicts import Evidence
from store import models
from store.engine import session
from store.models import now
from store.settings import Settings


@dataclass(frozen=True, slots=True)
class _Source:
    """The page and the snapshot that a piece of evidence comes from."""

    page: models.Page
    snapshot: models.Snapshot


@dataclass(frozen=True, slots=True)
class Prepared:
    """An assessment that was made and is not kept yet, with what it takes the place of."""

    made: models.Assessment
    verdicts: Sequence[models.ClinicVerdict]
    changes: Sequence[models.Change]
    before: int | None


def assess_clinics(
    engine: Engine, judge: Judge, clinic_ids: Sequence[int], settings: Settings
) -> Iterator[tuple[int, int]]:
    """Assess these clinics, each in a transaction of its own; yields (clinic id, number of changes)."""
    for clinic_id in clinic_ids:
        with session(engine) as opened:
            yield clinic_id, assess(opened, judge, clinic_id, settings)


def assess_together(
    engine: Engine, judge: Judge, clinic_ids: Sequence[int], settings: Settings
) -> Iterator[tuple[int, int]]:
    """Assess these clinics for a new checklist: prepared one by one, then kept all at once together with the new version.

    Until then the site shows the old version whole; a crash at any moment leaves it so. Yields as `assess_clinics`.
    """
    prepared: list[Prepared] = []
    for clinic_id in clinic_ids:
        with session(engine) as opened:
            if made := prepare(opened, judge, clinic_id, settings):
                prepared.append(made)
        yield clinic_id, len(made.changes) if made else 0
    with session(engine) as opened:
        for one in prepared:
            keep(opened, one)
        checklist_row(opened, judge.checklist)


def assess(opened: Session, judge: Judge, clinic_id: int, settings: Settings) -> int:
    """Make and keep the clinic's assessment from the findings of its current pages; the number of verdicts that changed."""
    prepared = prepare(opened, judge, clinic_id, settings)
    if prepared is None:
        return 0
    keep(opened, prepared)
    return len(prepared.changes)


def prepare(opened: Session, judge: Judge, clinic_id: int, settings: Settings) -> Prepared | None:
    """The clinic's assessment from the findings of its current pages and what people decided, not kept yet.

    None where verdicts and evidence are as before: then only the coverage is brought up to date.
    """
    sources = _sources(opened, clinic_id)
    decisions = Decisions(opened, clinic_id, settings)
    rolled = roll_up(_page_findings(opened, sources, decisions), judge.checklist)
    if sources:  # nothing could be read: that says nothing about any sentence
        decisions.drop_vanished()
    country, today = opened.get_one(models.Clinic, clinic_id).country, now().date()
    verdicts = [
        _verdict_row(clinic_id, c, up, decisions.may_publish(c, up, country, today)) for c, up in rolled.items()
    ]
    for row in verdicts:
        if row.published:
            row.evidence = [piece for piece in row.evidence if decisions.lets_stand(row.criterion, piece)]
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
        return None
    made = models.Assessment(
        clinic_id=clinic_id, checklist_version=judge.checklist.version, engine_version=judge.engine,
        digest=digest, coverage=coverage, facts=facts,
    )  # fmt: skip
    changes = _changes(opened, judge, before, verdicts, clinic_id, decisions)
    return Prepared(made, verdicts, changes, before.id if before else None)


def keep(opened: Session, prepared: Prepared) -> None:
    """Put a prepared assessment in the place of the one before, in the caller's transaction."""
    if prepared.before is not None:
        of_before = col(models.ClinicVerdict.assessment_id) == prepared.before
        opened.exec(update(models.Assessment).where(col(models.Assessment.id) == prepared.before).values(current=False))
        opened.exec(update(models.ClinicVerdict).where(of_before).values(current=False))
    opened.add(prepared.made)
    opened.flush()
    assert prepared.made.id is not None
    for row in (*prepared.verdicts, *prepared.changes):
        row.assessment_id = prepared.made.id
    opened.add_all([*prepared.verdicts, *prepared.changes])
    opened.flush()


def _sources(opened: Session, clinic_id: int) -> list[_Source]:
    rows = opened.exec(
        select(models.Page, models.Snapshot)
        .join(models.Snapshot, col(models.Snapshot.page_id) == col(models.Page.id))
        .where(
            models.Snapshot.clinic_id == clinic_id, col(models.Snapshot.current), col(models.Snapshot.gone_at).is_(None)
        )
        .order_by(col(models.Snapshot.url), col(models.Snapshot.id))
    )
    seen: set[int | None] = set()
    sources = []
    for page, snapshot in rows:
        if page.text and page.id not in seen:
            seen.add(page.id)
            sources.append(_Source(page, snapshot))
    return sources


def _page_findings(
    opened: Session, sources: Sequence[_Source], decisions: Decisions
) -> Iterator[PageFindings[_Source]]:
    by_page: dict[int, list[models.Finding]] = {}
    numbers = [source.page.id for source in sources]
    for row in opened.exec(
        select(models.Finding).where(col(models.Finding.page_id).in_(numbers)).order_by(col(models.Finding.id))
    ):
        by_page.setdefault(row.page_id, []).append(row)
    # A disclaimer on every page says what it says once, on the first page that has it.
    pages = [as_page(source.page, source.snapshot.url, "") for source in sources]
    for source, page, again in zip(sources, pages, repeated_blocks(pages), strict=True):
        assert source.page.id is not None
        findings = outside([page.blocks[number] for number in again], as_findings(by_page.get(source.page.id, ())))
        yield PageFindings(source, page.kind, decisions.applied(page, findings))


def _verdict_row(clinic_id: int, criterion: str, up: RolledUp[_Source], published: bool) -> models.ClinicVerdict:
    return models.ClinicVerdict(
        assessment_id=0, clinic_id=clinic_id, criterion=criterion, verdict=up.verdict.value,
        confidence=up.confidence.value, published=published,
        evidence=[_evidence(source, evidence) for source, evidence in up.evidence],
    )  # fmt: skip


def _evidence(source: _Source, evidence: Evidence) -> dict[str, Any]:
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
    """Each fact once, with the first page that tells it; that it is unclear who leads only where no page is clearer."""
    clear = any(f["name"] == "leads" and f["value"] != "unclear" for source in sources for f in source.page.facts)
    seen = {("leads", "unclear")} if clear else set[tuple[str, str]]()
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
        (v.criterion, v.verdict, v.published, [(e["quote"], e["url"], e["verdict"]) for e in v.evidence])
        for v in verdicts
    ]
    told = [(fact["name"], fact["value"], fact["quote"]) for fact in facts]
    return sha256(json.dumps([judge.checklist.version, judge.engine, said, told]).encode()).hexdigest()


def _changes(
    opened: Session, judge: Judge, before: models.Assessment | None, new: Sequence[models.ClinicVerdict], clinic_id: int,
    decisions: Decisions,
) -> list[models.Change]:  # fmt: skip
    """What differs from what was published before; the first publishing of a verdict changes nothing.

    A verdict that waits for a person is no change, nor is its going: else the history would tell what nobody has confirmed.
    """
    if before is None:
        return []
    old = _published(opened, before, clinic_id)
    return [
        models.Change(
            clinic_id=clinic_id, assessment_id=0, criterion=row.criterion, before=old[row.criterion].verdict,
            after=row.verdict, cause=_cause(opened, judge, before, old[row.criterion], decisions),
        )
        for row in new
        if row.published and row.criterion in old and old[row.criterion].verdict != row.verdict
    ]  # fmt: skip


def _published(opened: Session, before: models.Assessment, clinic_id: int) -> dict[str, models.ClinicVerdict]:
    """The verdict last published on each criterion: that of the assessment before, or an earlier one where that is held back."""
    rows = opened.exec(select(models.ClinicVerdict).where(models.ClinicVerdict.assessment_id == before.id)).all()
    last = {row.criterion: row for row in rows if row.published}
    if held := [row.criterion for row in rows if not row.published]:
        earlier = select(models.ClinicVerdict).where(
            models.ClinicVerdict.clinic_id == clinic_id, col(models.ClinicVerdict.criterion).in_(held),
            col(models.ClinicVerdict.published),
        ).order_by(col(models.ClinicVerdict.id))  # fmt: skip
        last |= {row.criterion: row for row in opened.exec(earlier)}
    return last


def _cause(
    opened: Session, judge: Judge, before: models.Assessment, old: models.ClinicVerdict, decisions: Decisions
) -> str:
    if before.checklist_version != judge.checklist.version or before.engine_version != judge.engine:
        return "checklist changed"
    decided = decisions.decided_at(old.criterion)
    if decided is not None and decided > before.made_at:
        return "review"
    snapshots = [evidence["snapshot_id"] for evidence in old.evidence]
    gone = opened.exec(
        select(models.Snapshot.id).where(
            col(models.Snapshot.id).in_(snapshots), col(models.Snapshot.gone_at).is_not(None)
        )
    ).first()
    return "page gone" if gone is not None else "page changed"


def current_version(opened: Session) -> str:
    """The version of the checklist that the site shows; empty before the first scoring."""
    return (
        opened.exec(select(models.ChecklistVersion.version).where(col(models.ChecklistVersion.current))).first() or ""
    )


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
