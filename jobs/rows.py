"""What is exported, row by row: streams in the order of clinic and address, in flat memory.

An export carries what the site shows and nothing more: clinics that opted out are left out, and a finding whose verdict waits
for a person appears only once it is published.
"""

from collections.abc import Callable, Iterator, Mapping, Set
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from jobs.judge import sentence_digest
from store.engine import session
from store.models import Assessment, Change, Clinic, ClinicStatus, ClinicVerdict, Finding, Location, Page, Snapshot
from store.people_reviews import AWAITED, waits_for_a_person

Row = dict[str, Any]
AT_ONCE = 200  # rows fetched from the database at a time


def clinic_rows(engine: Engine) -> Iterator[Row]:
    """A row a location: the clinic as the list has it, and the verdicts of its current assessment."""
    statement = (
        select(Clinic, Location)
        .outerjoin(Location, col(Location.clinic_id) == col(Clinic.id))
        .where(col(Clinic.status) != ClinicStatus.OPTED_OUT)
        .order_by(col(Clinic.name), col(Clinic.id), col(Location.id))
    )
    with session(engine) as opened:
        rows = _stream(opened, statement)
        while batch := list(islice(rows, AT_ONCE)):
            made = _assessments(opened, {clinic.id for clinic, _ in batch})
            for clinic, location in batch:
                yield _clinic_row(clinic, location, *made.get(clinic.id, (None, {})))


def finding_rows(engine: Engine) -> Iterator[Row]:
    """A row a quote, with the newest address and time at which its page was fetched. Unpublished verdicts have none.

    A sentence that raises or contradicts is there only when it is among the published quotes: else no person has seen it, or one
    has rejected it.
    """
    with session(engine) as opened:
        statement = (
            select(col(Clinic.name), col(Clinic.slug), Finding)
            .add_columns(col(Snapshot.url), col(Snapshot.fetched_at), col(Page.title), col(Page.kind))
            .join(Finding, col(Finding.clinic_id) == col(Clinic.id))
            .join(Page, col(Page.id) == col(Finding.page_id))
            .join(Snapshot, col(Snapshot.page_id) == col(Page.id))
            .where(
                col(Clinic.status) != ClinicStatus.OPTED_OUT,
                col(Snapshot.current),
                col(Snapshot.gone_at).is_(None),
                ~waits_for_a_person(Finding),
            )
            .order_by(col(Clinic.name), col(Clinic.id), col(Snapshot.url), col(Finding.criterion), col(Finding.start))
        )
        named: dict[int, set[tuple[str, str]]] = {}
        for name, slug, finding, url, fetched_at, title, kind in _stream(opened, statement):
            if finding.verdict in AWAITED:
                if finding.clinic_id not in named:
                    named = {finding.clinic_id: _quoted(opened, finding.clinic_id)}
                if (finding.criterion, sentence_digest(finding.quote)) not in named[finding.clinic_id]:
                    continue
            yield {
                "clinic": name,
                "slug": slug,
                "url": url,
                "criterion": finding.criterion,
                "verdict": finding.verdict,
                "quote": finding.quote,
                "fetched_at": _iso(fetched_at),
                "title": title,
                "page_kind": kind,
                "page_id": finding.page_id,
                "start": finding.start,
                "end": finding.end,
                "heading_path": finding.heading_path,
                "confidence": finding.confidence,
                "checklist_version": finding.checklist_version,
                "engine_version": finding.engine_version,
            }


def _quoted(opened: Session, clinic_id: int) -> set[tuple[str, str]]:
    """The criterion and sentence digest of every quote that the clinic's page shows."""
    of_clinic = select(ClinicVerdict.criterion, ClinicVerdict.evidence).where(
        ClinicVerdict.clinic_id == clinic_id, col(ClinicVerdict.current), col(ClinicVerdict.published)
    )
    return {
        (criterion, sentence_digest(piece["quote"])) for criterion, pieces in opened.exec(of_clinic) for piece in pieces
    }


def page_rows(engine: Engine) -> Iterator[Row]:
    """A row a stored page: the newest good reading of each address, with its text."""
    with session(engine) as opened:
        statement = (
            select(col(Clinic.name), col(Clinic.slug), Snapshot, Page)
            .join(Snapshot, col(Snapshot.clinic_id) == col(Clinic.id))
            .outerjoin(Page, col(Page.id) == col(Snapshot.page_id))
            .where(col(Clinic.status) != ClinicStatus.OPTED_OUT, col(Snapshot.current))
            .order_by(col(Clinic.name), col(Clinic.id), col(Snapshot.url), col(Snapshot.id))
        )
        for name, slug, snapshot, page in _stream(opened, statement):
            yield {
                "clinic": name,
                "slug": slug,
                "url": snapshot.url,
                "status": snapshot.status,
                "fetched_at": _iso(snapshot.fetched_at),
                "content_type": snapshot.content_type,
                "title": page.title if page else "",
                "text": page.text if page else "",
                "page_kind": page.kind if page else "",
                "language": page.language if page else "",
                "digest": snapshot.digest,
                "etag": snapshot.etag,
                "last_modified": snapshot.last_modified,
                "gone_at": _iso(snapshot.gone_at),
                "marks": snapshot.marks,
                "page_id": snapshot.page_id,
                "snapshot_id": snapshot.id,
            }


def change_rows(engine: Engine) -> Iterator[Row]:
    """A row a change, oldest first within a clinic; those to a verdict that waits for a person are left out."""
    with session(engine) as opened:
        statement = (
            select(col(Clinic.name), col(Clinic.slug), Change)
            .join(Change, col(Change.clinic_id) == col(Clinic.id))
            .where(col(Clinic.status) != ClinicStatus.OPTED_OUT, ~waits_for_a_person(Change))
            .order_by(col(Clinic.name), col(Clinic.id), col(Change.at), col(Change.id))
        )
        for name, slug, change in _stream(opened, statement):
            yield {
                "clinic": name,
                "slug": slug,
                "criterion": change.criterion,
                "before": change.before,
                "after": change.after,
                "cause": change.cause,
                "detail": change.detail,
                "at": _iso(change.at),
            }


TABLES: Mapping[str, Callable[[Engine], Iterator[Row]]] = {
    "clinics": clinic_rows,
    "findings": finding_rows,
    "pages": page_rows,
    "changes": change_rows,
}

CLINIC_FIELDS = (
    "clinic", "slug", "url", "country", "status", "street", "city", "region", "postcode", "location_country", "phone",
    "latitude", "longitude", "assessed_at", "checklist_version", "pages_read", "last_read_at", "verdicts",
)  # fmt: skip
FIELDS: Mapping[str, tuple[str, ...]] = {
    "clinics": CLINIC_FIELDS,
    "findings": (
        "clinic", "slug", "url", "criterion", "verdict", "quote", "fetched_at", "title", "page_kind", "page_id", "start", "end",
        "heading_path", "confidence", "checklist_version", "engine_version",
    ),
    "pages": (
        "clinic", "slug", "url", "status", "fetched_at", "content_type", "title", "text", "page_kind", "language", "digest",
        "etag", "last_modified", "gone_at", "marks", "page_id", "snapshot_id",
    ),
    "changes": ("clinic", "slug", "criterion", "before", "after", "cause", "detail", "at"),
}  # fmt: skip


def _stream(opened: Session, statement: Any) -> Iterator[Any]:
    """Rows as they come: the database holds the place, memory holds a few hundred rows.

    The session keeps no row that nobody holds any more, so none has to be let go by hand; to empty it would end the stream.
    """
    yield from opened.exec(statement, execution_options={"yield_per": AT_ONCE})


def _clinic_row(clinic: Clinic, location: Location | None, made: Assessment | None, verdicts: Mapping[str, str]) -> Row:
    coverage = made.coverage if made else {}
    return {
        "clinic": clinic.name,
        "slug": clinic.slug,
        "url": location.url if location else clinic.url,
        "country": clinic.country,
        "status": clinic.status,
        "street": location.street if location else "",
        "city": location.city if location else "",
        "region": location.region if location else "",
        "postcode": location.postcode if location else "",
        "location_country": location.country if location else "",
        "phone": location.phone if location else "",
        "latitude": location.latitude if location else None,
        "longitude": location.longitude if location else None,
        "assessed_at": _iso(made.made_at if made else None),
        "checklist_version": made.checklist_version if made else "",
        "pages_read": coverage.get("read", 0),
        "last_read_at": coverage.get("last") or "",
        "verdicts": verdicts,
    }


def _assessments(opened: Session, clinic_ids: Set[int]) -> dict[int, tuple[Assessment, dict[str, str]]]:
    current = select(Assessment).where(col(Assessment.clinic_id).in_(clinic_ids), col(Assessment.current))
    made = {one.clinic_id: (one, dict[str, str]()) for one in opened.exec(current.order_by(col(Assessment.id)))}
    by_assessment = {one.id: verdicts for one, verdicts in made.values()}
    columns = select(
        ClinicVerdict.assessment_id, ClinicVerdict.criterion, ClinicVerdict.verdict, ClinicVerdict.published
    )
    chosen = columns.where(col(ClinicVerdict.assessment_id).in_(by_assessment)).order_by(col(ClinicVerdict.criterion))
    for assessment_id, criterion, verdict, published in opened.exec(chosen):
        by_assessment[assessment_id][criterion] = verdict if published else "being checked"
    return made


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
