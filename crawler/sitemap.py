"""Sitemaps (sitemaps.org 0.9): lists of pages and lists of lists, packed or not, well formed or not."""

import re
from collections.abc import Iterable
from html import unescape

from crawler.decompress import bounded, gunzip
from crawler.worth import worth

MAX_BYTES = 20_000_000
MAX_READ = 50_000  # what a sitemap may name at most
MAX_ENTRIES = 5000
# Possessive throughout: a page of blanks must not be tried in every way.
_LOC = re.compile(r"<(?:\w++:)?loc\s*+>\s*+(?:<!\[CDATA\[)?+\s*+([^<\]\s][^<\]]*+)", re.IGNORECASE)
_LITTLE = re.compile(r"post|blog|news|article|product|tag|tax|categor|author|user|archive|event|image|video")


def read_sitemap(body: bytes) -> tuple[list[str], list[str]]:
    """The sitemaps and the pages that a sitemap names; a plain text one has an address a line. Never raises, never expands entities."""
    if body[:2] == b"\x1f\x8b":
        body = bounded(gunzip, body, MAX_BYTES)[0]
    text = body[:MAX_BYTES].decode("utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")
    found = []
    for match in _LOC.finditer(text):
        found.append(unescape(match[1].strip()))
        if len(found) >= MAX_READ:
            break
    if re.search(r"<(\w+:)?sitemapindex\b", text[:5000], re.IGNORECASE):
        return by_promise(found)[:MAX_ENTRIES], []
    if not found and not text.lstrip("\ufeff \t\r\n").startswith("<"):
        lines = (line.strip() for line in text.splitlines()[:MAX_READ])
        found = [line for line in lines if line.startswith(("http://", "https://"))]
    return [], _best(found)


def by_promise(sitemaps: Iterable[str]) -> list[str]:
    """Sitemaps in the order to ask for them, by their names: those of pages first, of posts, products and archives last."""
    return sorted(sitemaps, key=_promise)


def _promise(url: str) -> int:
    name = url.partition("?")[0].rpartition("/")[2].lower()
    return 0 if "page" in name else 2 if _LITTLE.search(name) else 1


def _best(entries: list[str]) -> list[str]:
    """The entries of most worth where there are too many, otherwise all as they come."""
    return entries if len(entries) <= MAX_ENTRIES else sorted(entries, key=_worth, reverse=True)[:MAX_ENTRIES]


def _worth(url: str) -> int:
    try:
        return worth(url)
    except ValueError:  # no address at all
        return -1000
