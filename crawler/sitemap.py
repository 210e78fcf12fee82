"""Sitemaps (sitemaps.org 0.9): lists of pages and lists of lists, packed or not, well formed or not."""

import re
from html import unescape

from crawler.decompress import bounded, gunzip

MAX_BYTES = 20_000_000
MAX_ENTRIES = 5000
# Possessive throughout: a page of blanks must not be tried in every way.
_LOC = re.compile(r"<(?:\w++:)?loc\s*+>\s*+(?:<!\[CDATA\[)?+\s*+([^<\]\s][^<\]]*+)", re.IGNORECASE)


def read_sitemap(body: bytes) -> tuple[list[str], list[str]]:
    """The sitemaps and the pages that a sitemap names; a plain text one has an address a line. Never raises, never expands entities."""
    if body[:2] == b"\x1f\x8b":
        body = bounded(gunzip, body, MAX_BYTES)[0]
    text = body[:MAX_BYTES].decode("utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")
    found = []
    for match in _LOC.finditer(text):
        found.append(unescape(match[1].strip()))
        if len(found) >= MAX_ENTRIES:
            break
    if re.search(r"<(\w+:)?sitemapindex\b", text[:5000], re.IGNORECASE):
        return found, []
    if not found and not text.lstrip("\ufeff \t\r\n").startswith("<"):
        lines = (line.strip() for line in text.splitlines()[:MAX_ENTRIES])
        return [], [line for line in lines if line.startswith(("http://", "https://"))]
    return [], found
