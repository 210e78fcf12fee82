"""Bytes of HTML to a page: one walk over the tree, every visible word kept, inline markup joined, each block with its headings.

Nothing is judged to be "main content": clinics state rules in collapsed answers, buttons, footers and tables, which extractors of
articles drop. What is menu, footer, banner, testimonial or hidden is marked by its role instead (scorer/markup.py says how a tag
or a name tells it, scorer/layout.py what is settled once the whole page is read).
"""

import re
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from scorer.charset import decoded
from scorer.layout import Draft, Region, unseen
from scorer.linkeddata import questions_and_answers
from scorer.markup import (
    BOLD,
    BUTTON_SIGNS,
    DIVI_TAB,
    HEADINGS,
    INLINE,
    LABEL_TAGS,
    ROLE_SIGNS,
    ROLE_TAGS,
    SKIPPED,
    STRUCK,
    Attributes,
    hides,
    holds_blocks,
    is_data,
    is_icon,
    is_small_popup,
    names_say,
    next_element,
    opened_part,
    opens,
    role_of,
    stars_named,
    style_says,
)
from scorer.nesting import levelled
from scorer.page import BlockKind, Page, Role
from scorer.pagekind import page_kind
from scorer.writer import INVISIBLE, LABELLED, OPENS, TITLED, Writer

READ_VERSION = "3"

# XHTML may close these within their own tag; read as HTML they would swallow the rest of the page.
_CLOSED_AT_ONCE = re.compile(r"<(title|script|style|textarea|iframe|noscript)(\s[^<>]*)?/>", re.I)
# Tables within tables lay out a page; deeper than this none is looked at for data.
_NESTED_TABLES = 6
_RUN_ON = frozenset({"span", "a", "label", "small", "time", "data"})
_MAY_OPEN = frozenset({"a", "span", "label"})
# Blocks that are more than boxes, whatever their attributes.
_SPECIAL = frozenset(HEADINGS) | LABEL_TAGS | {"li", "blockquote", "table", "tr", "section", "article", "button"}
# What is to be undone when an inline element is left.
_LINK, _BOLD = ("link",), ("bold",)


def read_body(body: bytes, *, content_type: str = "text/html", address: str = "", clinic: str = "") -> Page:
    """A page from the bytes of a response, in whatever charset it came."""
    return read_html(decoded(body, content_type), address=address, clinic=clinic)


def read_html(html: str, *, address: str = "", clinic: str = "") -> Page:
    """A page from HTML text. Malformed and deeply nested markup is read as a browser's parser reads it."""
    html = html.replace("\x00", "")
    if html.lstrip()[:5].lower() == "<?xml":
        html = _CLOSED_AT_ONCE.sub(r"<\1\2></\1>", html)
    tree = LexborHTMLParser(levelled(html))
    writer = Writer()
    if tree.root is not None:
        _walk(tree.body or tree.root, writer)
    layout = writer.layout
    for question, answer in unseen(layout.drafts, questions_and_answers(tree)) if "ld+json" in html else ():
        number = len(layout.drafts)
        layout.drafts.append(Draft(BlockKind.QUESTION, question, Role.HIDDEN, 1, len(question.split()), 0, number + 2))
        layout.drafts.append(Draft(BlockKind.PARAGRAPH, answer, Role.HIDDEN, 0, len(answer.split()), 0))
    text, blocks = layout.finish()
    found = tree.head.css_first("title") if tree.head is not None else None
    title = _clean(found.text()) if found is not None else ""
    language = (tree.root.attributes.get("lang") or "") if tree.root is not None else ""
    headings = (text[b.start : b.end] for b in blocks if b.kind is BlockKind.HEADING and b.role is not Role.MENU)
    return Page(address, title, page_kind(address, title, headings), text, blocks, clinic, language)


def _walk(root: Any, writer: Writer) -> None:
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
        elif tag is None or tag in SKIPPED or (tag == "noscript" and "javascript" in (node.text() or "").lower()):
            pass  # and no request to switch JavaScript on
        elif tag == "br":
            writer.break_line()
        else:
            attributes = node.attributes
            if attributes and "material-" in (attributes.get("class") or "") and is_icon(attributes, node):
                if writer.inline:
                    writer.inline.append(" ")
            else:
                left = _inline(tag, attributes, node, writer) if tag in INLINE else _AS_BLOCK
                if left is _AS_BLOCK:
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


def _inline(tag: str, attributes: Attributes, node: Any, writer: Writer) -> _Left:
    """Enter an inline element. Returns what is to be undone, or that it is a block by another name (a label)."""
    bold = tag in BOLD
    if attributes:
        if style := attributes.get("style"):
            bold = bold or style_says(style)[1]
        names = attributes.get("class")
        if names and "star" in names:
            writer.add_stars(stars_named(names))
        if (
            writer.mark < LABELLED
            and tag in _MAY_OPEN
            and (
                (not BUTTON_SIGNS.isdisjoint(attributes) and opens(tag, attributes, node))
                or (names and not writer.inline and names_say(names)[1])
            )
        ):
            return _AS_BLOCK
    if not writer.apart and (tag in STRUCK or (attributes and hides(attributes))):
        if not writer.cell and holds_blocks(node):
            return _AS_BLOCK
        if tag in STRUCK and writer.inline:
            writer.inline.append(" ")
        writer.link += tag == "a"
        return ("aside", tag, writer.set_aside())
    if tag in ("sup", "sub") and writer.inline:
        writer.add_raised((node.text() or "").strip())
    if tag in _RUN_ON and writer.inline:
        before = node.prev
        if before is not None and (other := before.tag) in _RUN_ON:
            writer.seam = 2 if tag == "a" == other else 1
    if tag == "a":
        if writer.kind is BlockKind.LIST_ITEM and (address := attributes.get("href")) and address[0] == "#":
            writer.name_part(address[1:], node.text() or "")
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


def _block(tag: str, attributes: Attributes, node: Any, writer: Writer) -> _Left:
    """Enter a block: end what was collected, and note what is to be put back when all below it is done."""
    if writer.apart:
        writer.inline.append(" ")
        return ("joined",)
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
    if writer.inline or writer.asides:
        writer.flush()
    kind, role, level, mark = writer.kind, writer.role, writer.level, writer.mark
    first = len(writer.layout.drafts)
    named: Role | None = None
    until: tuple[str, int] | None = None
    label = title = False
    hidden = tag in STRUCK
    if attributes:
        names = attributes.get("class") or ""
        part = attributes.get("id")
        if part:
            names = f"{names} {part}"
        if "et_pb_tab_" in names and (tab := DIVI_TAB.search(names)):
            part = tab[0]
            if tag == "li":
                writer.name_part(part, node.text() or "")
                part = ""
        if part and (opener := writer.parts.get(part)):
            until = (opener, first)
        if names:
            named, label, title, hides_too = names_say(names)
            hidden = hidden or hides_too
            if "star" in names:
                writer.add_stars(stars_named(names))
            if named is None and is_small_popup(names, node):
                named = Role.BANNER
        if style := attributes.get("style"):
            hides, heavy = style_says(style)
            hidden, title = hidden or hides, title or heavy
    telling = named is not None or hidden or tag in ROLE_TAGS or (attributes and not ROLE_SIGNS.isdisjoint(attributes))
    certain = False
    if telling and not (tag == "footer" and kind is BlockKind.QUOTE):
        writer.role = role_of(tag, attributes, named, hidden, role)
        certain = not named or writer.role is role_of(tag, attributes, None, hidden, role)
    changed = telling or label or title or level or mark == OPENS or until
    if not changed and tag not in _SPECIAL and (not attributes or BUTTON_SIGNS.isdisjoint(attributes)):
        return ("box", first)
    table = (writer.cell, writer.columns, writer.section, writer.tables) if tag == "table" else None
    if tag in HEADINGS:
        writer.kind, writer.level = BlockKind.HEADING, HEADINGS[tag]
    elif attributes and attributes.get("role") == "heading":
        depth = attributes.get("aria-level") or "2"
        writer.kind, writer.level = BlockKind.HEADING, int(depth) if depth in {"1", "2", "3", "4", "5", "6"} else 2
    elif tag in LABEL_TAGS or (attributes and not BUTTON_SIGNS.isdisjoint(attributes) and opens(tag, attributes, node)):
        writer.mark, writer.part = OPENS, opened_part(attributes)
        if not level:
            writer.kind = BlockKind.PARAGRAPH
    elif level or mark == OPENS:
        pass  # a block inside a heading or a button is still that
    elif tag == "li":
        writer.kind, writer.mark = BlockKind.LIST_ITEM, 0
    elif tag == "blockquote":
        writer.kind, writer.mark = BlockKind.QUOTE, 0
    elif tag == "table":
        writer.tables += 1
        writer.cell = writer.tables <= _NESTED_TABLES and is_data(node, attributes)
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
            writer.mark = LABELLED
            # What a question opens stands beside it in the item; a tab's label is alone there.
            if kind is BlockKind.LIST_ITEM and (beside := next_element(node)) is not None and beside.tag not in INLINE:
                writer.kind = BlockKind.PARAGRAPH
        elif title and not mark:
            writer.mark = TITLED
    return ("block", tag, kind, role, level, mark, first, certain, until, table)


def _leave(left: tuple[Any, ...], writer: Writer) -> None:
    what = left[0]
    if what == "block":
        if writer.inline or writer.asides:
            writer.flush()
        _, tag, kind, role, level, mark, first, certain, until, table = left
        layout = writer.layout
        if len(layout.drafts) > first:
            if writer.labels or writer.stars >= first:
                writer.close(first)
            if writer.role is not role and writer.role is not Role.HIDDEN:
                layout.regions.append(Region(first, len(layout.drafts), writer.role, role, certain))
            if until:
                layout.panels.append((until[1], until[0], len(layout.drafts)))
        if tag == "tr" and writer.cell:
            writer.end_row(first)
        if table:
            writer.cell, writer.columns, writer.section, writer.tables = table
        if mark != OPENS and writer.mark == OPENS:
            writer.part = ""
        writer.kind, writer.role, writer.level, writer.mark = kind, role, level, mark
    elif what == "box":
        if writer.inline or writer.asides:
            writer.flush()
        if (writer.labels or writer.stars >= left[1]) and len(writer.layout.drafts) > left[1]:
            writer.close(left[1])
    elif what == "link":
        writer.link -= 1
    elif what == "bold":
        writer.bold -= 1
    elif what == "joined":
        writer.inline.append(" ")
    elif what == "aside":
        writer.link -= left[1] == "a"
        writer.go_on(left[2])
    elif what == "quote":
        writer.quote -= 1
        writer.inline.append("”")
    else:
        writer.link -= 1
        writer.bold -= 1


def _clean(text: str) -> str:
    return " ".join(INVISIBLE.sub("", text).split())
