"""What robots meta elements and X-Robots-Tag headers say to this crawler."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from crawler.robotrules import TOKEN

_WITH_VALUE = frozenset({"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"})
_UNAVAILABLE = re.compile(r"unavailable_after\s*:\s*((?:[a-z]{3,9},\s*)?[^,;]+)", re.IGNORECASE)
_PREFIX = re.compile(r"\s*([\w*.-]+)\s*:(.*)", re.DOTALL)


def robots_words(values: Iterable[str]) -> set[str]:
    """The directives meant for every crawler or for this one, in lower case.

    `none` counts as noindex and nofollow too, and unavailable_after as noindex once its date is past. A header may name
    several crawlers, each followed by its own: "other: noindex, vetting: nofollow".
    """
    words: set[str] = set()
    for value in values:
        ours = True
        for part in _UNAVAILABLE.sub(_expired, value).split(","):
            word = part
            named = _PREFIX.fullmatch(part)
            if named and named[1].lower() not in _WITH_VALUE:
                ours, word = named[1].lower() in (TOKEN, "*"), named[2]
            if ours and word.strip():
                words.add(word.strip().lower())
    return words | {"noindex", "nofollow"} if "none" in words else words


def _expired(match: re.Match[str]) -> str:
    date = match[1].strip()
    try:
        at = datetime.fromisoformat(date)
    except ValueError:
        try:
            at = parsedate_to_datetime(re.sub(r"(\d)-(\w{3})-(\d)", r"\1 \2 \3", date))
        except ValueError:
            return "unavailable_after"
    return "noindex" if at.replace(tzinfo=at.tzinfo or UTC) < datetime.now(UTC) else "unavailable_after"
