"""Whether a page says the same as before: a digest of its words without those that change at every request."""

import re
from collections.abc import Iterable
from hashlib import sha256

_DAY = r"(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*"
_DATE = rf"(?:{_DAY}|{_MONTH}|\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{1,4}}|\d{{1,4}}(?:st|nd|rd|th)?)[,.]?[ T]"
# A clock with seconds is the server's; opening hours have none. With it goes the date that it stands beside.
_CLOCK = r"\d{1,2}:\d\d:\d\d(?:[.,]\d+)?"
_ZONE = r"(?: ?[ap]\.?m\b\.?)?(?: ?(?:z\b|utc\b|gmt\b|[ecmp][sd]t\b|[+-]\d\d:?\d\d))?(?: \d{4}\b)?"
_PASSING = re.compile(
    rf"\b(?:{_DATE}(?:at )?){{0,6}}{_CLOCK}{_ZONE}"
    r"|\b\d+(?:\.\d+)? ?(?:s|sec|secs|seconds|ms|milliseconds)\b"  # how long the server took
    r"|\b1[5-9]\d{8}(?:\d{3})?\b"  # seconds or milliseconds since 1970
    r"|\b[0-9a-f]{16,}\b|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{4,}\b",  # nonces and identifiers
    re.IGNORECASE,
)
_HINT = re.compile(r"\d:\d\d:\d\d|\d ?(?:s|ms|sec|milli)|[0-9a-f]{16}|1[5-9]\d{8}|[0-9a-f]{8}-", re.IGNORECASE)


def text_digest(words: Iterable[str]) -> str:
    """sha256 of the words, hexadecimal, blind to clock times with seconds, durations and long random numbers."""
    text = " ".join(words)
    if _HINT.search(text):
        text = " ".join(_PASSING.sub("", text).split())
    return sha256(text.encode("utf-8", "replace")).hexdigest()
