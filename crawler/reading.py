"""What a page says to a crawler: its links, its robots meta, where it refreshes to, and whether there is any text at all.

Nothing is judged here; reading a page for what a clinic states is the scorer's.
"""

import re
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode
from w3lib.encoding import html_to_unicode

_AGENT = "vetting"
_REFRESH = re.compile(r"^\s*(\d*(?:\.\d+)?)\s*[;,]?\s*(?:url\s*=)?\s*['\"]?([^'\"]*)", re.IGNORECASE)
_LOST = re.compile(
    r"\b404\b|(page|content|site) (was |is |could |can)?( ?not|n[o’']t) (be )?(found|exist|available)"
    r"|not found|no longer (exists|available)",
    re.IGNORECASE,
)
_SCRIPT_NEEDED = re.compile(r"(enable|requires?|need|activate|without) .{0,20}java ?script", re.IGNORECASE)
_APP_ROOTS = (
    "#root, #app, #__next, #__nuxt, #gatsby-focus-wrapper, app-root, [data-reactroot], [ng-app], #SITE_CONTAINER"
)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_VOID = frozenset("area base br col embed hr img input link meta source track wbr p li option path".split())
_SCRIPTS = re.compile(r"<(script|style)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_MARKUP = re.compile(r"<[^<>]*>")
_HREF = re.compile(r"<a\s[^<>]*?href\s*=\s*[\"']?([^\"'\s<>]+)", re.IGNORECASE)
MANY_TAGS = 8000
MAX_NESTING = 2000
FEW_WORDS = 25
MAX_LINKS = 3000
MAX_REFRESH = 30  # seconds: a refresh later than this is a page that reloads itself, not a redirect


@dataclass
class Link:
    """One link: where to, and what the reader sees."""

    url: str
    text: str = ""


@dataclass
class PageSays:
    """What one page says to a crawler. `words` counts visible ones; `text_digest` changes only when they do."""

    links: list[Link] = field(default_factory=list)
    alternates: dict[str, str] = field(default_factory=dict)
    canonical: str = ""
    refresh: str = ""
    robots: set[str] = field(default_factory=set)
    language: str = ""
    title: str = ""
    words: int = 0
    text_digest: str = ""
    needs_javascript: bool = False
    looks_lost: bool = False
    asks_password: bool = False


def read_html(body: bytes, content_type: str, url: str) -> PageSays:
    """Read one HTML body of any declared or undeclared charset; broken markup never raises."""
    text = html_to_unicode(content_type, body, default_encoding="utf-8")[1].replace("\x00", "")
    if is_too_deep(text):
        return _read_flat(text, url)
    tree = LexborHTMLParser(text)
    said = PageSays()
    base = url
    node = tree.css_first("base[href]")
    if node is not None:
        base = urljoin(url, (node.attributes.get("href") or "").strip())
    root = tree.css_first("html")
    said.language = ((root.attributes.get("lang") or "") if root is not None else "").lower()
    title = tree.css_first("title")
    said.title = " ".join(title.text().split()) if title is not None else ""
    _heads(tree, base, said)
    for anchor in tree.css("a[href], area[href], iframe[src]"):
        _link(anchor, base, said)
        if len(said.links) >= MAX_LINKS:
            break
    said.asks_password = tree.css_first("input[type=password]") is not None
    _text(tree, said)
    return said


def is_too_deep(text: str) -> bool:
    """Whether the markup is nested so deeply that a tree of it would take minutes: no page made for people is."""
    if text.count("<") < MANY_TAGS:
        return False
    depth = deepest = 0
    for match in _TAG.finditer(text):
        depth += -1 if match[1] else 0 if match[2].lower() in _VOID else 1
        deepest = max(deepest, depth)
    return deepest > MAX_NESTING


def _read_flat(text: str, url: str) -> PageSays:
    """Links and words without a tree, for markup that would make one endless."""
    bare = _SCRIPTS.sub(" ", text)
    words = _MARKUP.sub(" ", bare).split()
    said = PageSays(words=len(words), text_digest=sha256(" ".join(words).encode("utf-8", "replace")).hexdigest())
    for match in list(_HREF.finditer(bare))[:MAX_LINKS]:
        try:
            said.links.append(Link(urljoin(url, match[1])))
        except ValueError:
            continue
    return said


def robots_words(header_values: list[str]) -> set[str]:
    """The directives of X-Robots-Tag headers that are meant for every crawler or for this one, in lower case."""
    words: set[str] = set()
    for header in header_values:
        value = header
        agent, colon, rest = header.partition(":")
        if (
            colon
            and re.fullmatch(r"\s*[\w-]+\s*", agent)
            and agent.strip().lower() not in ("unavailable_after", "max-snippet")
        ):
            if agent.strip().lower() != _AGENT:
                continue
            value = rest
        words |= {word.strip().lower() for word in value.split(",")}
    return expand(words)


def expand(words: set[str]) -> set[str]:
    """`none` is short for noindex and nofollow."""
    return words | {"noindex", "nofollow"} if "none" in words else words


def _heads(tree: LexborHTMLParser, base: str, said: PageSays) -> None:
    for meta in tree.css("meta"):
        attributes = meta.attributes
        content = attributes.get("content") or ""
        name = (attributes.get("name") or "").lower()
        if name in ("robots", _AGENT):
            said.robots |= expand({word.strip().lower() for word in content.split(",")})
        elif (attributes.get("http-equiv") or "").lower() == "refresh":
            match = _REFRESH.match(content)
            if match and match[2].strip() and float(match[1] or 0) <= MAX_REFRESH:
                said.refresh = urljoin(base, match[2].strip())
    for link in tree.css("link[rel]"):
        attributes = link.attributes
        relation = (attributes.get("rel") or "").lower().split()
        href = (attributes.get("href") or "").strip()
        if not href:
            continue
        if "canonical" in relation and not said.canonical:
            said.canonical = urljoin(base, href)
        elif "alternate" in relation and attributes.get("hreflang"):
            said.alternates[(attributes.get("hreflang") or "").lower()] = urljoin(base, href)


def _link(node: LexborNode, base: str, said: PageSays) -> None:
    attributes = node.attributes
    href = (attributes.get("href") or attributes.get("src") or "").strip()
    if not href or href[0] == "#" or href[:11].lower().startswith(("mailto:", "tel:", "javascript:", "data:", "sms:")):
        return
    # rel=nofollow is the usual fence around calendars, carts and traps.
    if "nofollow" in (attributes.get("rel") or "").lower():
        return
    try:
        said.links.append(Link(urljoin(base, href), " ".join((node.text() or "").split())[:120]))
    except ValueError:
        return


def _text(tree: LexborHTMLParser, said: PageSays) -> None:
    scripts = len(tree.css("script"))
    root = tree.css_first(_APP_ROOTS)
    asked = any(_SCRIPT_NEEDED.search(node.text() or "") for node in tree.css("noscript"))
    linked_data = [node.text() for node in tree.css("script[type]") if "ld+json" in (node.attributes.get("type") or "")]
    frames = len(tree.css("iframe, frame"))
    tree.strip_tags(["script", "style", "noscript", "template", "svg"])
    body = tree.body
    words = body.text(separator=" ").split() if body is not None else []
    said.words = len(words)
    said.text_digest = sha256(" ".join([said.title, *linked_data, *words]).encode("utf-8", "replace")).hexdigest()
    few = said.words < FEW_WORDS
    said.needs_javascript = (
        few and not linked_data and not frames and (asked or (scripts > 0 and (root is not None or said.words < 5)))
    )
    heading = " ".join((node.text() or "") for node in tree.css("h1")[:2])
    said.looks_lost = said.words < 400 and bool(_LOST.search(f"{said.title} {heading}"))
