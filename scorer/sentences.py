"""Blocks to sentences with exact offsets: a guarded regular expression, made for web prose, answers and list items."""

import re
from collections.abc import Iterator
from functools import lru_cache

from scorer.page import BlockKind, Page, Sentence

# A full stop after one of these ends no sentence when a capital follows. Lower case, without the dot.
_ABBREVIATIONS = frozenset(
    "dr mr mrs ms mx prof rev sr jr st mt ft vs etc approx appt dept est fig inc ltd llc co corp nos vol pp ed eds al "
    "e.g i.e a.m p.m i.v i.m u.s u.k d.c ph.d m.d d.o r.n n.p p.a b.a m.a m.s b.s psy.d ave blvd rd dnp.d hon sen gov gen col lt sgt capt "
    "jan feb mar apr jun jul aug sep sept oct nov dec tel ext min mins hr hrs wk wks mg ml kg lb lbs oz incl excl".split()
)
# These abbreviations end a sentence as often as not: the next word decides.
_MAY_END = frozenset(
    "a.m p.m u.s u.k d.c ph.d m.d d.o r.n n.p p.a psy.d inc ltd llc co corp etc st ave blvd rd appt dept "
    "min mins hr hrs wk wks mg ml kg lb lbs oz".split()
)
_STARTERS = frozenset(
    "the a an we our you your it its this that these those there they he she his her i if in on at for from to and but or so "
    "no yes not please each every all most some many ask call bring wear after before during when once while then".split()
)

# "Vitamin C." and "Type I." end in a letter that is no initial of a name.
_LETTERED = re.compile(r"(?:vitamin|hepatitis|type|plan|part|option|grade|group|class)\s$", re.I)
# A dot inside these is no full stop, though a capital follows: "Calm.Example", "calm.Com".
_DOMAIN = re.compile(r"(?:com|org|net|edu|gov|info|health|care|clinic|example|test)\b", re.I)
# How far around a mark is looked at; longer words are none.
_REACH = 32

_END = re.compile(
    r"""
    (?P<stop>                                         # the mark itself, which stands first, so that the search leaps from mark to mark
        [.!?…] (?: (?<=[!?…])[!?…]* | (?<=\.)(?<!\.\.)(?:\.\.)?(?!\.) )  # four dots and more are leaders in price lists
    )
    (?P<close>                                        # what closes with it, numbers of notes too
        (?: (?<=[a-z]{3}\.) \d{1,2} (?=\s) )? [\"'”’»)\]*_]* (?: [¹²³⁴-⁹⁰†‡]+ | \[\d{1,3}\] )*
    )
    (?: (?P<space> \s+ ) | (?= [A-Z“"] ) )            # white space, or a capital that was run on: "safe?Yes"
    """,
    re.VERBOSE,
)
# Characters of the longest sentence; longer ones are parted.
LONGEST = 400
_CELL = re.compile(r"[^|]+")
_LAST_WORD = re.compile(r"[\w.&'-]+$")
_OPENING = "\"'“‘«([*_#>-–—•· "


@lru_cache(maxsize=20_000)  # menus, footers and calls to action stand on page after page
def split(text: str) -> tuple[tuple[int, int], ...]:
    """The sentences of one block as (start, end) into `text`, outer white space left out; never empty ones."""
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        if _ends_here(text, start, match):
            end = match.end("close")
            _append(spans, text, start, end)
            start = match.end()
    _append(spans, text, start, len(text))
    return tuple(spans)


def sentences(page: Page) -> Iterator[Sentence]:
    """Every sentence of a page in order, with offsets into its text. A heading is one sentence, and so is a table row, but where its
    cells hold prose."""
    for number, block in enumerate(page.blocks):
        text = page.block_text(block)
        if block.kind is BlockKind.HEADING:
            spans = split_nothing(text)
        elif block.kind is BlockKind.TABLE_ROW:
            spans = split_row(text)
        else:
            spans = split(text)
        for start, end in spans:
            yield Sentence(block.start + start, block.start + end, number)


@lru_cache(maxsize=20_000)
def split_row(text: str) -> tuple[tuple[int, int], ...]:
    """The row as one sentence, so that a figure keeps its label; the sentences of its cells where one of them holds several."""
    cells = [(cell.start(), split(cell.group())) for cell in _CELL.finditer(text)]
    if all(len(spans) < 2 for _, spans in cells):
        return split_nothing(text)
    return tuple((at + start, at + end) for at, spans in cells for start, end in spans)


def split_nothing(text: str) -> tuple[tuple[int, int], ...]:
    """The whole block as one sentence."""
    spans: list[tuple[int, int]] = []
    _append(spans, text, 0, len(text))
    return tuple(spans)


def _append(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > LONGEST:
        # Text without full stops, such as a list run together: cut where a part of it ends.
        cut = max(text.rfind(mark, start + LONGEST // 2, start + LONGEST) for mark in ("; ", ", ")) + 1
        cut = cut or text.rfind(" ", start + 1, start + LONGEST) + 1 or start + LONGEST
        spans.append((start, cut - (text[cut - 1] == " ")))
        start = cut
        while text[start].isspace():
            start += 1
    if end > start:
        spans.append((start, end))


def _ends_here(text: str, start: int, match: re.Match[str]) -> bool:
    following = text[match.end() : match.end() + _REACH].lstrip(_OPENING)
    if match["space"] is None:
        # "safe?Yes" was run on by an export; "example.Com" and "U.S." were not.
        return _run_on(text, match)
    if not following:
        return True
    if match["stop"][0] in "!?":
        return not (match["close"] and following[0].islower())
    if following[0].islower():
        return False
    at = match.start()
    if at - start <= 4 and re.fullmatch(r"\(?\d{1,2}", text[start:at].strip()):
        return False  # "1. First step" is one sentence
    last = _last_word(text[max(start, at - _REACH) : at])
    if len(last) == 1 and last.isalpha() and last != "i":
        # An initial: "J. Moore".
        return bool(_LETTERED.search(text, max(start, at - _REACH), at - 1))
    if last == "no" and following[0].isdigit():
        return False  # "No. 4"
    if last in _ABBREVIATIONS:
        first = re.match(r"[\w']+", following)
        return last in _MAY_END and first is not None and first.group().lower() in _STARTERS
    return True


def _last_word(before: str) -> str:
    word = before[before.rfind(" ") + 1 :]
    if not word.isalpha() and (match := _LAST_WORD.search(word)):
        word = match.group()
    elif not word.isalpha():
        return ""
    return word.strip("'").lower()


def _run_on(text: str, match: re.Match[str]) -> bool:
    """Whether two sentences were run together at this mark: whole words on both sides, and no address around it."""
    before = text[max(0, match.start() - _REACH) : match.start()]
    after = text[match.end() : match.end() + _REACH]
    if "://" in before or "www." in before.lower():
        return False
    if match["stop"][0] in "!?":
        return True
    if match["stop"] != ".":
        return False
    last, first = before[-4:], after[:3]
    return len(last) == 4 and last.isalpha() and last.islower() and first[1:].islower() and not _DOMAIN.match(after)
