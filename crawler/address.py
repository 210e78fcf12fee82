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
    r"/(log-?(in|out|off)|sign-?(in|out|up|off|on)|wp-(login|admin|json)|register|cart|basket|checkout|add-to-cart|unsubscribe"
    r"|delete|remove|edit|admin|xmlrpc|cgi-bin|my-?account|(patient-?)?portal|(lost-?)?password|feed|trackback|print|share"
    r"|email-?protection|wishlist|vote|like|donate|pay(-?(now|online|bill))?|cancel|confirm)(\.\w{2,4})?(/|$)",
    re.IGNORECASE,
)
_BOOKING = re.compile(r"book|appointment|schedul|reserv|slot|availab", re.IGNORECASE)
_ACTING_QUERY = re.compile(
    r"(^|&)(add-to-cart|add_to_\w+|action|do|replytocom|delete|remove|logout|like|vote|share|slot|unsubscribe|token|nonce|_wpnonce|"
    r"confirm|cancel|rate|rating|basket|cart|reply)=|=(logout|log-?off|delete|remove|add-?to-?cart)(&|$)",
    re.IGNORECASE,
)


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
    if _ACTING.search(parts.path) or _ACTING_QUERY.search(parts.query):
        return True
    # A page about booking is read; a slot or a date in a booking system is not.
    return bool(_BOOKING.search(parts.path) and (parts.query or re.search(r"\d", parts.path)))


def is_unread(url: str) -> bool:
    """Whether the name already says that it is no page: pictures, scripts, sound, office files."""
    return bool(_UNREAD.search(urlsplit(url).path))


def pattern(url: str) -> str:
    """The address with every run of digits, random-looking segment ("~") and parameter value blanked: one pattern, one template."""
    parts = urlsplit(url)
    names = sorted({part.partition("=")[0] for part in parts.query.split("&")}) if parts.query else []
    path = re.sub(r"[0-9]+", "#", _RANDOM.sub("~", parts.path.lower()))
    return f"{website(url)}{path}?{'&'.join(names)}"


def is_endless(url: str) -> bool:
    """Paths that a broken relative link makes: too deep, or one segment three times over."""
    segments = [segment for segment in urlsplit(url).path.lower().split("/") if segment]
    return len(segments) > MAX_DEPTH or any(segments.count(segment) >= 3 for segment in set(segments))
