"""What a page says to a crawler: its links, its robots meta, where it refreshes to, and whether there is any text at all.

Nothing is judged here; reading a page for what a clinic states is the scorer's.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode
from w3lib.encoding import html_to_unicode

from crawler.directives import robots_words
from crawler.heavy import is_heavy, words_and_links
from crawler.robotrules import TOKEN
from crawler.sameness import text_digest
from store.archive import ArchivedResponse

_REFRESH = re.compile(r"^\s*(\d*(?:\.\d+)?)\s*[;,]?\s*(?:url\s*=)?\s*['\"]?([^'\"]*)", re.IGNORECASE)
# What may stand between the page and that it is not there: that you are looking for, you requested, /team.
_WHICH = (
    r"(?: (?:that )?you(?: (?:are|were|have)|[’'](?:re|ve))? (?:request|ask|look|try|tried|want|follow|enter|click)\w*"
    r"(?: \w+){0,3}| \S*/\S*)?"
)
_LOST = re.compile(
    # 404 is a house number and the area code of Atlanta, too.
    r"(?:^|error|page|http|[!?.|:–—-])\s*404\s*(?:$|[!.|:–—-]\s*[^\d\s]|\(?(?:error|not|page|file))"
    rf"|\b(?:page|content|site|url|address|document)(?:{_WHICH} (?:was|is|has|could|can|does|do|did))?(?: ?not|(?:n[o’']|[’'])t)"
    r" (?:be |been )?(?:found|exist|available)\b"
    rf"|\b(?:page|content|site|link){_WHICH}(?: is| may| has moved or)? no longer (?:exists?|available)\b"
    r"|\b(?:can(?:no|[’'])t|could(?: not|n[’']t)|unable to) (?:find|locate) (?:the|that|this|your) page\b"
    r"|^(?:not|nothing) found\s*(?:$|[!.|:–—-])|^page missing",
    re.IGNORECASE,
)
_PARKED = re.compile(
    r"\b(?:[\w-]+\.[a-z]{2,}|(?:this|the) (?:web ?site|domain(?: name)?)) (?:is|may be) (?:for sale|parked)\b"
    r"|\bbuy this domain\b|\bparked (?:free|domain)\b|\bdomain (?:name )?(?:has |is )?(?:expired|parked)\b"
    r"|\bthis (?:hosting )?(?:account|web ?site|site|domain) (?:has been|is|was) (?:temporarily )?suspended\b"
    r"|^(?:account|web ?site|site|domain) suspended\b",
    re.IGNORECASE,
)
_SPACE = re.compile(r"\s+")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s")
_SCRIPT_NEEDED = re.compile(r"(enable|requires?|need|activate|without) .{0,20}java ?script", re.IGNORECASE)
_APP_ROOTS = (
    "#root, #app, #__next, #__nuxt, #gatsby-focus-wrapper, app-root, [data-reactroot], [ng-app], #SITE_CONTAINER"
)
FEW_WORDS = 25
SHORT = 150  # words: the page of a host or a notice, where the first sentence says what it is
LOST_WORDS = 400  # a page with menu and footer that says in its heading that there is none
MAX_LINKS = 3000
MAX_SHOWN = 120  # characters of a link's text
MAX_REFRESH = 30  # seconds: a refresh later than this is a page that reloads itself, not a redirect


@dataclass
class Link:
    """One link: where to, and what the reader sees."""

    url: str
    text: str = ""


@dataclass
class PageSays:
    """What one page says to a crawler. `words` counts visible ones; `text_digest` changes only when they do.

    `parked` are the words by which a host says that the website is for sale or suspended.
    """

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
    is_blank: bool = False
    parked: str = ""
    asks_password: bool = False


def read_html(body: bytes, content_type: str, url: str) -> PageSays:
    """Read one HTML body of any declared or undeclared charset; broken markup never raises."""
    text = _decoded(body, content_type).replace("\x00", "")
    if is_heavy(text):
        words, found = words_and_links(text, MAX_LINKS)
        links = [Link(target) for href in found if (target := join(url, href))]
        return PageSays(links=links, words=len(words), text_digest=text_digest(words), is_blank=not words)
    tree = LexborHTMLParser(text)
    said = PageSays()
    node = tree.css_first("base[href]")
    base = (join(url, node.attributes.get("href") or "") or url) if node is not None else url
    root = tree.css_first("html")
    said.language = ((root.attributes.get("lang") or "") if root is not None else "").lower()
    title = tree.css_first("title")
    said.title = " ".join(title.text().split()) if title is not None else ""
    _heads(tree, base, said)
    for anchor in tree.css("a[href], area[href], iframe[src], frame[src]"):
        _link(anchor, base, said)
        if len(said.links) >= MAX_LINKS:
            break
    said.asks_password = tree.css_first("input[type=password]") is not None
    _text(tree, said)
    return said


def read_copy(copy: ArchivedResponse, url: str) -> PageSays:
    """What an archived page of HTML says, its header X-Robots-Tag included."""
    said = read_html(copy.body, copy.content_type, url)
    said.robots |= robots_words([copy.headers.get("x-robots-tag", "")])
    return said


def join(base: str, href: str) -> str:
    """The address that a browser would go to; empty for what is none."""
    try:
        return urljoin(base, href.strip().replace("\\", "/"))
    except ValueError:
        return ""


def refresh_target(content: str, base: str) -> str:
    """Where a refresh (meta element or header) leads, unless it is so late that the page only reloads itself."""
    match = _REFRESH.match(content)
    if match is None or not match[2].strip() or float(match[1] or 0) > MAX_REFRESH:
        return ""
    return join(base, match[2])


def _decoded(body: bytes, content_type: str) -> str:
    """The text of a body: UTF-8 where all of it is, and never UTF-16 without a zero, whatever header and meta claim.

    scorer/charset.py tells more charsets apart; this room may not ask it, and needs no more than the markup.
    """
    if b"\x1b" not in body and b"\x00" not in body[:64]:
        try:
            return body.decode("utf-8-sig")
        except UnicodeDecodeError:
            pass
    try:
        charset, text = html_to_unicode(content_type, body, default_encoding="utf-8")
    except (LookupError, ValueError):  # Python knows codecs that are no charsets, such as "hex"
        return body.decode("utf-8", "replace")
    return (
        body.decode("cp1252", "replace") if charset[:6] in ("utf-16", "utf-32") and b"\x00" not in body[:512] else text
    )


def _heads(tree: LexborHTMLParser, base: str, said: PageSays) -> None:
    for meta in tree.css("meta"):
        attributes = meta.attributes
        content = attributes.get("content") or ""
        name = (attributes.get("name") or "").lower()
        if name in ("robots", TOKEN):
            said.robots |= robots_words([content])
        elif (attributes.get("http-equiv") or "").lower() == "refresh":
            target = refresh_target(content, base)
            if target and _in_noscript(meta):
                # For readers without JavaScript; what is here may be the page all the same.
                said.links.append(Link(target))
            else:
                said.refresh = said.refresh or target
    for link in tree.css("link[rel]"):
        attributes = link.attributes
        relation = (attributes.get("rel") or "").lower().split()
        href = (attributes.get("href") or "").strip()
        if not href:
            continue
        if "canonical" in relation and not said.canonical:
            said.canonical = join(base, href)
        elif "alternate" in relation and attributes.get("hreflang"):
            said.alternates[(attributes.get("hreflang") or "").lower()] = join(base, href)


def _link(node: LexborNode, base: str, said: PageSays) -> None:
    attributes = node.attributes
    href = (attributes.get("href") or attributes.get("src") or "").strip()
    if not href or href[0] == "#" or href[:11].lower().startswith(("mailto:", "tel:", "javascript:", "data:", "sms:")):
        return
    # rel=nofollow is the usual fence around calendars, carts and traps.
    if "nofollow" in (attributes.get("rel") or "").lower():
        return
    if target := join(base, href):
        said.links.append(Link(target, _shown(node)))


def _shown(link: LexborNode) -> str:
    """The first words of a link or, where it has none, what its label or picture says.

    What is in a link within it is left to that one: else each of many nested links would have the whole page read again.
    """
    words, label = "", _label(link)
    waiting = [link.first_child]
    while waiting and len(words) <= MAX_SHOWN:
        node = waiting.pop()
        if node is None:
            continue
        waiting.append(node.next)
        if node.is_text_node:
            words = _SPACE.sub(" ", words + (node.text_content or "")).lstrip()
        elif node.tag not in ("a", "script", "style"):
            label = label or _label(node)
            waiting.append(node.first_child)
    return (words or label)[:MAX_SHOWN].rstrip()


def _label(node: LexborNode) -> str:
    attributes = node.attributes
    return " ".join((attributes.get("aria-label") or attributes.get("alt") or "").split())


def _in_noscript(node: LexborNode) -> bool:
    parent = node.parent
    while parent is not None and parent.tag not in ("noscript", "head"):
        parent = parent.parent
    return parent is not None and parent.tag == "noscript"


def _text(tree: LexborHTMLParser, said: PageSays) -> None:
    scripts = len(tree.css("script"))
    root = tree.css_first(_APP_ROOTS)
    without = [node.text(separator=" ") or "" for node in tree.css("noscript") if not _in_noscript(node)]
    asked = any(_SCRIPT_NEEDED.search(text) for text in without)
    linked_data = [node.text() for node in tree.css("script[type]") if "ld+json" in (node.attributes.get("type") or "")]
    frames = len(tree.css("iframe, frame"))
    tree.strip_tags(["script", "style", "noscript", "template", "svg"])
    body = tree.body
    words = body.text(separator=" ").split() if body is not None else []
    said.words = len(words)
    said.text_digest = text_digest([said.title, *linked_data, *words, *" ".join(without).split()])
    few = said.words < FEW_WORDS
    said.needs_javascript = (
        few and not linked_data and not frames and (asked or (scripts > 0 and (root is not None or said.words < 5)))
    )
    said.is_blank = not (words or linked_data or frames or said.needs_javascript or said.asks_password)
    titles = [said.title, *(" ".join((node.text() or "").split()) for node in tree.css("h1")[:2])]
    if said.words < SHORT:
        text = " ".join(words)
        parked = next(filter(None, map(_PARKED.search, [*titles, text])), None)
        said.parked = parked[0] if parked else ""
        titles.append(_SENTENCE_END.split(text, maxsplit=1)[0])
    said.looks_lost = said.words < LOST_WORDS and any(_LOST.search(title) for title in titles)
