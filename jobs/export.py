"""The data for others in the formats that they use: CSV, JSON lines, one SQLite file. What the rows hold: jobs/rows.py.

Cells of CSV that a spreadsheet would run as a formula are disarmed (OWASP, CSV injection): a leading = + - @ or control character
is put behind an apostrophe.
"""

import csv
import io
import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Engine

from jobs.rows import CLINIC_FIELDS, FIELDS, TABLES, Row, change_rows, clinic_rows, finding_rows, page_rows

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


def _write_table(connection: sqlite3.Connection, table: str, rows: Iterable[Row]) -> None:
    fields = FIELDS[table]
    columns = ", ".join(f'"{name}"' for name in fields)
    connection.execute(f'CREATE TABLE "{table}" ({columns})')
    marks = ", ".join("?" for _ in fields)
    statement = f'INSERT INTO "{table}" VALUES ({marks})'  # noqa: S608  a name of ours and question marks
    connection.executemany(statement, ([_cell(row.get(name)) for name in fields] for row in rows))


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _taken(held: io.StringIO) -> bytes:
    text = held.getvalue()
    held.seek(0)
    held.truncate()
    return text.encode("utf-8", "replace")
