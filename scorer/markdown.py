"""Light Markdown and plain text to a page: `#` headings, `-` lists, `>` quotes, bold questions; offsets into the text as given."""

import re

from scorer.page import Block, BlockKind, Page, Role
from scorer.pagekind import page_kind

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*$")
_ITEM = re.compile(r"\s*(?:[-*•–●▪◦‣✓✔]|\d{1,2}[.)])\s+(?=\S)")
_QUOTE = re.compile(r"\s*>\s?")
_TABLE = re.compile(r"\s*\|.*\|\s*$")
# Lines that draw: rules between sections, and the rule under a table's header.
_RULE = re.compile(r"\s*(?:(?:[-*_=]\s*){3,}|\|?(?:\s*:?-+:?\s*\|)+\s*(?::?-+:?)?\s*)$")
_BOLD_LINE = re.compile(r"\*\*(?P<text>[^*]+)\*\*:?$")
# A line that a person wrapped by hand goes on in the next: longer than this, no full stop, and a small letter follows.
_WRAPPED_FROM = 60


def read_markdown(text: str, *, title: str = "", address: str = "", clinic: str = "") -> Page:
    """A page from light Markdown. `text` is kept as it is, so every offset and quote is exact in it."""
    blocks: list[Block] = []
    headings: list[tuple[int, str]] = []
    columns: tuple[str, ...] = ()
    for start, end in _lines(text):
        line = text[start:end]
        path = tuple(name for _, name in headings)
        if _RULE.match(line):
            if "|" in line and blocks and blocks[-1].kind is BlockKind.TABLE_ROW:
                columns = (_columns(text[blocks[-1].start : blocks[-1].end]),)
            continue
        if heading := _HEADING.match(line):
            level, name = len(heading[1]), heading[2].strip("* ")
            if not name:
                continue
            headings = [(depth, kept) for depth, kept in headings if depth < level]
            path = tuple(kept for _, kept in headings)
            blocks.append(
                Block(BlockKind.HEADING, start + heading.start(2), start + heading.end(2), path, Role.MAIN, level)
            )
            headings.append((level, name))
            continue
        if bold := _BOLD_LINE.match(line):
            # A line that is bold from end to end is a heading that the export flattened; it rules until the next heading.
            headings = [(depth, kept) for depth, kept in headings if depth < 7]
            path = tuple(kept for _, kept in headings)
            kind = BlockKind.QUESTION if bold["text"].rstrip().endswith("?") else BlockKind.HEADING
            blocks.append(Block(kind, start, end, path, Role.MAIN, 7))
            headings.append((7, bold["text"].strip(" :")))
            continue
        kind = BlockKind.PARAGRAPH
        if mark := _QUOTE.match(line):
            kind = BlockKind.QUOTE
        elif mark := _ITEM.match(line):
            kind = BlockKind.LIST_ITEM
        elif _TABLE.match(line):
            kind = BlockKind.TABLE_ROW
            path += columns
        if kind is not BlockKind.TABLE_ROW:
            columns = ()
        first = start + (mark.end() if mark else 0)
        if first < end:
            blocks.append(Block(kind, first, end, path, Role.MAIN if columns else _role(line)))
    kind_of_page = page_kind(address, title, (text[b.start : b.end] for b in blocks if b.kind is BlockKind.HEADING))
    return Page(address, title, kind_of_page, text, tuple(blocks), clinic)


def _lines(text: str) -> list[tuple[int, int]]:
    """Lines with their offsets, white space stripped; hand-wrapped lines joined to one."""
    spans: list[tuple[int, int]] = []
    position = 0
    open_ended = False
    for line in text.splitlines(keepends=True):
        stripped = line.strip()
        start = position + len(line) - len(line.lstrip())
        position += len(line)
        if not stripped:
            open_ended = False
            continue
        if open_ended and stripped[0].islower() and text[spans[-1][0]] not in "#|":
            spans[-1] = (spans[-1][0], start + len(stripped))
        else:
            spans.append((start, start + len(stripped)))
        open_ended = len(stripped) > _WRAPPED_FROM and stripped[-1] not in ".!?:"
    return spans


def _columns(row: str) -> str:
    """The cells of a table's header row as one heading."""
    return " | ".join(cell for cell in (cell.strip(" *") for cell in row.split("|")) if cell)


def _role(line: str) -> Role:
    """Menus and footers that an export left in the text: short parts between bars, dots or arrows."""
    parts = [part for part in re.split(r"\s[|·•>/»]\s|\s{3,}", line.strip()) if part.strip()]
    if len(parts) >= 3 and all(len(part.split()) <= 4 for part in parts) and not re.search(r"[$£€]?\d{3}", line):
        return Role.MENU
    return Role.FOOTER if line.lstrip().startswith("©") else Role.MAIN
