"""Writing the archive: request, response and metadata of one exchange, appended in one write, in a file that one worker owns.

A file is called `.open` while it is written and is locked by its writer; the next writer that finds one without a lock
cuts off the torn record that a crash may have left, and finishes it.
"""

import fcntl
import os
import zlib
from base64 import b32encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha1
from io import BytesIO
from pathlib import Path
from typing import Any, TextIO

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from store.archive import (
    OPEN_SUFFIX,
    ArchiveError,
    IndexLine,
    index_lines,
    index_part,
    index_path,
    index_text,
    warc_date,
    write_index,
)
from store.models import now

# What the body as stored no longer has: it is kept decompressed and in one piece.
UNDONE_HEADERS = frozenset({"content-encoding", "transfer-encoding", "content-length"})
REVISIT_SERVER = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
# The standard has no profile for a page whose visible words are the same and whose bytes differ by a nonce or a counter.
REVISIT_TEXT = "urn:vetting:revisit:identical-visible-text"


@dataclass(frozen=True)
class Place:
    """Where a record lies: file name, offset and length in bytes of the whole exchange."""

    file: str
    offset: int
    length: int


@dataclass(frozen=True)
class Original:
    """The earlier record that a revisit repeats."""

    url: str
    fetched_at: datetime
    digest: str
    file: str
    offset: int


@dataclass(frozen=True)
class Exchange:
    """One request with its answer. `body` is decompressed; `truncated` is WARC's word: length, time, disconnect, or empty."""

    url: str
    fetched_at: datetime
    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes
    request_headers: list[tuple[str, str]]
    address: str = ""
    truncated: str = ""
    original: Original | None = None
    not_modified: bool = False
    about: dict[str, str] = field(default_factory=dict)


def payload_digest(body: bytes) -> str:
    """The WARC payload digest of a body: "sha1:" and base 32."""
    return "sha1:" + b32encode(sha1(body, usedforsecurity=False).digest()).decode("ascii")


class ArchiveWriter:
    """Appends exchanges to files of its own in `folder`, a new file whenever one passes `rotate_bytes`."""

    def __init__(self, folder: Path, worker: str, software: str, rotate_bytes: int = 1_000_000_000) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ArchiveError(f"{folder}: cannot be made ({error.strerror}); set VETTING_DATA_DIR") from error
        self.folder = folder
        self._worker = "".join(character if character.isalnum() else "-" for character in worker)
        self._software = software
        self._rotate_bytes = rotate_bytes
        self._number = 0
        self._fd: int | None = None
        self._path = folder
        self._size = 0
        self._index: TextIO | None = None

    def write(self, exchange: Exchange) -> Place:
        """Append one exchange; when this returns, the bytes are with the operating system."""
        if self._fd is None or self._size >= self._rotate_bytes:
            self._rotate()
        record = _encode(exchange)
        place = Place(self._path.name.removesuffix(OPEN_SUFFIX), self._append(record), len(record))
        if self._index is None:
            self._index = index_part(self._path).open("w", encoding="utf-8")
        self._index.write(index_text(_index_line(exchange, place)))
        return place

    def close(self) -> None:
        """Finish the file: flushed to the disk, given its final name and its index."""
        if self._fd is None:
            return
        os.fsync(self._fd)
        final = self._path.with_name(self._path.name.removesuffix(OPEN_SUFFIX))
        if self._index is None:
            self._path.unlink()
        else:
            self._index.close()
            self._path.rename(final)
            index_part(final).rename(index_path(final))
        os.close(self._fd)
        self._fd = self._index = None

    def _rotate(self) -> None:
        self.close()
        self._number += 1
        stamp = now().strftime("%Y%m%dT%H%M%S%f")
        name = f"vetting-{stamp}-{self._worker}-{self._number:05d}.warc.gz"
        self._path = self.folder / (name + OPEN_SUFFIX)
        try:
            self._fd = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, 0o644)
        except OSError as error:
            raise ArchiveError(f"{self._path}: cannot be written ({error.strerror})") from error
        fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._size = 0
        self._append(_encode_info(name, self._software))

    def _append(self, data: bytes) -> int:
        assert self._fd is not None
        offset = self._size
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(self._fd, view) :]
        except OSError as error:
            os.ftruncate(self._fd, offset)
            raise ArchiveError(f"{self._path}: cannot be written ({error.strerror})") from error
        self._size += len(data)
        return offset


def mend(folder: Path, is_orphan: Callable[[IndexLine], bool] | None = None) -> list[Path]:
    """Finish the files that a crash left open: cut a torn record off the end, give the final name and the index.

    The last exchange goes too where `is_orphan` says that its row was never written: the visit will ask for the page again,
    and it would stand there twice. Files that a living writer holds are left alone. Returns the files that were finished.
    """
    finished = []
    for path in sorted(folder.glob("*.warc.gz" + OPEN_SUFFIX)):
        fd = os.open(path, os.O_RDWR)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            continue
        else:
            if path.exists():
                os.ftruncate(fd, whole_length(path))
                last = max(index_lines(path), key=lambda line: line.offset, default=None)
                if last is not None and is_orphan is not None and is_orphan(last):
                    os.ftruncate(fd, last.offset)
                os.fsync(fd)
                finished.append(finish(path))
        finally:
            os.close(fd)
    return finished


def finish(path: Path) -> Path:
    """Give a file whose writer is gone its final name, and an index read from it; one without any exchange is removed."""
    final = path.with_name(path.name.removesuffix(OPEN_SUFFIX))
    if next(index_lines(path), None) is None:
        path.unlink()
        index_part(final).unlink(missing_ok=True)
        return final
    path.rename(final)
    write_index(final, index_lines(final))
    return final


def whole_length(path: Path) -> int:
    """The length in bytes of the whole records of a file; anything after is torn."""
    whole = 0
    with path.open("rb") as stream:
        data = stream.read()
    while whole < len(data):
        member = zlib.decompressobj(zlib.MAX_WBITS + 16)
        position = whole
        try:
            while position < len(data) and not member.eof:
                member.decompress(data[position : position + 65536])
                position = min(position + 65536, len(data))
        except zlib.error:
            return whole
        if not member.eof:
            return whole
        whole = position - len(member.unused_data)
    return whole


def _index_line(exchange: Exchange, place: Place) -> IndexLine:
    about, original = exchange.about, exchange.original
    return IndexLine(
        url=exchange.url,
        at=warc_date(exchange.fetched_at),
        status=str(exchange.status),
        digest=payload_digest(exchange.body) if original is None else original.digest,
        file=place.file,
        offset=place.offset,
        clinic=about.get("clinic", ""),
        visit=about.get("visit", ""),
        kind=about.get("kind", ""),
    )


def _encode(exchange: Exchange) -> bytes:
    out = BytesIO()
    writer = WARCWriter(_Member(out), gzip=False, warc_version="1.1")
    date = warc_date(exchange.fetched_at)
    about = {f"Vetting-{name.title()}": value for name, value in exchange.about.items() if value}
    headers = {"WARC-Date": date, **about}
    if exchange.address:
        headers["WARC-IP-Address"] = exchange.address
    http = _Head(f"{exchange.status} {exchange.reason}".strip(), _kept_headers(exchange), protocol="HTTP/1.1")
    response: Any
    if exchange.original is not None:
        original = exchange.original
        headers["WARC-Refers-To-Filename"] = original.file
        headers["WARC-Refers-To-File-Offset"] = str(original.offset)
        response = writer.create_revisit_record(
            exchange.url,
            original.digest,
            original.url,
            warc_date(original.fetched_at),
            http_headers=http,
            warc_headers_dict=headers,
        )
        if exchange.not_modified:
            response.rec_headers.replace_header("WARC-Profile", REVISIT_SERVER)
        elif payload_digest(exchange.body) != original.digest:
            response.rec_headers.replace_header("WARC-Profile", REVISIT_TEXT)
    else:
        if exchange.truncated:
            headers["WARC-Truncated"] = exchange.truncated
        response = writer.create_warc_record(
            exchange.url,
            "response",
            payload=BytesIO(exchange.body),
            length=len(exchange.body),
            http_headers=http,
            warc_headers_dict=headers,
        )
    writer.write_record(response)
    concurrent = {"WARC-Date": date, "WARC-Concurrent-To": response.rec_headers.get_header("WARC-Record-ID")}
    target = exchange.url.split("/", 3)
    line = _Head(
        f"GET /{target[3] if len(target) > 3 else ''} HTTP/1.1", exchange.request_headers, is_http_request=True
    )
    request = writer.create_warc_record(exchange.url, "request", http_headers=line, warc_headers_dict=dict(concurrent))
    writer.write_record(request)
    fields = "".join(f"{name}: {value}\r\n" for name, value in exchange.about.items() if value).encode()
    if fields:
        metadata = writer.create_warc_record(
            exchange.url, "metadata", payload=BytesIO(fields), length=len(fields), warc_headers_dict=dict(concurrent)
        )
        writer.write_record(metadata)
    return out.getvalue()


def _encode_info(name: str, software: str) -> bytes:
    out = BytesIO()
    writer = WARCWriter(_Member(out), gzip=False, warc_version="1.1")
    info = {"software": software, "format": "WARC File Format 1.1", "robots": "obey (RFC 9309)"}
    writer.write_record(writer.create_warcinfo_record(name, info))
    return out.getvalue()


def _kept_headers(exchange: Exchange) -> list[tuple[str, str]]:
    kept = []
    for name, value in exchange.headers:
        clean = " ".join(value.splitlines())
        if name.lower() not in UNDONE_HEADERS:
            kept.append((name, clean))
        elif name.lower() != "content-length":
            kept.append((f"X-Archive-Orig-{name}", clean))
    if exchange.original is None:
        kept.append(("Content-Length", str(len(exchange.body))))
    return kept


class _Head(StatusAndHeaders):  # type: ignore[misc]
    """An HTTP head with its bytes as they came; warcio would write them as percent signs, and fails on some names."""

    def to_ascii_bytes(self, filter_func: Any = None) -> bytes:
        """The bytes of Latin-1 text, which is how headers are read."""
        return bytes(self.to_str(filter_func).encode("latin-1", "replace")) + b"\r\n"


class _Member:
    """Makes one gzip member of one record, as WARC wants it: warcio flushes at the end of each record.

    warcio's own wrapper compresses at level 9, which costs three times the time of level 6 and saves two hundredths.
    """

    def __init__(self, out: BytesIO) -> None:
        self._out = out
        self._new()

    def _new(self) -> None:
        self._compressor = zlib.compressobj(6, zlib.DEFLATED, zlib.MAX_WBITS + 16)

    def write(self, data: bytes) -> None:
        self._out.write(self._compressor.compress(data))

    def flush(self) -> None:
        self._out.write(self._compressor.flush())
        self._new()
