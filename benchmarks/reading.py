"""How fast pages are read, and how many of their words are kept, beside others that do the job.

    python benchmarks/reading.py [--pages 60] [--folder DIR]... [--runs 5]

Needs the extra `benchmarks`. All readers run in one process pinned to one core, in turns over the same decoded pages, so only the
ratios mean anything: the same code moves by half between two runs of a quiet machine. `kept` is the share of the visible words
(every text node but those of script, style, noscript, template and svg) that a reader gives back.
"""

import argparse
import os
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import trafilatura
from bs4 import BeautifulSoup, NavigableString, Tag
from bs4.element import PreformattedString
from selectolax.lexbor import LexborHTMLParser
from web_pages import page

from scorer.charset import decoded
from scorer.text import read_html

_SKIPPED = {"script", "style", "noscript", "template", "svg"}
_INLINE = set(
    "a abbr b bdi cite code em font i ins kbd label mark q s small span strong sub sup time u var wbr".split()
)
_WORD = re.compile(r"\w+")


def soup(html: str) -> str:
    """A walk over BeautifulSoup's tree (lxml below it) that keeps the same words: blocks by tag, inline markup joined."""
    blocks: list[str] = []
    inline: list[str] = []

    def flush() -> None:
        if text := " ".join("".join(inline).split()):
            blocks.append(text)
        inline.clear()

    def walk(node: Tag) -> None:
        for child in node.children:
            if isinstance(child, Tag):
                if child.name in _SKIPPED:
                    continue
                apart = child.name not in _INLINE
                if apart:
                    flush()
                walk(child)
                if apart:
                    flush()
            elif isinstance(child, NavigableString) and not isinstance(child, PreformattedString):
                inline.append(child)

    tree = BeautifulSoup(html, "lxml")
    try:
        walk(tree.body or tree)
    except RecursionError:
        return ""
    flush()
    return "\n".join(blocks)


READERS: dict[str, Callable[[str], str]] = {
    "parse alone (lexbor)": lambda html: str(LexborHTMLParser(html).root is None),
    "ours": lambda html: read_html(html).text,
    "BeautifulSoup walk": soup,
    "trafilatura": lambda html: trafilatura.extract(html) or "",
}


def visible(html: str) -> Counter[str]:
    """The words of a page's visible text nodes."""
    tree = LexborHTMLParser(html)
    for node in tree.css(", ".join(_SKIPPED)):
        node.decompose()
    nodes = tree.body.traverse(include_text=True) if tree.body else ()
    return words(" ".join(node.text_content or "" for node in nodes if node.tag == "-text"))


def words(text: str) -> Counter[str]:
    """The words of a text, soft hyphens and zero-width spaces aside."""
    return Counter(_WORD.findall(re.sub("[\u00ad\u200b]", "", text)))


def measure(pages: list[str], runs: int) -> None:
    """Print the table of one corpus."""
    rates: dict[str, list[float]] = {name: [] for name in READERS}
    for _ in range(runs):
        for name, reader in READERS.items():
            start = time.process_time()
            for html in pages:
                reader(html)
            rates[name].append(len(pages) / (time.process_time() - start))
    references = [visible(html) for html in pages]
    total = sum(sum(reference.values()) for reference in references)
    print(f"{'reader':24}{'pages/CPU s':>12}{'ours is':>10}{'kept':>8}")
    for name, reader in READERS.items():
        ratios = [own / other for own, other in zip(rates["ours"], rates[name], strict=True)]
        kept = sum(
            sum((words(reader(html)) & reference).values()) for html, reference in zip(pages, references, strict=True)
        )
        print(
            f"{name:24}{statistics.median(rates[name]):12.0f}{statistics.median(ratios):9.1f}x{kept / max(total, 1):8.3f}"
        )


def main() -> None:
    """Measure the invented pages, then each folder of pages that was named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=60, help="how many invented pages, or pages of a folder, are read")
    parser.add_argument("--folder", type=Path, action="append", default=[], help="a folder with .html files")
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    corpora = {"invented pages": [page(number) for number in range(given.pages)]}
    for folder in given.folder:
        files = sorted(folder.rglob("*.html"))
        step = max(1, len(files) // given.pages)
        corpora[str(folder)] = [decoded(file.read_bytes()) for file in files[::step][: given.pages]]
    for name, pages in corpora.items():
        if pages:
            print(
                f"\n{name}: {len(pages)} pages, {sum(map(len, pages)) / len(pages) / 1000:.0f} KB each, {given.runs} runs in turns"
            )
            measure(pages, given.runs)


if __name__ == "__main__":
    main()
