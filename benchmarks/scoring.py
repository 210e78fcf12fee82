"""Scoring pages with phrases and context, against what one would build without it.

Peers, in alternating rounds on one pinned core: (1) the built peer: a guarded sentence splitter, a google-re2 set over each page
(or over each sentence), `re` on the phrases that pass; no context, no verdicts; (2) the plain loop of `re` over all phrases;
(3) medspaCy's target matcher with ConText on the same phrases made plain, in a process of its own, where it is installed
(`python -m venv DIR && DIR/bin/pip install medspacy`, then `--medspacy DIR/bin/python`).

    python benchmarks/scoring.py [--pages 200] [--rounds 5] [--folder DIR] [--medspacy DIR/bin/python] [--memory-pages 100000] 2>/dev/null

The pages are lessons, where every other sentence speaks of a criterion; those of --folder are read from HTML, and where they are pages of
the web at large, they are as quiet as most of what a crawl brings home.
"""

import json
import os
import random
import re
import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import click
import re2

from scorer.checklist import Checklist, load_checklist
from scorer.findings import Judge
from scorer.page import Page
from scorer.phrases import PhraseMatcher, _filter_regex, _segments, fold, pattern
from scorer.text import read_body
from teaching.lessons import lessons

OURS = "vetting: sentences, phrases, context, verdicts"
BUILT = "built peer: split, re2 by page, re by sentence"
BUILT_NARROW = "built peer: split, re2 and re by sentence"
LOOP = "plain loop of re over sentences"
MEDSPACY = "medspaCy target matcher + ConText"
# Slow peers read fewer pages, so that a round ends; rates are per page.
SHARES = {LOOP: 10, MEDSPACY: 20}

Run = Callable[[Sequence[Page]], float]


@click.command()
@click.option("--pages", "size", default=200, show_default=True)
@click.option("--rounds", default=5, show_default=True)
@click.option("--folder", type=click.Path(path_type=Path, exists=True), help="Also the .html files of this folder.")
@click.option("--medspacy", default="", help="A Python that has medspacy installed.")
@click.option(
    "--memory-pages", default=0, help="Judge so many pages for the peaks of memory; 0 for four times the lessons."
)
def main(size: int, rounds: int, folder: Path | None, medspacy: str, memory_pages: int) -> None:
    """Print pages per CPU second, the ratios, start-up, the gain of a second core, memory."""
    every_core = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(every_core)})
    began = time.process_time()
    checklist = load_checklist("checklist.yaml")
    judge = Judge(checklist)
    started = time.process_time() - began
    every = [lesson.page for lesson in lessons(sorted(Path("data/teaching").glob("*.txt")))]
    click.echo(f"checklist and matcher took {started:.2f} CPU seconds to load")
    pages = _spread(every, size)
    _in_turns("lessons", pages, judge, rounds, medspacy)
    if folder:
        files = _spread(sorted(folder.rglob("*.html")), size)
        _in_turns(str(folder), [read_body(file.read_bytes()) for file in files], judge, rounds, medspacy)
    os.sched_setaffinity(0, every_core)
    if len(every_core) > 1:
        _two_cores(pages * 10, rounds)
    _memory(judge, every, memory_pages or 4 * len(every))


def _spread(many: Sequence[Any], size: int) -> Sequence[Any]:
    return many[:: max(1, len(many) // size)][:size]


def _in_turns(name: str, pages: Sequence[Page], judge: Judge, rounds: int, medspacy: str) -> None:
    """All readers in turns over the same pages: their rates, and how many times as fast ours is."""
    checklist = judge.checklist
    runs: dict[str, Run] = {
        OURS: _timed(judge.find),
        BUILT: _timed(_built_peer(checklist, whole_page=True)),
        BUILT_NARROW: _timed(_built_peer(checklist, whole_page=False)),
        LOOP: _timed(_loop(checklist)),
    }
    if medspacy:
        runs[MEDSPACY] = _medspacy(medspacy, checklist, pages[:: SHARES[MEDSPACY]])
    rates: dict[str, list[float]] = {name: [] for name in runs}
    for number in range(rounds + 1):
        for name, run in runs.items():
            some = pages[:: SHARES.get(name, 1)]
            rate = len(some) / run(some)
            if number:  # the first round warms all of them up: patterns are compiled, automata built
                rates[name].append(rate)
    length = sum(len(page.text) for page in pages) // len(pages)
    split = [list(_split(page.text)) for page in pages]
    click.echo(
        f"\n{name}: {len(pages)} pages of {length} characters and {sum(map(len, split)) // len(pages)} sentences"
    )
    ours = statistics.median(rates[OURS])
    for name, measured in rates.items():
        rate = statistics.median(measured)
        ratios = [one / other for one, other in zip(rates[OURS], measured, strict=True)]
        click.echo(
            f"{name:50}{rate:9.1f} pages/s ({min(measured):.0f} to {max(measured):.0f})   "
            f"vetting is {ours / rate:7.2f} times as fast ({min(ratios):.2f} to {max(ratios):.2f} by round)"
        )
    filtered, whole = PhraseMatcher(checklist), PhraseMatcher(checklist, filtering=False)
    same = all(filtered.find(page.text) == whole.find(page.text) for page in pages[::10])
    click.echo(f"filter on and off find the same on {len(pages[::10])} of these pages: {same}")


def _timed(read: Callable[[Page], object]) -> Run:
    def run(some: Sequence[Page]) -> float:
        begin = time.process_time()
        for page in some:
            read(page)
        return time.process_time() - begin

    return run


_STOP = re.compile(r"(?<!\bdr)(?<!\bmr)(?<!\bms)(?<!\bmrs)(?<!\bst)(?<!\be\.g)(?<!\bi\.e)[.!?]+[\"')\]]*\s+|\n+")


def _split(text: str) -> Iterable[str]:
    return filter(None, _STOP.split(text))


def _built_peer(checklist: Checklist, *, whole_page: bool) -> Callable[[Page], object]:
    """The phrases as `re` patterns behind a set of their word sequences, looked up by the longest of them."""
    numbers: dict[str, int] = {}
    by_longest: dict[int, list[tuple[frozenset[int], re.Pattern[str]]]] = {}
    for criterion in checklist.criteria:
        for phrase in criterion.phrases:
            sequences = [_filter_regex(segment) for segment in _segments(phrase.text)]
            needed = frozenset(numbers.setdefault(sequence, len(numbers)) for sequence in sequences)
            by_longest.setdefault(numbers[max(sequences, key=len)], []).append((needed, pattern(phrase.text)))
    options = re2.Options()
    options.max_mem = 256 << 20
    occurring = re2.Set.SearchSet(options)
    for sequence in numbers:
        occurring.Add(sequence)
    occurring.Compile()

    def possible(text: str) -> list[re.Pattern[str]]:
        present = set(occurring.Match(text) or ())
        return [one for n in present for needed, one in by_longest.get(n, ()) if needed <= present]

    def run(page: Page) -> int:
        folded = fold(page.text)
        on_page = possible(folded) if whole_page else []
        hits = 0
        for sentence in _split(folded):
            hits += sum(1 for one in (on_page if whole_page else possible(sentence)) if one.search(sentence))
        return hits

    return run


def _loop(checklist: Checklist) -> Callable[[Page], object]:
    compiled = [pattern(phrase.text) for criterion in checklist.criteria for phrase in criterion.phrases]

    def run(page: Page) -> int:
        return sum(1 for sentence in _split(fold(page.text)) for one in compiled if one.search(sentence))

    return run


_MEDSPACY_PROGRAM = r"""
import json, sys, time
import medspacy
from medspacy.ner import TargetRule
rules, texts = json.loads(sys.stdin.readline())
reader = medspacy.load(medspacy_enable=["medspacy_tokenizer", "medspacy_target_matcher", "medspacy_context"])
reader.add_pipe("sentencizer", first=True)
reader.get_pipe("medspacy_target_matcher").add([TargetRule(text, label) for label, text in rules])
for _ in sys.stdin:
    began = time.process_time()
    for text in texts:
        reader(text)
    print(time.process_time() - began, flush=True)
"""


def _medspacy(python: str, checklist: Checklist, pages: Sequence[Page]) -> Run:
    rules = []
    for criterion in checklist.criteria:
        for phrase in criterion.phrases:
            # The first of each choice; a gap is left out: its matcher knows whole words only.
            plain = re.sub(r"\[([^|\]]*)[^\]]*\]", r"\1", phrase.text).replace("*", "").replace("...", " ")
            rules.append((criterion.id, " ".join(plain.split())))
    peer = subprocess.Popen([python, "-c", _MEDSPACY_PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    asked, told = peer.stdin, peer.stdout
    assert asked is not None and told is not None
    asked.write(json.dumps([rules, [page.text for page in pages]]) + "\n")

    def run(some: Sequence[Page]) -> float:
        asked.write("again\n")
        asked.flush()
        return float(told.readline())

    return run


def _two_cores(pages: Sequence[Page], rounds: int) -> None:
    """What a second process gains on the same pages, as `vetting score` shares them out."""
    gains = []
    with ProcessPoolExecutor(2, get_context("spawn"), initializer=_begin) as pool:
        halves = [pages[::2], pages[1::2]]
        list(pool.map(_judge_all, halves))  # both processes are warm
        for _ in range(rounds):
            began = time.perf_counter()
            for half in halves:
                pool.submit(_judge_all, half).result()
            one = time.perf_counter() - began
            began = time.perf_counter()
            list(pool.map(_judge_all, halves))
            gains.append(one / (time.perf_counter() - began))
    click.echo(
        f"two processes are {statistics.median(gains):.2f} times as fast ({min(gains):.2f} to {max(gains):.2f} by round)"
    )


_judges: list[Judge] = []


def _begin() -> None:
    _judges.append(Judge(load_checklist("checklist.yaml")))


def _judge_all(pages: Sequence[Page]) -> int:
    return sum(len(_judges[0].find(page)) for page in pages)


def _memory(judge: Judge, pages: Sequence[Page], size: int) -> None:
    """Whether memory grows: each time with other figures in the text, so that no page is the same; peaks at four steps."""
    peaks = []
    for number in range(size):
        turned = str.maketrans("0123456789", "".join(random.Random(number // len(pages)).sample("0123456789", 10)))
        page = pages[number % len(pages)]
        judge.find(replace(page, text=page.text.translate(turned)))
        if (number + 1) % (size // 4) == 0:
            peaks.append(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB after {number + 1}")
    click.echo(f"peak memory, further pages: {', '.join(peaks)}")


if __name__ == "__main__":
    main()
