"""The phrase notation of checklist.yaml, and the matcher that finds every phrase of a checklist in a text.

The notation, all of it: plain words; `[a|b]` one of; `*` any ending of a word; ` ... ` up to six words of the same sentence.
Capitals do not matter, curly and straight quotes and all dashes are equal, a hyphen equals a space.
"""

import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import re2  # type: ignore[import-untyped]

from scorer.verdicts import Verdict

if TYPE_CHECKING:
    from scorer.checklist import Checklist

# Words that turn a sentence round. A phrase that holds one of them means its own "no": it is not turned a second time.
NEGATIONS = frozenset(
    "no not never nobody none nothing nor neither without cannot can't don't doesn't didn't won't isn't aren't wasn't weren't "
    "haven't hasn't shouldn't wouldn't couldn't needn't mustn't ain't nope".split()
)

_QUOTES_AND_DASHES = {"'": "’‘ʼ´", '"': "“”„«»", "-": "‐‑‒–—―−"}
# Marks of emphasis that exports leave in the text count as spaces.
_SPACES = "\t\r\f\v\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000*_`"
# A line that a person wrapped by hand goes on in small letters; any other line end parts sentences.
_WRAP = re.compile(r"(?<=[^\n])\n(?=[a-z])")

_GAP_WORDS = 6
_BETWEEN = r"(?: +|-)"
# In a gap a full stop ends the sentence, but for titles and for points inside a word ("1.5", "u.k").
# Nor does a gap reach over a "no": "is ... addictive" must not find "is not addictive".
_GAP_WORD = (
    rf"(?!(?:{'|'.join(sorted(NEGATIONS))})\b)(?:(?:dr|mr|mrs|ms|prof|st|vs|approx)\.|[^\s.!?…]+(?:\.[^\s.!?…]+)*)"
)
_GAP = rf"[,;:)\"'\]%]*(?: +|[-/])[\"'(\[]*(?:{_GAP_WORD} +){{0,{_GAP_WORDS}}}?[\"'(\[]*"
_ENDING = r"[\w']*"
# The mark stands first, so that the search leaps from mark to mark.
_SENTENCE_END = re.compile(
    r"[.!?…\n](?:(?<=\n)|(?<!\bdr.)(?<!\bmr.)(?<!\bmrs.)(?<!\bms.)(?<!\bvs.)(?<!\bst.)(?<!\bprof.)(?<!\bapprox.)"
    r"(?<!\be\.g.)(?<!\bi\.e.)(?<!\n)[.!?…]*[\"')\]]*(?=\s|$))"
)

_PIECE = re.compile(r"\[(?P<options>[^\[\]]*)\]|(?P<star>\*)|(?P<space>[ -]+)|(?P<text>[^\[\]* -]+)")


class NotationError(ValueError):
    """A phrase that breaks the notation; the message says what and how to mend it."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One line of the notation.

    `verdict` is what it states, None in the `context` section; `unless` are the lines that, in the same sentence, set it aside;
    `negation_inside` tells that a "no" belongs to the phrase itself, so that context must not turn it round.
    """

    text: str
    verdict: Verdict | None = None
    line: int = 0
    unless: tuple[str, ...] = ()
    negation_inside: bool = False


@dataclass(frozen=True, slots=True)
class PhraseHit:
    """`text[start:end]` says what `phrase` says. Either `criterion` (its id) or `context` (its label) is set, the other is ""."""

    phrase: Phrase
    criterion: str
    context: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Rule:
    phrase: Phrase
    criterion: str
    context: str
    segments: frozenset[int]
    unless: tuple[tuple[str, frozenset[int]], ...]


def fold(text: str) -> str:
    """The text as phrases see it: small letters, straight quotes, plain dashes and spaces; each character keeps its place."""
    folded = _plain(_WRAP.sub(" ", text))
    for space in _SPACES:
        folded = folded.replace(space, " ")
    return folded


def _plain(text: str) -> str:
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters grow when they become small, such as the Turkish dotted I
        lowered = "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)
    for plain, variants in _QUOTES_AND_DASHES.items():
        for variant in variants:
            lowered = lowered.replace(variant, plain)
    return lowered


def check_notation(text: str) -> None:
    """Raises NotationError, with the mend, where the text is no phrase."""
    if text != " ".join(text.split()):
        raise NotationError("there are several spaces in a row, or one at an end; remove them")
    for segment in _segments(text):
        if not segment:
            raise NotationError('"..." needs words on both sides; add the words or remove it')
        for piece in _pieces(segment):
            if piece["options"] is not None:
                for option in piece["options"].split("|"):
                    _pieces(option.strip())


def has_negation(text: str) -> bool:
    """Whether the phrase itself holds a "no", "never", "without" or the like."""
    return not NEGATIONS.isdisjoint(re.findall(r"[\w']+", fold(text)))


@functools.lru_cache(maxsize=8192)
def pattern(text: str) -> re.Pattern[str]:
    """The compiled regular expression of a phrase, for folded text. Its end is at a word's end; see `spans` for its start."""
    return re.compile(_GAP.join(_segment_regex(segment, _ENDING) for segment in _segments(text)) + _edge(text))


def spans(text: str, folded: str) -> Iterable[tuple[int, int]]:
    """Where the phrase stands in a folded text, left to right, not overlapping itself."""
    search = pattern(text).search
    position = 0
    while match := search(folded, position):
        start, end = match.span()
        # The look at the character before is made here and not in the pattern: a pattern that opens with its own letters is
        # searched several times faster.
        if start and folded[start].isalnum() and folded[start - 1].isalnum():
            position = start + 1
            continue
        yield start, end
        position = end


class PhraseMatcher:
    """Finds every phrase of a checklist in a text.

    A google-re2 set tells in one pass which word sequences a sentence holds; only the phrases all of whose sequences it holds are
    then searched with `re`. `filtering=False` searches for every phrase: slower, with the same result.
    """

    def __init__(self, checklist: "Checklist", *, filtering: bool = True) -> None:
        self._filtering = filtering
        # Menus, footers and calls to action stand on page after page.
        self._in_sentence = functools.lru_cache(maxsize=20_000)(self._search)
        self._numbers: dict[str, int] = {}
        self._rules = tuple(
            [self._rule(phrase, criterion.id, "") for criterion in checklist.criteria for phrase in criterion.phrases]
            + [self._rule(phrase, "", label) for label, phrases in checklist.context.items() for phrase in phrases]
        )
        options = re2.Options()
        options.max_mem = 256 << 20  # room for the whole automaton
        options.log_errors = False
        self._set = re2.Set.SearchSet(options)
        for segment in self._numbers:
            self._set.Add(segment)
        # Matches any text: when it is not among the matches, the set gave up for want of memory and told nobody.
        self._witness = self._set.Add("")
        self._set.Compile()
        # A rule is looked up by its longest word sequence, which is the rarest as a rule.
        names = list(self._numbers)
        self._by_segment: dict[int, list[_Rule]] = defaultdict(list)
        for rule in self._rules:
            self._by_segment[max(rule.segments, key=lambda number: len(names[number]))].append(rule)

    def find(self, text: str) -> list[PhraseHit]:
        """Every place where a phrase stands, in the order of the text.

        Left out are places in whose sentence an `unless` line stands, and those inside a longer hit of another verdict.
        """
        hits = [hit for hit, unless in self._places(text) if not unless]
        inside = _inside(hits)
        return [hit for hit in hits if id(hit) not in inside]

    def left_out(self, text: str) -> Iterator[tuple[PhraseHit, str]]:
        """The places that `find` leaves out, each with the `unless` line or the longer phrase that it gives way to."""
        places = self._places(text)
        inside = _inside([hit for hit, unless in places if not unless])
        for hit, unless in places:
            if gives_way := unless or (inside[id(hit)].phrase.text if id(hit) in inside else ""):
                yield hit, gives_way

    def _places(self, text: str) -> list[tuple[PhraseHit, str]]:
        """Where phrases stand, in order, each with the `unless` line that stands in its sentence or ""."""
        folded = fold(text)
        places = [
            (PhraseHit(rule.phrase, rule.criterion, rule.context, start + first, start + last), unless)
            for start, end in _sentences(folded)
            for rule, first, last, unless in self._in_sentence(folded[start:end])
        ]
        places.sort(key=lambda place: (place[0].start, place[0].end, place[0].phrase.line))
        return places

    def _search(self, sentence: str) -> tuple[tuple[_Rule, int, int, str], ...]:
        present = self._present(sentence) if self._filtering else None
        return tuple(
            (rule, first, last, unless)
            for rule in (self._rules if present is None else self._candidates(present))
            if (places := list(spans(rule.phrase.text, sentence)))
            for unless in [
                next((line for line, segments in rule.unless if _stands(line, segments, sentence, present)), "")
            ]
            for first, last in places
        )

    def _present(self, sentence: str) -> set[int] | None:
        """The word sequences that occur at all; None where the set cannot tell."""
        matched = set(self._set.Match(sentence) or ())
        return matched if self._witness in matched else None

    def _candidates(self, present: set[int]) -> Iterator[_Rule]:
        """The rules all of whose word sequences occur."""
        for number in present & self._by_segment.keys():
            for rule in self._by_segment[number]:
                if rule.segments <= present:
                    yield rule

    def _rule(self, phrase: Phrase, criterion: str, context: str) -> _Rule:
        unless = tuple((line, self._register(line)) for line in phrase.unless)
        return _Rule(phrase, criterion, context, self._register(phrase.text), unless)

    def _register(self, text: str) -> frozenset[int]:
        segments = [_filter_regex(segment) for segment in _segments(text)]
        return frozenset(self._numbers.setdefault(segment, len(self._numbers)) for segment in segments)


def _filter_regex(segment: str) -> str:
    """What the filter looks for; it may let too much through, never too little.

    re2 knows only ASCII word characters: an ending is anything but a space to it, and only ASCII letters make its word bounds.
    Real bounds are there on both sides of a sequence: a gap, the look of `spans` before a phrase, `_edge` after it.
    """
    regex = _segment_regex(segment, r"\S*").removesuffix(r"\S*")
    first = _pieces(segment)[0]
    openings = [option.strip()[0] for option in first["options"].split("|")] if first["options"] else segment[0]
    if all(opening.isascii() and opening.isalnum() for opening in openings):
        regex = rf"\b{regex}"
    return rf"{regex}\b" if segment[-1].isascii() and segment[-1].isalnum() else regex


def _inside(hits: list[PhraseHit]) -> dict[int, PhraseHit]:
    """By `id` the hits inside a longer one of the same criterion with another verdict, which speaks instead: "no drug test", not
    its "drug test"."""
    inside: dict[int, PhraseHit] = {}
    still_open: dict[str, list[PhraseHit]] = defaultdict(list)
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if hit.criterion:
            around = [other for other in still_open[hit.criterion] if other.end > hit.start]
            if longer := next((other for other in around if _covers(other, hit)), None):
                inside[id(hit)] = longer
            still_open[hit.criterion] = [*around, hit]
    return inside


def _covers(other: PhraseHit, hit: PhraseHit) -> bool:
    return (
        other.phrase.verdict is not hit.phrase.verdict
        and other.start <= hit.start
        and hit.end <= other.end
        and other.end - other.start > hit.end - hit.start
    )


def _stands(line: str, segments: frozenset[int], sentence: str, present: set[int] | None) -> bool:
    return (present is None or segments <= present) and any(True for _ in spans(line, sentence))


def _sentences(folded: str) -> Iterator[tuple[int, int]]:
    """Where no phrase can reach across: the sentences, as far as the notation knows them."""
    start = 0
    for match in _SENTENCE_END.finditer(folded):
        yield start, match.end()
        start = match.end()
    if start < len(folded):
        yield start, len(folded)


def _segments(text: str) -> list[str]:
    """The parts of a phrase between its gaps, letters, quotes and dashes made plain."""
    return [part.strip(" ") for part in re.split(r"(?:^| )\.\.\.(?: |$)", _plain(text))]


def _segment_regex(segment: str, ending: str) -> str:
    return "".join(_piece_regex(piece, ending) for piece in _pieces(segment))


def _piece_regex(piece: re.Match[str], ending: str) -> str:
    if piece["star"]:
        return ending
    if piece["space"]:
        return _BETWEEN
    if piece["options"] is None:
        return re.escape(piece["text"])
    # The longest first, so that "check in" is not cut short by "check".
    options = sorted(
        {option.strip() for option in piece["options"].split("|")}, key=lambda option: (-len(option), option)
    )
    return f"(?:{'|'.join(_segment_regex(option, ending) for option in options)})"


def _pieces(segment: str) -> list[re.Match[str]]:
    pieces: list[re.Match[str]] = []
    position = 0
    while position < len(segment):
        piece = _PIECE.match(segment, position)
        if piece is None:
            raise NotationError(f'"{segment[position]}" opens or closes no choice; write choices as [one|two]')
        if piece["options"] is not None and not all(option.strip() for option in piece["options"].split("|")):
            raise NotationError(
                f'"{piece.group()}" has an empty choice; write [one|two], and leave optional words to "..."'
            )
        if piece["text"] and "|" in piece["text"]:
            raise NotationError('"|" stands outside of a choice; write [one|two]')
        if piece["star"] and (position == 0 or segment[position - 1] in " -|["):
            raise NotationError('"*" needs the beginning of a word before it; use "..." for any words')
        pieces.append(piece)
        position = piece.end()
    return pieces


def _edge(text: str) -> str:
    return r"(?!\w)" if text[-1].isalnum() or text[-1] in "*]" else ""
