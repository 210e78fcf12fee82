"""Bytes of HTML to a page: one walk over the tree, every visible word kept, inline markup joined, each block with its headings.

Nothing is judged to be "main content": clinics state rules in collapsed answers, buttons, footers and tables, which extractors of
articles drop. What is menu, footer, banner, testimonial or hidden is marked by its role instead (scorer/markup.py says how a tag
or a name tells it, scorer/layout.py what is settled once the whole page is read).
"""

import re
from typing import Any

from selectolax.lexbor import LexborHTMLParser
from w3lib.encoding import html_to_unicode

from scorer.layout import Draft, Layout, Region, unseen
from scorer.linkeddata import questions_and_answers
from scorer.markup import (
    BOLD,
    BUTTON_SIGNS,
    HEADINGS,
    INLINE,
    LABEL_LEVEL,
    LABEL_TAGS,
    MADE_LEVEL,
    ROLE_SIGNS,
    ROLE_TAGS,
    SKIPPED,
    Attributes,
    names_say,
    opened_part,
    opens,
    role_of,
    style_says,
)
from scorer.nesting import levelled
from scorer.page import BlockKind, Page, Role
from scorer.pagekind import page_kind

READ_VERSION = "2"

_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]+")
# XHTML may close these within their own tag; read as HTML they would swallow the rest of the page.
_CLOSED_AT_ONCE = re.compile(r"<(title|script|style|textarea|iframe|noscript)(\s[^<>]*)?/>", re.I)
# How sure it is that a block rules what follows it: a box named "title", one named as a label, a button that opens.
_TITLED, _LABELLED, _OPENS = 1, 2, 3
_SHORT, _QUESTION_LENGTH, _LABEL_LENGTH = 14, 30, 40
_NO_LABEL = re.compile(
    r"(?:(?:read|show|see|learn|view|load)\s+(?:more|less|all)|more|less|menu|toggle\s.*|close|open|next|previous|prev|back)\W*$",
    re.I,
)
# Tables within tables lay out a page; deeper than this none is looked at for data.
_NESTED_TABLES = 6
_STARS = re.compile(r"[★⭐]{3}|^[1-5](?:\.\d)?\s*(?:/|out of)\s*5(?:\s+stars?)?$")
_STAR_NAMES = re.compile(r"(?<![a-z])(?:stars?|star[-_]ratings?)(?![a-z])", re.I)
_RUN_ON = frozenset({"span", "a", "label", "small", "time", "data"})
_MAY_OPEN = frozenset({"a", "span", "label"})
_CURRENCY = frozenset("$£€")
# Blocks that are more than boxes, whatever their attributes.
_SPECIAL = frozenset(HEADINGS) | LABEL_TAGS | {"li", "blockquote", "table", "tr", "section", "article", "button"}
# What is to be undone when an inline element is left.
_LINK, _BOLD = ("link",), ("bold",)


def read_body(body: bytes, *, content_type: str = "text/html", address: str = "", clinic: str = "") -> Page:
    """A page from the bytes of a response, in whatever charset it came."""
    return read_html(decoded(body, content_type), address=address, clinic=clinic)


def decoded(body: bytes, content_type: str = "text/html") -> str:
    """The text of a response. Bytes that are UTF-8 throughout are UTF-8, whatever header and meta claim; else the charset is
    found as the WHATWG Encoding Standard does it (BOM, header, meta), and Windows-1252 where that leads nowhere."""
    if body[:2] not in (b"\xfe\xff", b"\xff\xfe") and b"\x1b" not in body and body[:64].count(0) < 8:
        try:
            return body.decode("utf-8-sig")
        except UnicodeDecodeError:
            pass
    if not body.startswith((b"\xfe\xff", b"\xff\xfe")) and (wide := _wide(body)):
        return body.decode(wide, "replace")
    charset, text = html_to_unicode(content_type, body, default_encoding="cp1252", auto_detect_fun=_guess)
    if charset.startswith("utf-16") and body[:2] not in (b"\xfe\xff", b"\xff\xfe"):
        return body.decode(_guess(body), "replace")  # a claim that could not have been read, were it true
    return body.decode("cp1252", "replace") if charset == "utf-8" and _garbled(text) else text


def _wide(body: bytes) -> str:
    """UTF-16 without a byte order mark, told by where its zeros stand; "" for anything else."""
    start = body[:512]
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) * 4 < len(start):
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _guess(body: bytes) -> str:
    """The charset of bytes that declare none and are not UTF-8: UTF-8 with a few faults, else what browsers take for the West."""
    return "cp1252" if _garbled(body.decode("utf-8", "replace")) else "utf-8"


def _garbled(text: str) -> bool:
    """Whether most letters beyond ASCII could not be decoded."""
    bad = text.count("\ufffd")
    return bad > 0 and 2 * bad >= sum(1 for letter in text if letter > "\x7f")


def read_html(html: str, *, address: str = "", clinic: str = "") -> Page:
    """A page from HTML text. Malformed and deeply nested markup is read as a browser's parser reads it."""
    html = html.replace("\x00", "")
    if html.lstrip()[:5].lower() == "<?xml":
        html = _CLOSED_AT_ONCE.sub(r"<\1\2></\1>", html)
    tree = LexborHTMLParser(levelled(html))
    writer = _Writer()
    if tree.root is not None:
        _walk(tree.body or tree.root, writer)
    layout = writer.layout
    for question, answer in questions_and_answers(tree) if "ld+json" in html else ():
        if unseen(layout.drafts, answer):
            number = len(layout.drafts)
            layout.drafts.append(
                Draft(BlockKind.QUESTION, question, Role.HIDDEN, 1, len(question.split()), 0, number + 2)
            )
            layout.drafts.append(Draft(BlockKind.PARAGRAPH, answer, Role.HIDDEN, 0, len(answer.split()), 0))
    text, blocks = layout.finish()
    found = tree.head.css_first("title") if tree.head is not None else None
    title = _clean(found.text()) if found is not None else ""
    language = (tree.root.attributes.get("lang") or "") if tree.root is not None else ""
    headings = (text[b.start : b.end] for b in blocks if b.kind is BlockKind.HEADING and b.role is not Role.MENU)
    return Page(address, title, page_kind(address, title, headings), text, blocks, clinic, language)


class _Writer:
    """Collects inline text until a block ends, then writes the block as a draft."""

    __slots__ = (
        "bold", "bolds", "broken", "cell", "cells", "columns", "heads", "inline", "kind", "labels", "layout", "level", "link",
        "links", "mark", "part", "parts", "quote", "quotes", "role", "seam", "section", "stars",
        "tables",
    )  # fmt: skip

    def __init__(self) -> None:
        self.layout = Layout()
        self.inline: list[str] = []
        self.kind, self.role, self.level, self.mark = BlockKind.PARAGRAPH, Role.MAIN, 0, 0
        # How deep the walk is in links, bold letters and quotations, and how many words of the block stand in them.
        self.link = self.bold = self.quote = 0
        self.links = self.bolds = self.quotes = 0
        self.broken = self.cell = False
        self.seam = 0
        # Labels whose end is still to come; what they open, by id; where stars were seen last.
        self.labels: list[int] = []
        self.part = ""
        self.parts: dict[str, str] = {}
        self.stars = -1
        # Of the table and row that is being read.
        self.columns = self.section = ""
        self.cells = self.heads = 0
        self.tables = 0

    def add(self, text: str) -> None:
        """One text node."""
        inline = self.inline
        if inline:
            if self.broken:
                self.broken = False
                if not text.isspace():
                    # The sentence plainly goes on in the next line, or two do stand in two lines.
                    if text.lstrip()[0].islower() or inline[-1].rstrip()[-1:] == ",":
                        inline.append(" ")
                    else:
                        self.flush()
                else:
                    self.broken = True
            elif self.seam or text[0] in _CURRENCY:
                last, first = inline[-1][-1:], text[0]
                if (
                    self.seam == 2
                    or (first in _CURRENCY and last.isalpha())
                    or (
                        (first.isupper() and (last.islower() or last.isdigit() or last in ".!?:)%"))
                        or (first.isdigit() and last.isalpha())
                    )
                ):
                    inline.append(" ")
        elif text.isspace():
            return
        self.seam = 0
        inline.append(text)
        if self.link or self.bold or self.quote:
            size = len(text.split())
            self.links += size if self.link else 0
            self.bolds += size if self.bold else 0
            self.quotes += size if self.quote else 0

    def flush(self) -> None:
        """End the block that is being collected, if it holds any text."""
        self.broken, self.seam = False, 0
        if not self.inline:
            return
        parts = "".join(self.inline).split()
        self.inline.clear()
        links, bolds, quotes = self.links, self.bolds, self.quotes
        self.links = self.bolds = self.quotes = 0
        if not parts:
            return
        text, words = " ".join(parts), len(parts)
        if not text.isprintable():
            text = " ".join(_INVISIBLE.sub("", text).split())
            words = text.count(" ") + 1
            if not text:
                return
        drafts = self.layout.drafts
        kind, role, level = self.kind, self.role, self.level
        scoped = False
        if level:
            scoped = self.mark > _TITLED
            if words > _LABEL_LENGTH or (words > 20 and ". " in text):
                kind, level, scoped = BlockKind.PARAGRAPH, 0, False  # prose that borrows a heading's looks
            elif scoped and text[-1] == "?":
                kind = BlockKind.QUESTION
        elif kind is BlockKind.PARAGRAPH:
            rank = self._rank(text, words, links, bolds)
            if rank:
                level, scoped = rank, True
                if text[-1] == "?":
                    kind = BlockKind.QUESTION
                elif words <= _SHORT and text[-1] not in ".!;,":
                    kind = BlockKind.HEADING
            elif quotes >= words > 5:
                kind = BlockKind.QUOTE
        if (
            role is Role.MAIN
            and not level
            and links
            and words <= 6
            and links >= 0.8 * words
            and text[-1] != "?"
            and "$" not in text
        ):
            role = Role.MENU
        if ("★" in text or "⭐" in text or (words <= 5 and "5" in text)) and _STARS.search(text):
            self.stars = len(drafts)
        if scoped:
            self.labels.append(len(drafts))
            if self.part:
                self.parts[self.part], self.part = text, ""
        drafts.append(Draft(kind, text, role, level, words, links))
        if kind is BlockKind.TABLE_ROW and (self.columns or self.section):
            drafts[-1].under = tuple([name for name in (self.columns, self.section) if name])

    def _rank(self, text: str, words: int, links: int, bolds: int) -> int:
        """The level at which a paragraph rules what follows it, 0 for one that does not."""
        if self.mark == _OPENS:
            return (
                LABEL_LEVEL
                if words <= _LABEL_LENGTH and not _NO_LABEL.match(text) and any(map(str.isalpha, text))
                else 0
            )
        if not self.mark and bolds < words:
            return 0
        last = text[-1]
        if (words > _SHORT or last in ".!;,") and not (last == "?" and words <= _QUESTION_LENGTH):
            return 0
        if not _CURRENCY.isdisjoint(text) or not any(map(str.isalpha, text)):
            return 0
        if self.mark == _LABELLED:
            return LABEL_LEVEL
        if links >= words:
            return 0
        return LABEL_LEVEL if last == "?" else MADE_LEVEL

    def close(self, first: int) -> None:
        """End the labels that stand in the element which began at this block, unless it holds nothing but the label."""
        count, labels, drafts = len(self.layout.drafts), self.labels, self.layout.drafts
        while (
            labels
            and labels[-1] >= first
            and any(len(draft.text) > 2 for draft in drafts[labels[-1] + 1 : labels[-1] + 4])
        ):
            drafts[labels.pop()].until = count
        if self.stars >= first:
            inside = drafts[first:]
            words = sum(draft.words for draft in inside)
            if words > 200 or any(0 < draft.level <= 3 for draft in inside):
                self.stars = -1
            elif words > 8:
                self.stars = -1
                for draft in inside:
                    if draft.role is Role.MAIN:
                        draft.role = Role.TESTIMONIAL

    def end_row(self, first: int) -> None:
        """What a row of header cells says of the rows below it."""
        drafts = self.layout.drafts
        if len(drafts) == first + 1 and self.cells:
            row = drafts[first]
            if self.heads == self.cells:
                if self.cells > 1:
                    self.columns, self.section = row.text, ""
                else:
                    self.section = row.text
                row.under = ()
        self.cells = self.heads = 0


def _walk(root: Any, writer: _Writer) -> None:
    """One pass in document order with its own stack: pages nest deeper than Python's own stack goes."""
    # For each element that was entered: what is to be put back when it is left.
    stack: list[tuple[Any, Any]] = []
    node = root
    while True:
        tag = node.tag
        left: Any = None
        child: Any = None
        if tag == "-text":
            if text := node.text_content:
                writer.add(text)
        elif tag is None or tag in SKIPPED:
            pass
        elif tag == "br":
            _line_break(writer)
        else:
            attributes = node.attributes
            if tag in INLINE:
                left = _inline(tag, attributes, node, writer)
                if left is _AS_BLOCK:
                    left = _block(tag, attributes, node, writer)
            else:
                left = _block(tag, attributes, node, writer)
            child = node.first_child
        if child is not None:
            stack.append((node, left))
            node = child
            continue
        while True:
            if left is not None:
                _leave(left, writer)
            if not stack:
                writer.flush()
                return
            following = node.next
            if following is not None:
                node = following
                break
            node, left = stack.pop()


_Left = tuple[Any, ...] | None
_AS_BLOCK: _Left = ("as block",)


def _inline(tag: str, attributes: Attributes, node: Any, writer: _Writer) -> _Left:
    """Enter an inline element. Returns what is to be undone, or that it is a block by another name (a label)."""
    bold = tag in BOLD
    if attributes:
        if style := attributes.get("style"):
            bold = bold or style_says(style)[1]
        names = attributes.get("class")
        if names and "star" in names and _STAR_NAMES.search(names):
            writer.stars = len(writer.layout.drafts)
        if (
            writer.mark < _LABELLED
            and tag in _MAY_OPEN
            and (
                (not BUTTON_SIGNS.isdisjoint(attributes) and opens(tag, attributes))
                or (names and not writer.inline and names_say(names)[1])
            )
        ):
            return _AS_BLOCK
    if tag in _RUN_ON and writer.inline:
        before = node.prev
        if before is not None and (other := before.tag) in _RUN_ON:
            writer.seam = 2 if tag == "a" == other else 1
    if tag == "a":
        writer.link += 1
        if bold:
            writer.bold += 1
            return ("link and bold",)
        return _LINK
    if bold:
        writer.bold += 1
        return _BOLD
    if tag == "q":
        writer.quote += 1
        writer.inline.append("“")
        return ("quote",)
    return None


def _block(tag: str, attributes: Attributes, node: Any, writer: _Writer) -> _Left:
    """Enter a block: end what was collected, and note what is to be put back when all below it is done."""
    if writer.cell:
        if tag in ("td", "th"):
            writer.cells += 1
            writer.heads += tag == "th"
            if writer.inline:
                writer.inline.append(" | ")
            return None
        if tag not in ("tr", "tbody", "thead", "tfoot"):
            # Within a cell lines and paragraphs are joined: a row is one block.
            writer.inline.append(" ")
            return ("joined",)
    if writer.inline:
        writer.flush()
    kind, role, level, mark = writer.kind, writer.role, writer.level, writer.mark
    first = len(writer.layout.drafts)
    named: Role | None = None
    until: tuple[str, int] | None = None
    label = title = hidden = False
    if attributes:
        names = attributes.get("class") or ""
        if part := attributes.get("id"):
            names = f"{names} {part}"
            if part in writer.parts:
                until = (writer.parts[part], first)
        if names:
            named, label, title, hidden = names_say(names)
            if "star" in names and _STAR_NAMES.search(names):
                writer.stars = first
        if style := attributes.get("style"):
            hides, heavy = style_says(style)
            hidden, title = hidden or hides, title or heavy
    telling = named is not None or hidden or tag in ROLE_TAGS or (attributes and not ROLE_SIGNS.isdisjoint(attributes))
    if telling and not (tag == "footer" and kind is BlockKind.QUOTE):
        writer.role = role_of(tag, attributes, named, hidden, role)
    changed = telling or label or title or level or mark == _OPENS or until
    if not changed and tag not in _SPECIAL and (not attributes or BUTTON_SIGNS.isdisjoint(attributes)):
        return ("box", first)
    table = (writer.cell, writer.columns, writer.section, writer.tables) if tag == "table" else None
    if tag in HEADINGS:
        writer.kind, writer.level = BlockKind.HEADING, HEADINGS[tag]
    elif attributes and attributes.get("role") == "heading":
        depth = attributes.get("aria-level") or "2"
        writer.kind, writer.level = BlockKind.HEADING, int(depth) if depth in {"1", "2", "3", "4", "5", "6"} else 2
    elif tag in LABEL_TAGS or (attributes and not BUTTON_SIGNS.isdisjoint(attributes) and opens(tag, attributes)):
        writer.mark, writer.part = _OPENS, opened_part(attributes)
        if not level:
            writer.kind = BlockKind.PARAGRAPH
    elif level or mark == _OPENS:
        pass  # a block inside a heading or a button is still that
    elif tag == "li":
        writer.kind, writer.mark = BlockKind.LIST_ITEM, 0
    elif tag == "blockquote":
        writer.kind, writer.mark = BlockKind.QUOTE, 0
    elif tag == "table":
        writer.tables += 1
        writer.cell = writer.tables <= _NESTED_TABLES and _is_data(node, attributes)
        writer.columns = writer.section = ""
        writer.mark = 0
        if not writer.cell:
            writer.kind = BlockKind.PARAGRAPH
    elif tag == "tr" and writer.cell:
        writer.kind = BlockKind.TABLE_ROW
    else:
        if tag in ("section", "article") and kind is not BlockKind.QUOTE:
            writer.kind = BlockKind.PARAGRAPH
        if label:
            writer.mark = _LABELLED
        elif title and not mark:
            writer.mark = _TITLED
    return ("block", tag, kind, role, level, mark, first, named, until, table)


def _leave(left: tuple[Any, ...], writer: _Writer) -> None:
    what = left[0]
    if what == "block":
        if writer.inline:
            writer.flush()
        _, tag, kind, role, level, mark, first, named, until, table = left
        layout = writer.layout
        if len(layout.drafts) > first:
            if writer.labels or writer.stars >= first:
                writer.close(first)
            if writer.role is not role and writer.role is not Role.HIDDEN:
                layout.regions.append(Region(first, len(layout.drafts), writer.role, role, writer.role is not named))
            if until:
                layout.panels.append((until[1], until[0], len(layout.drafts)))
        if tag == "tr" and writer.cell:
            writer.end_row(first)
        if table:
            writer.cell, writer.columns, writer.section, writer.tables = table
        if mark != _OPENS and writer.mark == _OPENS:
            writer.part = ""
        writer.kind, writer.role, writer.level, writer.mark = kind, role, level, mark
    elif what == "box":
        if writer.inline:
            writer.flush()
        if (writer.labels or writer.stars >= left[1]) and len(writer.layout.drafts) > left[1]:
            writer.close(left[1])
    elif what == "link":
        writer.link -= 1
    elif what == "bold":
        writer.bold -= 1
    elif what == "joined":
        writer.inline.append(" ")
    elif what == "quote":
        writer.quote -= 1
        writer.inline.append("”")
    else:
        writer.link -= 1
        writer.bold -= 1


def _line_break(writer: _Writer) -> None:
    """A line break ends a block, unless the sentence plainly goes on in the next line or the line is a heading's or a cell's."""
    if writer.cell or writer.level or writer.mark == _OPENS:
        writer.inline.append(" ")
    elif writer.inline:
        writer.broken = True


def _is_data(table: Any, attributes: Attributes) -> bool:
    """Whether a table holds rows of data and not the columns of an old page's layout."""
    if attributes.get("role") in ("presentation", "none"):
        return False
    heads = cells = rows = inner = 0
    for node in table.traverse():
        tag = node.tag
        if tag == "td":
            cells += 1
        elif tag == "th":
            heads += 1
        elif tag == "tr":
            rows += 1
        elif tag == "table":
            inner += 1
            if inner > 1:
                return False
        elif tag in HEADINGS or tag in ("form", "article", "section", "nav", "iframe"):
            return False
    if heads:
        return True
    return cells >= 2 * rows > 0 and len(table.text()) < 300 * cells


def _clean(text: str) -> str:
    return " ".join(_INVISIBLE.sub("", text).split())
