"""How long to wait before asking again: Retry-After (RFC 9110 section 10.2.3) in seconds or as a date, or a growing pause."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from scrapy.http import Response

LONGEST = 60.0  # seconds between attempts without Retry-After


def retry_after(response: Response) -> float | None:
    """Seconds that the answer asks us to wait; None where it does not say or says nonsense; a date in the past is no wait."""
    text = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds())


def backoff(delay: float, attempts: int) -> float:
    """Seconds before attempt number `attempts` + 2 of one address."""
    return min(LONGEST, delay * 4.0 ** (attempts + 1))
