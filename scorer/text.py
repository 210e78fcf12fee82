"""Bytes of HTML to a page: one walk over the tree, every visible word kept, inline markup joined, each block with its headings.

Nothing is judged to be "main content": clinics state rules in collapsed answers, buttons, footers and tables, which extractors of
articles drop. What is menu, footer, banner, testimonial or hidden is marked by its role instead.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from selectolax.lexbor import LexborHTMLParser
from w3lib.encoding import html_to_unicode

from scorer.linkeddata import questions_and_answers
from scorer.page import Block, BlockKind, Page, Role
from scorer.pagekind import page_kind

READ_VERSION = "1"

_SKIPPED = frozenset({"script", "style", "template", "svg", "noscript", "head", "iframe", "object", "math", "-comment"})
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q rp rt ruby s samp small span "
    "strike strong sub sup time tt u var wbr -text img input picture source".split()
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
# A label rules what follows it like a heading below all headings: an accordion's button, a summary, a term.
_LABEL_LEVEL = 7
# A button that opens something is the label of what it opens; another ("Book now") is no label.
_OPENS = frozenset({"aria-expanded", "aria-controls", "data-toggle", "data-bs-toggle", "data-target"})
_BLOCK_ROLES: dict[str, Role] = {"nav": Role.MENU, "footer": Role.FOOTER}
_NAMED_ROLES: tuple[tuple[re.Pattern[str], Role], ...] = (
    (re.compile(r"cookie|gdpr|consent-(?:banner|bar|popup|modal)|onetrust|newsletter-popup", re.I), Role.BANNER),
    (re.compile(r"testimonial|(?<![a-z])reviews?(?![a-z])|patient-stor|client-stor", re.I), Role.TESTIMONIAL),
    (re.compile(r"(?<![a-z])(?:nav|navbar|menu|submenu|breadcrumbs?|sidebar-nav|skip-link|site-nav)(?![a-z])", re.I), Role.MENU),
    (re.compile(r"(?<![a-z])(?:footer|site-footer|colophon)(?![a-z])", re.I), Role.FOOTER),
)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_SPACE = re.compile(r"[\s\u00a0]+")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


def read_body(body: bytes, *, content_type: str = "text/html", address: str = "", clinic: str = "") -> Page:
    """A page from the bytes of a response, decoded as the WHATWG Encoding Standard does it (BOM, header, meta, guess)."""
    _, text = html_to_unicode(content_type, body, default_encoding="utf-8", auto_detect_fun=_guess)
    return read_html(text, address=address, clinic=clinic)


def read_html(html: str, *, address: str = "", clinic: str = "") -> Page:
    """A page from HTML text. Malformed and deeply nested markup is read as a browser's parser reads it."""
    tree = LexborHTMLParser(_XML_DECLARATION.sub("", html.replace("\x00", "\ufffd"), count=1))
    writer = _Writer()
    if tree.root is not None:
        _walk(tree.body or tree.root, writer)
    writer.flush()
    title = _clean(tree.head.css_first("title").text()) if tree.head and tree.head.css_first("title") else ""
    for question, answer in questions_and_answers(tree):
        writer.add_unseen(question, answer)
    language = (tree.root.attributes.get("lang") or "") if tree.root is not None else ""
    text = "".join(writer.parts)
    headings = (text[b.start : b.end] for b in writer.blocks if b.kind is BlockKind.HEADING and b.role is not Role.MENU)
    kind = page_kind(address, title, headings)
    return Page(address, title, kind, text, tuple(writer.blocks), clinic, language)


@dataclass(slots=True)
class _Writer:
    """Collects inline text until a block ends, then writes the block with its place and headings."""

    parts: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    length: int = 0
    inline: list[str] = field(default_factory=list)
    headings: list[tuple[int, str]] = field(default_factory=list)
    kind: BlockKind = BlockKind.PARAGRAPH
    role: Role = Role.MAIN
    level: int = 0
    links: int = 0
    words: int = 0

    def flush(self) -> None:
        """End the block that is being collected, if it holds any text."""
        if not self.inline:
            return
        text = _clean("".join(self.inline))
        links, words = self.links, self.words
        self.inline.clear()
        self.links = self.words = 0
        if not text:
            return
        kind, role = self.kind, self.role
        if role is Role.MAIN and links and links >= 0.8 * words and len(text.split()) <= 6 and kind is not BlockKind.HEADING:
            role = Role.MENU
        if self.level == _LABEL_LEVEL:
            kind = BlockKind.QUESTION if text.endswith("?") else BlockKind.PARAGRAPH
        self._write(text, kind, role)

    def add_unseen(self, question: str, answer: str) -> None:
        """Questions and answers that only linked data gives; those that the page shows are there already."""
        question, answer = _clean(question), _clean(answer)
        if answer and answer[:60] not in "".join(self.parts):
            self.headings = [(1, "FAQ")]
            self.level = _LABEL_LEVEL
            self._write(question, BlockKind.QUESTION, Role.HIDDEN)
            self.level = 0
            self._write(answer, BlockKind.PARAGRAPH, Role.HIDDEN)

    def _write(self, text: str, kind: BlockKind, role: Role) -> None:
        if self.parts:
            self.parts.append("\n")
            self.length += 1
        level = self.level
        rules = bool(level) and role is not Role.MENU
        if rules:
            self.headings = [(depth, name) for depth, name in self.headings if depth < level]
        path = tuple(name for _, name in self.headings)
        self.blocks.append(Block(kind, self.length, self.length + len(text), path, role, level))
        self.parts.append(text)
        self.length += len(text)
        if rules:
            self.headings.append((level, text[:160]))


def _walk(root: Any, writer: _Writer) -> None:
    """One pass in document order with an explicit stack: pages nest deeper than Python's own stack goes."""
    # Each entry is a node to enter, or a tuple that puts back what held before a node was entered.
    stack: list[Any] = [root]
    inside_link = 0
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            if node[0] == "link":
                inside_link -= 1
                continue
            writer.flush()
            if node[0] == "cell":
                continue
            _, writer.kind, writer.role, writer.level = node
            continue
        tag = node.tag
        if tag == "-text":
            text = node.text_content
            if text:
                writer.inline.append(text)
                if not text.isspace():
                    size = len(text.split())
                    writer.words += size
                    writer.links += size if inside_link else 0
            continue
        if tag is None or tag in _SKIPPED:
            continue
        if tag == "br":
            _line_break(node, writer)
            continue
        attributes = node.attributes
        role = _role(tag, attributes, writer.role) if attributes or tag in _BLOCK_ROLES else writer.role
        if tag in _INLINE and role is writer.role:
            if tag == "a":
                inside_link += 1
                stack.append(("link",))
        elif tag in ("td", "th"):
            if writer.inline and not "".join(writer.inline).isspace():
                writer.inline.append(" | ")
        else:
            # A block ends what was collected, and ends itself when all below it is done.
            writer.flush()
            stack.append(("block", writer.kind, writer.role, writer.level))
            writer.kind, writer.level = _kind(tag, attributes, writer.kind, writer.level)
            writer.role = role
        child = node.last_child
        while child is not None:
            stack.append(child)
            child = child.prev


def _line_break(node: Any, writer: _Writer) -> None:
    """A line break ends a block, unless the sentence plainly goes on in the next line or the line is a table's cell."""
    following = node.next
    text = following.text_content if following is not None and following.tag == "-text" else None
    if writer.kind is BlockKind.TABLE_ROW or writer.level or (text and text.lstrip()[:1].islower()):
        writer.inline.append(" ")
    else:
        writer.flush()


def _kind(tag: str, attributes: dict[str, Any], kind: BlockKind, level: int) -> tuple[BlockKind, int]:
    if tag in _HEADINGS:
        return BlockKind.HEADING, _HEADINGS[tag]
    if attributes.get("role") == "heading":
        depth = str(attributes.get("aria-level") or "2")
        return BlockKind.HEADING, int(depth) if depth in "123456" else 2
    if level and kind in (BlockKind.HEADING, BlockKind.QUESTION):
        return kind, level  # a block inside a heading is still the heading
    if tag in ("summary", "dt", "legend", "caption") or (tag == "button" and attributes.keys() & _OPENS):
        return BlockKind.QUESTION, _LABEL_LEVEL
    if tag == "li":
        return BlockKind.LIST_ITEM, 0
    if tag == "tr":
        return BlockKind.TABLE_ROW, 0
    if tag == "blockquote":
        return BlockKind.QUOTE, 0
    if tag in ("td", "th") or (kind in (BlockKind.LIST_ITEM, BlockKind.QUOTE, BlockKind.TABLE_ROW) and tag not in ("table", "section", "article")):
        return kind, 0
    return BlockKind.PARAGRAPH, 0


def _role(tag: str, attributes: dict[str, Any], role: Role) -> Role:
    """The role of what stands below this node; an outer role that is not `main` stays."""
    if role in (Role.BANNER, Role.MENU, Role.TESTIMONIAL):
        return role
    if tag in _BLOCK_ROLES:
        return _BLOCK_ROLES[tag]
    landmark = attributes.get("role")
    if landmark == "navigation":
        return Role.MENU
    if landmark == "contentinfo":
        return Role.FOOTER
    names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
    if names != " " and tag not in ("body", "html", "main"):
        for pattern, named in _NAMED_ROLES:
            if pattern.search(names) and not (role is Role.FOOTER and named is Role.FOOTER):
                return named
    if role is Role.MAIN and (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or _HIDDEN_STYLE.search(attributes.get("style") or "")
    ):
        return Role.HIDDEN
    return role


def _clean(text: str) -> str:
    return _SPACE.sub(" ", text.translate(_INVISIBLE)).strip()


def _guess(body: bytes) -> str:
    """The charset of bytes that declare none: UTF-8 where they are UTF-8, else what browsers take for the West."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"
