"""The page archive: gzipped WARC 1.1 files (ISO 28500) that any WARC tool reads, looked up by place or by address and date.

A finished file is never rewritten. Writing is warc_writer.py's; this is reading, checking and clearing out.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from sqlmodel import Session, col, or_, select, update
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from store.models import Snapshot, now

OPEN_SUFFIX = ".open"


class ArchiveError(RuntimeError):
    """A record that cannot be read back; the message names file and offset."""


class Placed(Protocol):
    """Anything that says where its record lies; a Snapshot does."""

    warc_file: str
    warc_offset: int


@dataclass(frozen=True)
class ArchivedResponse:
    """One archived response: `body` is decompressed, `headers` are the HTTP headers as stored, names in lower case."""

    url: str
    fetched_at: datetime
    status: int
    content_type: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Verification:
    """What verify() found: counts, and a sentence for each problem."""

    files: int = 0
    records: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class IndexLine:
    """One response or revisit of the index of a finished file."""

    url: str
    at: str
    status: str
    digest: str
    file: str
    offset: int
    clinic: str = ""
    visit: str = ""
    kind: str = ""


@dataclass
class ArchiveSpot:
    """A place in the archive."""

    warc_file: str
    warc_offset: int


class Archive:
    """The WARC files of one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        """Where the file called `name` lies, finished or still being written."""
        finished = self.folder / name
        return finished if finished.exists() else self.folder / (name + OPEN_SUFFIX)

    def files(self) -> list[Path]:
        """All WARC files, oldest first, the ones being written included."""
        if not self.folder.is_dir():
            return []
        return sorted([*self.folder.glob("*.warc.gz"), *self.folder.glob("*.warc.gz" + OPEN_SUFFIX)])

    def read(self, snapshot: Placed) -> ArchivedResponse:
        """The response that `snapshot` was made from; for a revisit, the payload that it repeats.

        Raises ArchiveError where the file or the record is gone or damaged.
        """
        return self._read(snapshot.warc_file, snapshot.warc_offset, depth=0)

    def _read(self, name: str, offset: int, depth: int) -> ArchivedResponse:
        where = f"{name or '(no file)'} at {offset}"
        if not name or depth > 3:
            raise ArchiveError(f"{where}: the archived copy was cleared out or its revisits go round in a circle")
        try:
            with self.path(name).open("rb") as stream:
                stream.seek(offset)
                record = next(iter(ArchiveIterator(stream)), None)
                if record is None or record.rec_type not in ("response", "revisit"):
                    raise ArchiveError(f"{where}: no response stands there")
                if record.rec_type == "revisit":
                    referred = record.rec_headers.get_header("WARC-Refers-To-Filename")
                    referred_offset = record.rec_headers.get_header("WARC-Refers-To-File-Offset")
                    original = self._read(referred or "", int(referred_offset or 0), depth + 1)
                    own = _response(record, b"")
                    return ArchivedResponse(
                        own.url, own.fetched_at, original.status, original.content_type, original.headers, original.body
                    )
                return _response(record, record.content_stream().read())
        except (OSError, ArchiveLoadFailed, ValueError) as error:
            raise ArchiveError(f"{where}: cannot be read ({error}); run `vetting archive verify`") from error

    def verify(self) -> Verification:
        """Read every record of every file and compare its digests; a record being written now at the end is no problem."""
        result = Verification()
        for path in self.files():
            result.files += 1
            try:
                for record, offset, _length in records(path, check_digests=True):
                    result.records += 1
                    record.content_stream().read()
                    if record.digest_checker.passed is False:
                        problem = "; ".join(record.digest_checker.problems)
                        result.problems.append(f"{path.name} at {offset}: {problem}")
            except (ArchiveLoadFailed, EOFError, OSError) as error:
                if path.suffix != OPEN_SUFFIX:
                    result.problems.append(f"{path.name}: damaged ({error})")
        return result

    def show(self, url: str, at: datetime | None = None) -> ArchivedResponse:
        """The newest archived response of `url` not later than `at` (now where not given). Raises ArchiveError if none."""
        limit = warc_date(at or now())
        found = max(
            (line for line in self.index() if line.url == url and line.at <= limit),
            key=lambda line: line.at,
            default=None,
        )
        if found is None:
            raise ArchiveError(f"{url}: no archived copy before {limit}")
        return self.read(ArchiveSpot(found.file, found.offset))

    def index(self) -> Iterator[IndexLine]:
        """Every response and revisit: from the index beside a finished file, from the file itself where there is none yet."""
        for path in self.files():
            beside = index_path(path)
            if path.suffix != OPEN_SUFFIX and beside.exists():
                with beside.open(encoding="utf-8") as lines:
                    for line in lines:
                        yield IndexLine(**json.loads(line))
            else:
                yield from index_lines(path)

    def gc(self, session: Session, keep_days: int) -> list[str]:
        """Delete whole files that are older than `keep_days` and that no reading needs which is current or younger; their names.

        Zero or less keeps everything. Snapshots whose copy is deleted stay, with an empty `warc_file`.
        """
        if keep_days <= 0:
            return []
        limit = now() - timedelta(days=keep_days)
        kept = select(Snapshot.id, Snapshot.revisit_of).where(
            or_(col(Snapshot.current), col(Snapshot.fetched_at) >= limit)
        )
        needed_ids = {number for row in session.exec(kept) for number in row if number is not None}
        places = session.exec(select(Snapshot.warc_file, Snapshot.id))
        needed = {name for name, number in places if number in needed_ids}
        deleted = []
        for path in self.files():
            if path.suffix == OPEN_SUFFIX or path.name in needed or _modified(path) >= limit:
                continue
            session.exec(update(Snapshot).where(col(Snapshot.warc_file) == path.name).values(warc_file=""))
            path.unlink()
            index_path(path).unlink(missing_ok=True)
            deleted.append(path.name)
        return deleted


def records(path: Path, *, check_digests: bool = False) -> Iterator[tuple[Any, int, int]]:
    """Every record of one file with its offset and length in bytes. Raises ArchiveLoadFailed or EOFError where it is torn."""
    with path.open("rb") as stream:
        iterator = ArchiveIterator(stream, check_digests=check_digests)
        for record in iterator:
            offset = iterator.get_record_offset()
            yield record, offset, 0
            record.content_stream().read()


def index_path(path: Path) -> Path:
    """The index beside a finished file."""
    return path.with_name(path.name.removesuffix(".warc.gz") + ".index.jsonl")


def index_lines(path: Path) -> Iterator[IndexLine]:
    """The index of one file, read from the file; ends quietly at a torn record."""
    name = path.name.removesuffix(OPEN_SUFFIX)
    try:
        for record, offset, _length in records(path):
            if record.rec_type in ("response", "revisit"):
                headers = record.rec_headers
                yield IndexLine(
                    url=headers.get_header("WARC-Target-URI"),
                    at=headers.get_header("WARC-Date"),
                    status=record.http_headers.get_statuscode() if record.http_headers else "",
                    digest=headers.get_header("WARC-Payload-Digest") or "",
                    file=name,
                    offset=offset,
                    clinic=headers.get_header("Vetting-Clinic") or "",
                    visit=headers.get_header("Vetting-Visit") or "",
                    kind=headers.get_header("Vetting-Kind") or "",
                )
    except (ArchiveLoadFailed, EOFError):
        return


def index_part(path: Path) -> Path:
    """Where the index of a file grows while the file does; index_path() once both are finished."""
    return index_path(path.with_name(path.name.removesuffix(OPEN_SUFFIX))).with_suffix(".part")


def index_text(line: IndexLine) -> str:
    """One line of an index as it stands in its file."""
    return json.dumps(vars(line), ensure_ascii=False, separators=(",", ":")) + "\n"


def write_index(path: Path, lines: Iterable[IndexLine]) -> None:
    """Write the index beside a finished file, whole or not at all."""
    with index_part(path).open("w", encoding="utf-8") as out:
        out.writelines(index_text(line) for line in lines)
    index_part(path).rename(index_path(path))


def warc_date(at: datetime) -> str:
    """A moment as WARC 1.1 writes it, with microseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _response(record: Any, body: bytes) -> ArchivedResponse:
    http = record.http_headers
    headers = {name.lower(): value for name, value in http.headers} if http else {}
    status = http.get_statuscode() if http else ""
    return ArchivedResponse(
        url=record.rec_headers.get_header("WARC-Target-URI"),
        fetched_at=datetime.fromisoformat(record.rec_headers.get_header("WARC-Date")),
        status=int(status) if status and status.isdigit() else 0,
        content_type=headers.get("content-type", ""),
        headers=headers,
        body=body,
    )


def _modified(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
