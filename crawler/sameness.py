"""Whether a page says the same as before: a digest of its words without those that change at every request."""

import re
from collections.abc import Iterable
from hashlib import sha256
from itertools import islice

_DAY = r"(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*"
_DATE = rf"(?:{_DAY}|{_MONTH}|\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{1,4}}|\d{{1,4}}(?:st|nd|rd|th)?)[,.]?[ T]"
# A clock with seconds is the server's; opening hours have none. With it goes the date that it stands beside.
_CLOCK = r"\d{1,2}:\d\d:\d\d(?:[.,]\d+)?"
_ZONE = r"(?: ?[ap]\.?m\b\.?)?(?: ?(?:z\b|utc\b|gmt\b|[ecmp][sd]t\b|[+-]\d\d:?\d\d))?(?: \d{4}\b)?"
_TIME = re.compile(rf"\b{_CLOCK}{_ZONE}", re.IGNORECASE)
_DATE_BEFORE = re.compile(rf"\b(?:{_DATE}(?:at )?){{1,6}}$", re.IGNORECASE)
_REACH = 60  # characters of a date before its time
_MOST = 200  # times of one page: more are no server's clock
_TOOK = re.compile(r"\b\d+(?:\.\d+)? ?(?:s|sec|secs|seconds|ms|milliseconds)\b", re.IGNORECASE)
_RANDOM = re.compile(r"\b(?:[0-9a-f]{16,}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{4,})\b", re.IGNORECASE)
_SINCE_1970 = re.compile(r"\b1[5-9]\d{8}(?:\d{3})?\b")  # seconds or milliseconds


def text_digest(words: Iterable[str]) -> str:
    """sha256 of the words, hexadecimal, blind to clock times with seconds, durations and long random numbers."""
    kept = [
        _SINCE_1970.sub("", _RANDOM.sub("", word)) if len(word) >= 10 and not word.isalpha() else word for word in words
    ]
    text = " ".join(kept)
    # Most pages have none of these, and looking for them costs more than all else here.
    if ":" in text:
        text = _without_clocks(text)
    if "sec" in text or " ms" in text:
        text = " ".join(_TOOK.sub("", text).split())
    return sha256(text.encode("utf-8", "replace")).hexdigest()


def _without_clocks(text: str) -> str:
    parts, at = [], 0
    for match in islice(_TIME.finditer(text), _MOST):
        before = text[max(at, match.start() - _REACH) : match.start()]
        date = _DATE_BEFORE.search(before)
        parts.append(text[at : match.start() - (len(before) - date.start() if date else 0)])
        at = match.end()
    return " ".join("".join([*parts, text[at:]]).split()) if parts else text
