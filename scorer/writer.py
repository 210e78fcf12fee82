"""The words of a page as they are met, gathered to blocks: inline text joined, labels and headings told from prose, rows to cells."""

import re

from scorer.layout import Draft, Layout, only_links
from scorer.markup import LABEL_LEVEL, MADE_LEVEL, MANY_STARS
from scorer.page import BlockKind, Role

# Soft hyphens, blanks without width, and marks for the direction of writing.
INVISIBLE = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]+")
# How sure it is that a block rules what follows it: a box named "title", one named as a label, a button that opens.
TITLED, LABELLED, OPENS = 1, 2, 3
_SHORT, _QUESTION_LENGTH, _LABEL_LENGTH = 14, 30, 40
_NO_LABEL = re.compile(
    r"(?:(?:read|show|see|learn|view|load)\s+(?:more|less|all)|more|less|menu|toggle\s.*|close|open|next|previous|prev|back)\W*$",
    re.I,
)
_STARS = re.compile(r"[★⭐]{3}|^[1-5](?:\.\d)?\s*(?:/|out of)\s*5(?:\s+stars?)?$")
_CURRENCY = frozenset("$£€")
_SUM = re.compile(r"[$£€]\s?\d[\d,]*(?P<cents>\.\d\d)?$")

# A sentence that is interrupted: its text, its words in links, bold letters and quotations, whether a line or a box just ended.
Around = tuple[list[str], int, int, int, bool, int]


class Writer:
    """Collects inline text until a block ends, then writes the block as a draft."""

    __slots__ = (
        "apart", "asides", "bold", "bolds", "broken", "cell", "cells", "columns", "heads", "inline", "kind", "labels", "layout",
        "level", "link", "links", "mark", "part", "parts", "quote", "quotes", "role", "seam", "section", "starred", "stars",
        "tables",
    )  # fmt: skip

    def __init__(self) -> None:
        self.layout = Layout()
        self.inline: list[str] = []
        self.kind, self.role, self.level, self.mark = BlockKind.PARAGRAPH, Role.MAIN, 0, 0
        # How deep the walk is in links, bold letters and quotations, and how many words of the block stand in them.
        self.link = self.bold = self.quote = 0
        self.links = self.bolds = self.quotes = 0
        # Whether the walk is in hidden inline text, and such text of the block that is being collected.
        self.apart = False
        self.asides: list[Draft] = []
        self.broken = self.cell = False
        self.seam = 0
        # Labels whose end is still to come; what they open, by id; where a rating was seen last, and how many stars where.
        self.labels: list[int] = []
        self.part = ""
        self.parts: dict[str, str] = {}
        self.stars = -1
        self.starred = (0, 0)
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

    def break_line(self) -> None:
        """A line break ends a block, unless the sentence plainly goes on in the next line or the line is a heading's or a cell's."""
        if self.cell or self.level or self.mark == OPENS or self.apart:
            self.inline.append(" ")
        elif self.inline:
            self.broken = True

    def set_aside(self) -> Around:
        """Begin text that is no part of the sentence around it. Returns that sentence, for `go_on`."""
        around = (self.inline, self.links, self.bolds, self.quotes, self.broken, self.seam)
        self.inline, self.links, self.bolds, self.quotes, self.broken, self.seam = [], 0, 0, 0, False, 0
        self.apart = True
        return around

    def go_on(self, around: Around) -> None:
        """Go on with a sentence; what was set aside becomes a hidden block of its own, written when the sentence is."""
        text = " ".join(INVISIBLE.sub("", "".join(self.inline)).split())
        if text:
            role = Role.HIDDEN if self.role is Role.MAIN else self.role
            draft = Draft(BlockKind.PARAGRAPH, text, role, 0, text.count(" ") + 1, self.links)
            if role is Role.HIDDEN and only_links(draft):
                draft.role = Role.MENU
            self.asides.append(draft)
        self.inline, self.links, self.bolds, self.quotes, self.broken, self.seam = around
        self.apart = False

    def add_raised(self, text: str) -> None:
        """Before raised or lowered text: two figures right after a sum are its cents, others the number of a note."""
        if text.isdecimal() and (amount := _SUM.search("".join(self.inline[-6:]))):
            self.inline.append("." if len(text) == 2 and not amount["cents"] else " ")

    def add_stars(self, count: int) -> None:
        """Stars that are drawn. Those of one block count together: each line of a list may have one as its bullet."""
        at, before = self.starred
        here = len(self.layout.drafts)
        self.starred = (here, count + before if at == here else count)
        if self.starred[1] >= MANY_STARS:
            self.stars = here

    def name_part(self, part: str, label: str) -> None:
        """A tab's label, by the part of the page that it opens. A part with several labels is no tab's."""
        text = " ".join(INVISIBLE.sub("", label).split())
        if text.count(" ") < _SHORT and not _NO_LABEL.match(text) and any(map(str.isalpha, text)):
            self.parts[part] = text if self.parts.get(part, text) == text else ""

    def flush(self) -> None:
        """End the block that is being collected, if it holds any text."""
        drafts = self.layout.drafts
        first = len(drafts)
        self._write()
        if self.asides:
            if self.level and len(drafts) == first:
                # A heading for screen readers alone is still one.
                self.asides[-1].kind, self.asides[-1].level = self.kind, self.level
            drafts += self.asides
            self.asides.clear()

    def _write(self) -> None:
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
            text = " ".join(INVISIBLE.sub("", text).split())
            words = text.count(" ") + 1
            if not text:
                return
        drafts = self.layout.drafts
        kind, role, level = self.kind, self.role, self.level
        scoped = False
        if level:
            scoped = self.mark > TITLED
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
        if level and self.asides:
            # What follows a label or heading is what it rules; hidden text of its own stands before it.
            drafts += self.asides
            self.asides.clear()
        draft = Draft(kind, text, role, level, words, links)
        if role is Role.MAIN and links and only_links(draft):
            draft.role = Role.MENU
        if ("★" in text or "⭐" in text or (words <= 5 and "5" in text)) and _STARS.search(text):
            self.stars = len(drafts)
        if scoped:
            self.labels.append(len(drafts))
            if self.part:
                self.parts[self.part], self.part = text, ""
        drafts.append(draft)
        if kind is BlockKind.TABLE_ROW and (self.columns or self.section):
            draft.under = tuple([name for name in (self.columns, self.section) if name])

    def _rank(self, text: str, words: int, links: int, bolds: int) -> int:
        """The level at which a paragraph rules what follows it, 0 for one that does not."""
        if self.mark == OPENS:
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
        if self.mark == LABELLED:
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
        rows = [draft for draft in self.layout.drafts[first:] if draft.kind is BlockKind.TABLE_ROW]
        if len(rows) == 1 and self.cells:
            row = rows[0]
            if self.heads == self.cells:
                if self.cells > 1:
                    self.columns, self.section = row.text, ""
                else:
                    self.section = row.text
                row.under = ()
        self.cells = self.heads = 0
