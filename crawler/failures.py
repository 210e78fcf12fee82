"""One line on what went wrong with a request, for a person."""

from collections.abc import Iterable


def describe(error: BaseException) -> str:
    """The exception's own words, or those of what lies under it where it has none of its own."""
    reasons: Iterable[object] = getattr(error, "reasons", None) or getattr(error.__cause__, "reasons", None) or ()
    under = "; ".join(str(getattr(reason, "value", reason)) for reason in reasons)
    own = "" if str(error).startswith("[<") else str(error)
    words = " ".join((own or under or type(error).__name__).split())
    kind = type(error).__name__
    return (words if kind in words or own else f"{kind}: {words}")[:300]
