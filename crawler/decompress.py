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

Opener = Callable[[bytes], Iterator[bytes]]
ACCEPTED = b"gzip, deflate, br, zstd"
CHUNK = 65536  # bytes
SIP = 256  # bytes of zstd at a time: a block of four may become 128 KB, and the library has no bound on what comes out
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
        kind = (response.headers.get("Content-Type") or b"").lower()
        if not response.body or not (encodings or _is_unsaid(response.body, kind)):
            return response
        body = response.body
        for name in reversed(encodings):
            opener = _OPENERS.get(name)
            if opener is None:
                request.meta["unknown_encoding"] = name
                break
            body = self._opened(body, opener, request)
        if _is_unsaid(body, kind):
            body = self._opened(body, gunzip, request)
        request.meta["packed"] = ", ".join(encodings)
        made = responsetypes.from_args(headers=response.headers, url=response.url, body=body)
        keywords: dict[str, Any] = {"body": body}
        return response.replace(cls=made, **keywords)

    def _opened(self, body: bytes, opener: Opener, request: Request) -> bytes:
        plain, cut = bounded(opener, body, self._max_bytes)
        if plain is body:  # packed in another way than the header says
            for other in (gunzip, _brotli, _zstd, _deflate):
                tried, torn = bounded(other, body, self._max_bytes)
                if tried is not body and torn != "disconnect" and b"<" in tried[:1000]:
                    plain, cut = tried, torn
                    break
        if cut:
            request.meta["cut"] = cut
        return plain


def _is_unsaid(body: bytes, kind: bytes) -> bool:
    """Whether gzip lies inside that no header tells of: packed twice by server and program, or said by nobody."""
    return body[:3] == b"\x1f\x8b\x08" and kind.startswith(b"text/")


def bounded(opener: Opener, packed: bytes, max_bytes: int) -> tuple[bytes, str]:
    """The plain bytes and what cut them: "length" (a bomb), "disconnect" (the stream breaks off) or nothing.

    Bytes that are not packed in this way at all, in spite of the header, come back as they are.
    """
    plain = bytearray()
    try:
        for chunk in opener(packed):
            plain += chunk
            if len(plain) > max_bytes or (len(plain) > RATIO_FROM and len(plain) > MAX_RATIO * len(packed)):
                return bytes(plain[:max_bytes]), "length"
    except EOFError:
        return bytes(plain), "disconnect"
    except (zlib.error, brotli.error, zstandard.ZstdError):
        return (bytes(plain), "disconnect") if plain else (packed, "")
    return bytes(plain), ""


def _zlib(packed: bytes, wbits: int) -> Iterator[bytes]:
    rest = packed
    while rest:
        stream = zlib.decompressobj(wbits)
        while rest and not stream.eof:
            yield stream.decompress(rest, CHUNK)
            rest = stream.unconsumed_tail
        if not stream.eof:
            yield stream.flush()
            raise EOFError
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
            raise EOFError
        yield chunk


def _zstd(packed: bytes) -> Iterator[bytes]:
    rest = packed
    while rest:
        stream = zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj()
        for at in range(0, len(rest), SIP):
            yield stream.decompress(rest[at : at + SIP])
            if stream.eof:
                rest = stream.unused_data + rest[at + SIP :]
                break
        else:
            raise EOFError


_OPENERS: dict[str, Opener] = {
    "gzip": gunzip,
    "x-gzip": gunzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
