"""Blocks as they are being read, and what can be said of them only when the whole page is: roles, headings, quotations."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from scorer.page import Block, BlockKind, Role

# A name is believed of a region only up to this share of a page's words: themes put "menu" or "footer" on the whole page too.
_MOST_OF_A_PAGE = 0.6
_FEW_WORDS = 80
_HEADING_LENGTH = 160
_FOR_EVER = 1 << 60
# Each is looked for in the whole page, so that without end they would hold up the reading; people write some dozens.
_MOST_QUESTIONS = 300


@dataclass(slots=True)
class Draft:
    """A block before its headings are known. `words`, and how many of them stand in links."""

    kind: BlockKind
    text: str
    role: Role
    level: int
    words: int
    links: int
    # The block at which a label stops ruling; headings rule until the next of their level.
    until: int = _FOR_EVER
    # The column headers and the section of a table's row.
    under: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Region:
    """Blocks `first:last` that markup gave a role; `certain` where a tag said so and not only a name."""

    first: int
    last: int
    role: Role
    outer: Role
    certain: bool


@dataclass(slots=True)
class Layout:
    """All that was read of a page, in order."""

    drafts: list[Draft] = field(default_factory=list)
    regions: list[Region] = field(default_factory=list)
    # Labels that stand elsewhere (tabs): at which block each begins to rule, its text, and where it ends.
    panels: list[tuple[int, str, int]] = field(default_factory=list)

    def finish(self) -> tuple[str, tuple[Block, ...]]:
        """The page's text and its blocks, each with its offsets and headings."""
        self._confirm_regions()
        self._mark_cookie_lines()
        self._mark_quotations()
        paths = self._paths()
        blocks, at = [], 0
        for draft, path in zip(self.drafts, paths, strict=True):
            end = at + len(draft.text)
            blocks.append(Block(draft.kind, at, end, path, draft.role, draft.level))
            at = end + 1
        return "\n".join([draft.text for draft in self.drafts]), tuple(blocks)

    def _confirm_regions(self) -> None:
        """Take back roles that only a name gave and the text does not bear out."""
        if not self.regions:
            return
        total = sum(draft.words for draft in self.drafts)
        for region in self.regions:
            inside = self.drafts[region.first : region.last]
            words = sum(draft.words for draft in inside)
            if region.role is Role.MENU:
                linked = sum(draft.links for draft in inside)
                if region.certain:
                    believed = linked >= 0.3 * words or all(
                        draft.words <= 5 and draft.text[-1] not in ".!" for draft in inside
                    )
                else:
                    # Price lists are named menus as well.
                    believed = linked >= 0.6 * words and not any(_CURRENCY.search(draft.text) for draft in inside)
            else:
                believed = region.certain or words <= _FEW_WORDS or words <= _MOST_OF_A_PAGE * total
            if not believed:
                for draft in inside:
                    if draft.role is region.role and not (draft.role is Role.MENU and only_links(draft)):
                        draft.role = region.outer

    def _mark_cookie_lines(self) -> None:
        """Banners that no name gives away, by what they say; and their buttons."""
        near = False
        for draft in self.drafts:
            if "ookies" in draft.text and draft.words <= 60 and _COOKIES.search(draft.text):
                draft.role, near = Role.BANNER, True
            elif near and draft.words <= 4 and _COOKIE_BUTTON.match(draft.text):
                draft.role = Role.BANNER
            else:
                near = False

    def _mark_quotations(self) -> None:
        """A paragraph in quotation marks with a name after it is somebody's words; an owner's reply among reviews is not."""
        following: Draft | None = None
        for number in range(len(self.drafts) - 1, -1, -1):
            draft = self.drafts[number]
            if (
                draft.words >= 6
                and draft.text[0] in "“\"‘'"
                and draft.kind in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM)
            ):
                after = _SIGNED.search(draft.text)
                by = after["by"] if after else ""
                if not after and following is not None and following.words <= 8 and draft.text[-1] in "”\"’'":
                    signature = _SIGNATURE.match(following.text)
                    by = signature["by"] if signature else ""
                if by and not _STAFF.search(by):
                    draft.kind = BlockKind.QUOTE
            elif draft.role is Role.TESTIMONIAL and _REPLY.match(draft.text):
                draft.role = Role.MAIN
                if draft.words <= 8 and following is not None:
                    following.role = Role.MAIN
            following = draft

    def _paths(self) -> list[tuple[str, ...]]:
        """The headings over each block. Those of a menu, banner or footer rule nothing outside of it."""
        starts: dict[int, list[tuple[str, int]]] = {}
        for first, text, until in self.panels:
            starts.setdefault(first, []).append((text, until))
        ends = {draft.until for draft in self.drafts} | {until for _, _, until in self.panels}
        main: list[tuple[int, str, int]] = []
        heads, apart = main, Role.MAIN
        path: tuple[str, ...] = ()
        paths = []
        for number, draft in enumerate(self.drafts):
            role = Role.MAIN if draft.role is Role.HIDDEN else draft.role
            if role is not apart:
                apart = role
                heads = main if role is Role.MAIN else list(main) if role is Role.TESTIMONIAL else []
                path = tuple([text for _, text, _ in heads])
            if number in ends:
                main[:] = [head for head in main if head[2] > number]
                if heads is not main:
                    heads = [head for head in heads if head[2] > number]
                path = tuple([text for _, text, _ in heads])
            for text, until in starts.get(number, ()):
                if text not in path:
                    heads[:] = [head for head in heads if head[0] < 8]
                    heads.append((8, text, until))
                    path = (*[name for _, name, _ in heads],)
            if draft.level:
                level = draft.level
                heads[:] = [head for head in heads if head[0] < level]
                paths.append(tuple([text for _, text, _ in heads]))
                heads.append((level, draft.text[:_HEADING_LENGTH], draft.until))
                path = (*paths[-1], draft.text[:_HEADING_LENGTH])
            else:
                paths.append((*path, *draft.under) if draft.under else path)
        return paths


def only_links(draft: Draft) -> bool:
    """Whether a block is a link or a few, and says nothing besides: an entry of a menu, wherever it stands."""
    return (
        not draft.level
        and 0 < draft.words <= 6
        and draft.links >= 0.8 * draft.words
        and draft.text[-1] != "?"
        and "$" not in draft.text
    )


def unseen(drafts: Sequence[Draft], asked: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The questions whose answers no block shows, nor one before them; compared by letters and figures, for tags and quotes are
    written in many ways."""
    first = list(islice(asked, _MOST_QUESTIONS))
    shown = _letters(" ".join([draft.text for draft in drafts])) if first else ""
    for question, answer in first:
        wanted = _letters(answer)[:60]
        if wanted and wanted not in shown:
            shown += _letters(f"{question} {answer}")
            yield question, answer


def _letters(text: str) -> str:
    return _NO_LETTERS.sub("", text).casefold()


_CURRENCY = re.compile(r"[$£€]")
_NO_LETTERS = re.compile(r"[\W_]+")
_COOKIES = re.compile(
    r"\b(?:uses?|using|accept(?:ing)?|allow|store|stores|place)\b[^.!?]{0,60}\bcookies\b|\bcookies\b[^.!?]{0,60}\b(?:experience|browsing|consent|"
    r"preferences|traffic)\b", re.I
)  # fmt: skip
_COOKIE_BUTTON = re.compile(
    r"(?:accept|reject|decline|deny|allow|manage|customi[sz]e|cookies?|privacy|settings|preferences|save|got it|ok|okay|i agree|close"
    r"|learn more)\b",
    re.I,
)
_SIGNED = re.compile(r"[”\"’']\s*[-–—~]\s*(?P<by>[^“”\"]{2,60})$")
_SIGNATURE = re.compile(r"[-–—~]\s*(?P<by>.{2,60})$")
_STAFF = re.compile(
    r"\b(?:Dr|Doctor|MD|M\.D|DO|D\.O|PhD|NP|PMHNP|CRNA|RN|founder|owner|director|psychiatrist|nurse|our)\b", re.I
)
_REPLY = re.compile(
    r"(?:response|reply|answer)\s+from\s+(?:the\s+)?(?:owner|clinic|practice|business|team)"
    r"|(?:owner|clinic)['’]?s?\s+(?:reply|response)\b",
    re.I,
)
