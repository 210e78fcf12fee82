"""The data for others: streams of rows in the order of clinic and address, in flat memory.

An export carries what the site shows and nothing more: clinics that opted out are left out, and a finding whose verdict waits
for a person appears only once it is published. Cells of CSV that a spreadsheet would run as a formula are disarmed (OWASP, CSV
injection): a leading = + - @ or control character is put behind an apostrophe.
"""

import csv
import io
import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from jobs.judge import sentence_digest
from store.engine import session
from store.models import (
    Assessment,
    Change,
    Clinic,
    ClinicStatus,
    ClinicVerdict,
    Finding,
    Location,
    Page,
    Snapshot,
)
from store.people_reviews import AWAITED

Row = dict[str, Any]
AT_ONCE = 200  # rows fetched from the database at a time
KINDS = ("clinics.csv", "clinics.jsonl", "findings.jsonl", "pages.jsonl", "changes.jsonl", "vetting.sqlite")


class ExportError(ValueError):
    """An export that does not exist; the message names those that do."""


def export(engine: Engine, kind: str) -> Iterator[bytes]:
    """The bytes of one export, piece by piece. Raises ExportError for an unknown kind (when called, before the first piece)."""
    makers: dict[str, Callable[[Engine], Iterator[bytes]]] = {
        "clinics.csv": lambda engine: csv_lines(clinic_rows(engine), CLINIC_FIELDS),
        "clinics.jsonl": lambda engine: json_lines(clinic_rows(engine)),
        "findings.jsonl": lambda engine: json_lines(finding_rows(engine)),
        "pages.jsonl": lambda engine: json_lines(page_rows(engine)),
        "changes.jsonl": lambda engine: json_lines(change_rows(engine)),
        "vetting.sqlite": sqlite_bytes,
    }
    if kind not in makers:
        raise ExportError(f"{kind}: there is no such export; there are {', '.join(KINDS)}")
    return makers[kind](engine)


CLINIC_FIELDS = (
    "clinic", "slug", "url", "country", "status", "street", "city", "region", "postcode", "location_country", "phone",
    "latitude", "longitude", "assessed_at", "checklist_version", "pages_read", "last_read_at", "verdicts",
)  # fmt: skip


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
        waiting = (
            select(ClinicVerdict.id)
            .where(
                ClinicVerdict.clinic_id == Finding.clinic_id,
                ClinicVerdict.criterion == Finding.criterion,
                col(ClinicVerdict.current),
                ~col(ClinicVerdict.published),
            )
            .exists()
        )
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
                ~waiting,
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
        waiting = (
            select(ClinicVerdict.id)
            .where(
                ClinicVerdict.clinic_id == Change.clinic_id,
                ClinicVerdict.criterion == Change.criterion,
                col(ClinicVerdict.current),
                ~col(ClinicVerdict.published),
            )
            .exists()
        )
        statement = (
            select(col(Clinic.name), col(Clinic.slug), Change)
            .join(Change, col(Change.clinic_id) == col(Clinic.id))
            .where(col(Clinic.status) != ClinicStatus.OPTED_OUT, ~waiting)
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


def csv_lines(rows: Iterable[Row], fields: Iterable[str]) -> Iterator[bytes]:
    """CSV (RFC 4180, UTF-8), header first; nested values as JSON; formulas disarmed."""
    fields = list(fields)
    held = io.StringIO()
    writer = csv.writer(held)
    writer.writerow(fields)
    for row in rows:
        writer.writerow([disarmed(row.get(name)) for name in fields])
        if held.tell() > 65536:
            yield _taken(held)
    yield _taken(held)


def disarmed(value: Any) -> Any:
    """A cell that no spreadsheet runs: text that starts like a formula gets an apostrophe in front."""
    if value is None:
        return ""
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False, sort_keys=True)
    if isinstance(value, str) and value.lstrip(" \u00a0\ufeff")[:1] in {
        "=",
        "+",
        "-",
        "@",
        "\t",
        "\r",
        "\n",
        "＝",
        "＋",
        "－",
        "＠",
    }:
        return "'" + value
    return value


def json_lines(rows: Iterable[Row]) -> Iterator[bytes]:
    """One JSON object a line, UTF-8."""
    for row in rows:
        yield json.dumps(row, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


TABLES: Mapping[str, Callable[[Engine], Iterator[Row]]] = {
    "clinics": clinic_rows,
    "findings": finding_rows,
    "pages": page_rows,
    "changes": change_rows,
}


def write_sqlite(engine: Engine, target: Path, tables: Iterable[str] = TABLES) -> None:
    """One SQLite file with a table for each kind; nested values as JSON text."""
    connection = sqlite3.connect(target)
    try:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        for table in tables:
            _write_table(connection, table, TABLES[table](engine))
            connection.execute(f'CREATE INDEX "{table}_slug" ON "{table}" (slug)')
        connection.commit()
    finally:
        connection.close()


def sqlite_bytes(engine: Engine, tables: Iterable[str] = TABLES) -> Iterator[bytes]:
    """The SQLite export as bytes, by way of a temporary file."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "vetting.sqlite"
        write_sqlite(engine, target, tables)
        with target.open("rb") as made:
            while piece := made.read(1 << 20):
                yield piece


def write_export(engine: Engine, kind: str, target: BinaryIO) -> None:
    """An export written to an open file. Raises ExportError for an unknown kind."""
    target.writelines(export(engine, kind))
    target.flush()


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


def _write_table(connection: sqlite3.Connection, table: str, rows: Iterable[Row]) -> None:
    fields = FIELDS[table]
    columns = ", ".join(f'"{name}"' for name in fields)
    connection.execute(f'CREATE TABLE "{table}" ({columns})')
    marks = ", ".join("?" for _ in fields)
    statement = f'INSERT INTO "{table}" VALUES ({marks})'  # noqa: S608  a name of ours and question marks
    connection.executemany(statement, ([_cell(row.get(name)) for name in fields] for row in rows))


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


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


def _taken(held: io.StringIO) -> bytes:
    text = held.getvalue()
    held.seek(0)
    held.truncate()
    return text.encode("utf-8", "replace")


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
