"""Addresses: one spelling for one page, what belongs to a clinic's website, and links that act instead of inform."""

import re
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

from store.website import DEFAULT_PORTS, AddressError, website_of

MAX_LENGTH = 500  # characters; longer addresses are machine-made in practice
MAX_DEPTH = 8  # path segments

_TRACKING = re.compile(
    r"^(utm_\w+|gclid|gbraid|wbraid|fbclid|msclkid|dclid|yclid|ttclid|twclid|mc_[ce]id|_ga|_gl|_hs\w+|hsctatracking|igshid"
    r"|ref|ref_src|referrer|source|campaign|trk|vero_id|cmpid|amp)$",
    re.IGNORECASE,
)
_SESSION = re.compile(
    r"^(phpsessid|jsessionid|aspsessionid\w*|sessionid|session_id|session|sid|s_id|cfid|cftoken|zenid)$", re.IGNORECASE
)
_SESSION_PATH = re.compile(r";(jsessionid|phpsessid|sid)=[^/?#]*", re.IGNORECASE)
_INDEX = re.compile(r"/(index|default|home)\.(html?|php|aspx?|jsp)$", re.IGNORECASE)
_UNREAD = re.compile(
    r"\.(jpe?g|png|gif|webp|avif|svg|ico|bmp|tiff?|css|m?js|json|map|woff2?|ttf|eot|otf|mp[34]|m4[av]|mov|avi|wmv|webm|og[gv]|wav"
    r"|zip|gz|tgz|rar|7z|exe|dmg|apk|docx?|xlsx?|pptx?|ics|vcf|rss|atom|swf|psd)$",
    re.IGNORECASE,
)
# A session, a nonce, a hash: letters and digits in turn, or letters among many digits.
_RANDOM = re.compile(
    r"(?<=/)(?=[a-z0-9]{8,}(?:/|$))(?=[0-9]*[a-z])(?:(?=[a-z0-9]*[0-9][a-z]+[0-9])|(?=(?:[a-z]*[0-9]){5}))[a-z0-9]+"
)
_ACTING = re.compile(
    r"/((log|sign)[-_]?(in|out|off|on|up)|end[-_]?session|wp-(login|admin|json)|register|cart|basket|checkout|add[-_]to[-_]\w+"
    r"|(buy|order)/\d+|unsubscribe|(delete|remove)([-_]\w+)?|edit|admin|xmlrpc|cgi-bin|my[-_]?account|(patient[-_]?)?portal"
    r"|(lost[-_]?)?password|feed|trackback|print|share|email[-_]?protection|wishlist|vote|like|donate"
    r"|pay([-_]?(now|online|bill))?|cancel|confirm)(\.\w{2,8})?(/|$)",
    re.IGNORECASE,
)
_ACTING_QUERY = re.compile(
    r"(^|&)(wc-ajax|add([-_]to[-_]\w+)?|empty[-_](cart|basket)|action|do|replytocom|delete|remove([-_]item)?|like|vote|share"
    r"|(log|sign)[-_]?(out|off)|book|reserve|hold|slot|unsubscribe|token|nonce|_wpnonce|confirm|cancel|rate|rating|basket|cart|reply)"
    r"(=|&|$)|[=/.](log|sign)[-_]?(out|off)(?![a-z])|=(delete|remove|add[-_]?to[-_]?cart)(&|$)",
    re.IGNORECASE,
)
# Whole words: a handbook is no booking; and a schedule only where it comes first: a schedule of fees is none, nor a fee schedule.
_BOOKING = re.compile(
    r"(?<![a-z])((book(ings?)?|appointments?|reserv(e|ations?)|slots?|availability|schedul(er|ing))(now|online|an?)?)+(?![a-z])"
    r"|/schedule(now|online|an?|appointments?)*(?![a-z])(?![-_]of[-_])",
    re.IGNORECASE,
)
_SLOT = re.compile(
    r"[0-9]|/(hold|book|reserve|take)(\.\w+)?(/|$)|/[^/]*(mon|tues|wednes|thurs|fri|satur|sun)day", re.IGNORECASE
)
_FILE = re.compile(r"\.pdf$|/uploads/", re.IGNORECASE)
# A month beside a day or a year.
_MONTHS = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_MONTH = re.compile(rf"(?<![a-z]){_MONTHS}(?=[-_/]?[0-9])|(?<=[0-9][-_/]){_MONTHS}(?![a-z])")


def tidy(url: str, base: str = "") -> str | None:
    """The address as it is asked for: absolute, http(s), no fragment, tracking or session parameter; None for anything else."""
    try:
        joined = urlsplit(urljoin(base, url.strip()) if base else url.strip())
        port = joined.port
        host = (joined.hostname or "").rstrip(".")
    except ValueError:
        return None
    if joined.scheme not in DEFAULT_PORTS or not host or joined.username is not None or joined.password is not None:
        return None
    if ":" in host:
        host = f"[{host}]"
    netloc = host if port in (None, DEFAULT_PORTS[joined.scheme]) else f"{host}:{port}"
    path = quote(_SESSION_PATH.sub("", joined.path.replace("\\", "/")) or "/", safe="/%:@!$&'()*+,;=~-._")
    if "/." in path or "%2e" in path.lower():  # as a server resolves it: robots.txt must be asked about that
        path = urlsplit(urljoin("http://x/", "http:" + re.sub("%2e", ".", path, flags=re.IGNORECASE))).path
    query = joined.query
    if query:
        # What is kept stays as it was written: a server may tell "?about" from "?about=".
        kept = (part for part in query.split("&") if part and not _is_passing(part.partition("=")[0]))
        query = quote("&".join(kept), safe="/%:@!$&'()*+,;=~-._?[]|")
    result = urlunsplit((joined.scheme, netloc, path, query, ""))
    return result if len(result) <= MAX_LENGTH else None


def _is_passing(parameter: str) -> bool:
    return bool(_TRACKING.match(parameter) or _SESSION.match(parameter))


def page_key(url: str) -> str:
    """One key for the spellings of one page: scheme, www, case, order of parameters, index file and last slash do not count."""
    parts = urlsplit(url)
    path = _INDEX.sub("/", unquote(parts.path))
    path = re.sub(r"/{2,}", "/", path).rstrip("/").lower()
    query = "&".join(sorted(unquote(part) for part in parts.query.split("&"))) if parts.query else ""
    return f"{website(url)}{path}?{query}" if query else f"{website(url)}{path}"


def website(url: str) -> str:
    """The website of an address that tidy() gave; empty for one that has none."""
    try:
        return website_of(url)
    except AddressError:
        return ""


def is_acting(url: str) -> bool:
    """Whether following the link may do something: log out, fill a cart, hold a booking slot, delete, vote."""
    parts = urlsplit(url)
    path, query = unquote(parts.path), unquote(parts.query)
    if _ACTING.search(path) or _ACTING_QUERY.search(query):
        return True
    # A page about booking is read, and a file that was put there; a slot or a date in a booking system is not.
    booking = None if _FILE.search(path) else _BOOKING.search(path)
    return booking is not None and bool(query or _SLOT.search(path[booking.end() :]))


def is_unread(url: str) -> bool:
    """Whether the name already says that it is no page: pictures, scripts, sound, office files."""
    return bool(_UNREAD.search(urlsplit(url).path))


def pattern(url: str) -> str:
    """The address with numbers, months beside them, random-looking segments ("~") and values blanked: one pattern, one template."""
    parts = urlsplit(url)
    names = sorted({part.partition("=")[0] for part in parts.query.split("&")}) if parts.query else []
    path = re.sub(r"[0-9]+", "#", _MONTH.sub("0", _RANDOM.sub("~", parts.path.lower())))
    return f"{website(url)}{path}?{'&'.join(names)}"


def is_endless(url: str) -> bool:
    """Paths that a broken relative link makes: too deep, or one segment three times over."""
    segments = [segment for segment in urlsplit(url).path.lower().split("/") if segment]
    return len(segments) > MAX_DEPTH or any(segments.count(segment) >= 3 for segment in set(segments))
