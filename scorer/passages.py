"""Pages to passages of tokens for the taught reader: sentences in order, each with its place, under page kind, title and headings.

A sentence cannot be judged alone: whose practice it tells of is said by its heading, its question, or the paragraph before, and what
the whole page is about (its own treatment, another service, advice on choosing) by how it opens. So the unit that is read (and kept,
by digest) is a passage of some sentences under the page's opening words; each distinct passage is read once.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain, islice
from typing import Protocol

from scorer.names import own_name
from scorer.page import Block, BlockKind, Page, Role, Sentence
from scorer.sentences import sentences

MAX_TOKENS = 352
# So much of what was said before is read again with each new passage, as its context.
OVERLAP_TOKENS = 64
_SENTENCE_TOKENS = 96
# Words with which the page's own text opens, read again with each later passage.
_OPENING_TOKENS = 40
_MARKS = {
    BlockKind.HEADING: "# ",
    BlockKind.LIST_ITEM: "- ",
    BlockKind.QUOTE: "> ",
    BlockKind.TABLE_ROW: "| ",
}


class Tokenizer(Protocol):
    """What turns text into token numbers, without special tokens."""

    def ids(self, text: str) -> list[int]:
        """The numbers of the text's tokens."""
        ...


@dataclass(frozen=True, slots=True)
class Passage:
    """Tokens with the sentences that are to be judged in them: `spans[i]` are the token bounds of `sentences[i]`."""

    tokens: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]
    sentences: tuple[int, ...]

    def digest(self) -> str:
        """The same for the same tokens and spans, on every machine."""
        return sha256(repr((self.tokens, self.spans)).encode()).hexdigest()


def passages(page: Page, tokenizer: Tokenizer) -> tuple[list[Sentence], list[Passage]]:
    """The page's sentences, and the passages that hold each of them once (numbers index into the sentences)."""
    found = list(sentences(page))
    name = own_name(page.clinic) if page.clinic else None

    def encoded(text: str) -> list[int]:
        return tokenizer.ids(name.sub("our clinic", text) if name else text)

    head = encoded(f"{page.kind} page: {page.title}")[:24] + tokenizer.ids(".")
    units: list[tuple[int, list[int]]] = []
    last_block = -1
    for number, sentence in enumerate(found):
        block = page.blocks[sentence.block]
        mark = _MARKS.get(block.kind, "") if sentence.block != last_block else ""
        if mark and block.role is Role.TESTIMONIAL:
            mark = "> "
        last_block = sentence.block
        units.append((number, encoded(mark + page.text[sentence.start : sentence.end])[:_SENTENCE_TOKENS]))
    opening = _opening((page.blocks[found[number].block], ids) for number, ids in units)
    built: list[Passage] = []
    at = 0
    while at < len(units):
        # How the page opens, headings above the first sentence, the sentences just before it, then as many new ones as fit.
        tokens = head + (opening if at else []) + _headings(page.blocks[found[units[at][0]].block], encoded)
        before = at
        room = OVERLAP_TOKENS
        while before > 0 and len(units[before - 1][1]) <= room:
            before -= 1
            room -= len(units[before][1])
        for _, ids in units[before:at]:
            tokens += ids
        spans: list[tuple[int, int]] = []
        numbers: list[int] = []
        while at < len(units) and (not spans or len(tokens) + len(units[at][1]) <= MAX_TOKENS):
            number, ids = units[at]
            spans.append((len(tokens), len(tokens) + len(ids)))
            numbers.append(number)
            tokens = tokens + ids
            at += 1
        built.append(Passage(tuple(tokens), tuple(spans), tuple(numbers)))
    return found, built


def _opening(said: Iterable[tuple[Block, list[int]]]) -> list[int]:
    """The first words of the page's own prose; menus, banners and headings are none."""
    prose = (ids for block, ids in said if block.role is Role.MAIN and block.kind is not BlockKind.HEADING)
    return list(islice(chain.from_iterable(prose), _OPENING_TOKENS))


def _headings(block: Block, encoded: Callable[[str], list[int]]) -> list[int]:
    tokens: list[int] = []
    for heading in block.heading_path[-3:]:
        tokens += encoded("# " + heading)[:24]
    return tokens
