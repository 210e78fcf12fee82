"""Bounds on one answer while it arrives: bytes, seconds, and kinds that are never read. What is cut is marked."""

import re
from time import monotonic
from typing import Any

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import StopDownload
from scrapy.http import Headers

_READ_KINDS = (
    "text/",
    "application/xhtml",
    "application/xml",
    "application/pdf",
    "application/x-pdf",
    "application/force-download",
    "application/download",
    "application/x-download",
    "application/x-httpd",
    "application/octet-stream",
    "application/rss",
    "application/x-gzip",
    "application/gzip",
    "application/atom",
    "application/json",
    "binary/octet-stream",
)
ROBOTS_BYTES = 600_000  # a little more than robotrules.py reads
_READ_EXACT = {"", "pdf", "html", "application", "text"}
_PAGES = ("text/html", "application/xhtml", "text/plain", "application/pdf")
# How packed files, pictures, office files, calendars, feeds, lists of addresses and data begin, whatever the header calls them.
_NO_PAGE = re.compile(
    rb"(?:PK\x03\x04|\x1f\x8b|Rar!|7z\xbc\xaf|\x89PNG|GIF8[79]a|\xff\xd8\xff|RIFF.{4}WEBP|\xd0\xcf\x11\xe0"
    rb"|(?:\xef\xbb\xbf)?\s*(?:BEGIN:V(?:CALENDAR|CARD)|\{\s*[\"}]|\[\s*[{\]]"
    rb"|(?:<\?xml[^>]*>\s*)?(?:<!--[^>]*>\s*)?<(?:rss|feed|rdf:RDF|urlset|sitemapindex)[\s>]))",
    re.DOTALL,
)


def is_page(content_type: str, body: bytes) -> bool:
    """Whether an answer can be a page: HTML, plain text or PDF by its kind, and not something else by how it begins."""
    return content_type.lower().startswith(_PAGES) and not _NO_PAGE.match(body[:1000])


class Limits:
    """Stops a download at the size or time limit and keeps what came (request.meta["cut"] says why: length, time, kind)."""

    def __init__(self, crawler: Crawler) -> None:
        self._max_bytes = crawler.settings.getint("BODY_BYTES")
        self._max_seconds = crawler.settings.getfloat("BODY_SECONDS")
        self._spider: Any = None
        crawler.signals.connect(self._headers, signal=signals.headers_received)
        crawler.signals.connect(self._bytes, signal=signals.bytes_received)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Limits":
        """Scrapy's constructor."""
        return cls(crawler)

    def _headers(self, headers: Headers, body_length: int, request: Request, spider: Any) -> None:
        request.meta["received"] = 0
        request.meta["began"] = monotonic()
        kind = (headers.get("Content-Type") or b"").decode("latin-1").partition(";")[0].strip().lower()
        if (
            not request.meta.get("is_robots")
            and not request.meta.get("is_part")
            and kind not in _READ_EXACT
            and not kind.startswith(_READ_KINDS)
        ):
            request.meta["cut"] = "kind"
            raise StopDownload(fail=False)

    def _bytes(self, data: bytes, request: Request, spider: Any) -> None:
        meta = request.meta
        meta["received"] = meta.get("received", 0) + len(data)
        if meta["received"] > (ROBOTS_BYTES if meta.get("is_robots") else self._max_bytes):
            meta["cut"] = "length"
            raise StopDownload(fail=False)
        if monotonic() - meta.get("began", 0.0) > self._max_seconds:
            meta["cut"] = "time"
            raise StopDownload(fail=False)
