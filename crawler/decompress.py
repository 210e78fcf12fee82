"""Content-Encoding undone with a bound on what comes out: a bomb is cut by size and by ratio, a torn stream gives what it has.

Scrapy's own middleware drops a body that grows too large; an archive would rather keep its beginning and say so.
"""

import zlib
from collections.abc import Callable, Iterator
from typing import Any

import brotli
import zstandard
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.responsetypes import responsetypes

ACCEPTED = b"gzip, deflate, br, zstd"
CHUNK = 65536  # bytes
MAX_RATIO = 300  # plain to packed; repetitive real pages reach 40, bombs 1,000
RATIO_FROM = 1_000_000  # bytes: below this a ratio says nothing


class DecompressMiddleware:
    """Gives the spider plain bodies; request.meta["cut"] tells of a body that was cut, meta["packed"] how it came."""

    def __init__(self, crawler: Crawler) -> None:
        self._max_bytes = crawler.settings.getint("BODY_BYTES")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "DecompressMiddleware":
        """Scrapy's constructor."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Say which encodings we read."""
        request.headers.setdefault("Accept-Encoding", ACCEPTED)

    def process_response(self, request: Request, response: Response) -> Response:
        """Undo the encodings in the order in which they were laid on, last first."""
        encodings = [
            name.strip().lower()
            for value in response.headers.getlist("Content-Encoding")
            for name in value.decode("latin-1").split(",")
            if name.strip() and name.strip().lower() != "identity"
        ]
        if not encodings or not response.body:
            return response
        body = response.body
        for name in reversed(encodings):
            opener = _OPENERS.get(name)
            if opener is None:
                request.meta["unknown_encoding"] = name
                break
            body, cut = bounded(opener, body, self._max_bytes)
            if cut:
                request.meta["cut"] = "length"
        request.meta["packed"] = ", ".join(encodings)
        kind = responsetypes.from_args(headers=response.headers, url=response.url, body=body)
        keywords: dict[str, Any] = {"body": body}
        return response.replace(cls=kind, **keywords)


def bounded(opener: "Callable[[bytes], Iterator[bytes]]", packed: bytes, max_bytes: int) -> tuple[bytes, bool]:
    """The plain bytes and whether they were cut. Bytes that are not packed at all, in spite of the header, come back as they are."""
    plain = bytearray()
    try:
        for chunk in opener(packed):
            plain += chunk
            if len(plain) > max_bytes or (len(plain) > RATIO_FROM and len(plain) > MAX_RATIO * len(packed)):
                return bytes(plain[:max_bytes]), True
    except (zlib.error, brotli.error, zstandard.ZstdError, EOFError):
        if not plain:
            return packed, False
        return bytes(plain), True
    return bytes(plain), False


def _zlib(packed: bytes, wbits: int) -> Iterator[bytes]:
    rest = packed
    while rest:
        stream = zlib.decompressobj(wbits)
        while rest and not stream.eof:
            yield stream.decompress(rest, CHUNK)
            rest = stream.unconsumed_tail
        if not stream.eof:
            yield stream.flush()
            return
        rest = stream.unused_data.lstrip(b"\x00")  # further members of a gzip file
        if rest[:2] != b"\x1f\x8b":
            return


def gunzip(packed: bytes) -> Iterator[bytes]:
    """gzip, several members too."""
    return _zlib(packed, zlib.MAX_WBITS + 16)


def _deflate(packed: bytes) -> Iterator[bytes]:
    try:
        zlib.decompressobj().decompress(packed[:64])
    except zlib.error:
        return _zlib(packed, -zlib.MAX_WBITS)  # some servers send it without its header
    return _zlib(packed, zlib.MAX_WBITS)


def _brotli(packed: bytes) -> Iterator[bytes]:
    stream = brotli.Decompressor()
    yield stream.process(packed, output_buffer_limit=CHUNK)
    while not stream.is_finished():
        chunk = stream.process(b"", output_buffer_limit=CHUNK)
        if not chunk:
            return
        yield chunk


def _zstd(packed: bytes) -> Iterator[bytes]:
    with zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(packed, read_across_frames=True) as reader:
        while chunk := reader.read(CHUNK):
            yield chunk


_OPENERS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": gunzip,
    "x-gzip": gunzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
