"""How a visit ended, from what happened in it."""

from scrapy.exceptions import CannotResolveHostError, DownloadConnectionRefusedError, DownloadTimeoutError

from crawler.failures import describe
from crawler.names import Forbidden, NoSuchHost
from crawler.robots import RobotsDisallowed, RobotsUnknown, RobotsWalled
from crawler.visit import SiteVisit
from store.models import Outcome

TRANSIENT = frozenset(
    {
        Outcome.DNS_FAILURE,
        Outcome.REFUSED,
        Outcome.TIMEOUT,
        Outcome.HTTP_5XX,
        Outcome.PARTIAL,
        Outcome.ERROR,
        Outcome.EMPTY,
    }
)
FAILED = (
    "timeout",
    "refused",
    "tls-error",
    "http-5xx",
    "dns-failure",
    "error",
    "truncated-by-time",
    "truncated-by-disconnect",
)


def of_failure(error: BaseException) -> Outcome:
    """Which outcome an exception of a request stands for."""
    if isinstance(error, RobotsWalled):
        return Outcome.BLOCKED
    if isinstance(error, RobotsUnknown):
        return of_failure(error.cause) if error.cause is not None else Outcome.ROBOTS_DISALLOWED
    if isinstance(error, RobotsDisallowed):
        return Outcome.ROBOTS_DISALLOWED
    if isinstance(error, NoSuchHost | CannotResolveHostError):
        return Outcome.DNS_FAILURE
    if isinstance(error, Forbidden):
        return Outcome.ERROR
    if isinstance(error, DownloadTimeoutError | TimeoutError):
        return Outcome.TIMEOUT
    text = f"{type(error).__name__} {describe(error)} {error} {error.__cause__!r}".lower()
    if "ssl" in text or "tls" in text or "certificate" in text or "handshake" in text:
        return Outcome.TLS_ERROR
    if isinstance(error, DownloadConnectionRefusedError | ConnectionError) or "connect" in text or "connection" in text:
        return Outcome.REFUSED
    return Outcome.ERROR


def decide(visit: SiteVisit) -> tuple[Outcome, str, bool]:
    """Outcome, detail and whether it may pass by itself."""
    counts = visit.counts
    read = counts["stored"] + counts["unchanged"]
    failed = sum(counts[cause] for cause in FAILED)
    if read and counts["needs-javascript"] and counts["unreadable"] >= read:
        return Outcome.NEEDS_JAVASCRIPT, "its pages are empty without JavaScript", False
    if read and counts["unreadable"] >= read:
        return Outcome.BLOCKED, "its pages ask for a login", False
    if read:
        if visit.ended_early == "time" and counts["trap"] > read:
            return Outcome.TRAP, "its links went round in circles until the time was up", False
        if counts["truncated-by-length"] >= read:
            return Outcome.TOO_LARGE, "its pages were cut at the limit", False
        if failed or visit.ended_early:
            detail = f"ended early: {visit.ended_early}" if visit.ended_early else f"{failed} addresses failed"
            return Outcome.PARTIAL, detail, True
        if counts["stored"] == 0:
            return Outcome.UNCHANGED, "", False
        return Outcome.COMPLETE, "", False
    if visit.redirected_to:
        return Outcome.REDIRECTED_AWAY, f"leads to {visit.redirected_to}", False
    if visit.start_failure is not None:
        outcome, detail = visit.start_failure
        return outcome, detail, outcome in TRANSIENT
    for cause, outcome in (
        ("blocked", Outcome.BLOCKED),
        ("robots", Outcome.ROBOTS_DISALLOWED),
        ("trap", Outcome.TRAP),
        ("http-5xx", Outcome.HTTP_5XX),
        ("timeout", Outcome.TIMEOUT),
        ("refused", Outcome.REFUSED),
        ("http-4xx", Outcome.HTTP_4XX),
    ):
        if counts[cause]:
            return outcome, "", outcome in TRANSIENT
    return Outcome.EMPTY, "answered, but with nothing to read", True
