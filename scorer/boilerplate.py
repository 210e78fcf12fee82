"""What a clinic's site repeats on page after page: banners, calls to action, disclaimers that no markup gives away."""

import re
from collections import Counter
from collections.abc import Sequence

from scorer.page import BlockKind, Page

_NO_LETTERS = re.compile(r"[\W\d_]+")
_NO_ASCII_LETTERS = dict.fromkeys(code for code in range(128) if not chr(code).isalpha())
_MOST_PAGES = 0.6
_FEWEST_PAGES = 4


def repeated_blocks(
    pages: Sequence[Page], *, share: float = _MOST_PAGES, fewest: int = _FEWEST_PAGES
) -> list[frozenset[int]]:
    """For each page the numbers of its blocks that stand on most of the clinic's pages and stood on an earlier one of these.

    Give all pages of one clinic, the likeliest home of a statement first. A statement that is repeated is still the clinic's: it
    stands once, where it was first met, so evidence in a numbered block counts nothing a second time. Headings are never numbered,
    since other blocks stand below them. Nothing is numbered where fewer than `fewest` pages hold the text.
    """
    on: Counter[str] = Counter()
    folded = [[_folded(page.text[block.start : block.end]) for block in page.blocks] for page in pages]
    for texts in folded:
        on.update(set(texts))
    least = max(fewest, share * len(pages))
    met: set[str] = set()
    repeated = []
    for page, texts in zip(pages, folded, strict=True):
        again = frozenset(
            number
            for number, text in enumerate(texts)
            if text in met and on[text] >= least and page.blocks[number].kind is not BlockKind.HEADING
        )
        repeated.append(again)
        met.update(texts)
    return repeated


def _folded(text: str) -> str:
    """Years and counts change from page to page where the words stay."""
    if text.isascii():  # the same, and many times quicker
        return text.lower().translate(_NO_ASCII_LETTERS)
    return _NO_LETTERS.sub("", text.casefold())
