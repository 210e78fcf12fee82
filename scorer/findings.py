"""Findings: what one page states on each criterion, with the exact sentences that say so.

Two readers look at each sentence: the phrases of the checklist under the context model, and the taught reader. A phrase in its
own-practice context speaks for a verdict; the taught reader gives a probability for each. Their voices are added as log odds.
Everything here is a pure function of the page and the checklist: no clock, no network, no database.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt

from scorer.checklist import Checklist, Criterion
from scorer.context import Context, contexts
from scorer.examples import Examples
from scorer.page import BlockKind, Page, Role, Sentence
from scorer.phrases import PhraseMatcher
from scorer.reader import FLAG_VERDICTS, PRACTICE_VERDICTS, Reader, Reading
from scorer.sentences import sentences
from scorer.verdicts import Confidence, Evidence, Finding, Reason, Verdict
from scorer.voices import Voice, left_out, voices_of
from scorer.weighing import PARTIAL, SILENT, Heard, Weigher, log_odds

ENGINE = "2"

_AGAINST = frozenset({Verdict.CONTRADICTED, Verdict.DENIED})
_WHOLE = frozenset({Verdict.STATED, Verdict.RAISED})
_STRENGTH = (Verdict.CONTRADICTED, Verdict.STATED, Verdict.RAISED, Verdict.DENIED, Verdict.PARTIAL)
_MOST_EVIDENCE = 5


@dataclass(frozen=True, slots=True)
class Listened:
    """What a checklist's phrases make of a page: its sentences with their contexts, all phrases with their reasons (`voices`), and by
    criterion and verdict the sentences in which a phrase speaks for it (`said`)."""

    sentences: tuple[Sentence, ...]
    contexts: tuple[Context, ...]
    voices: dict[int, list[Voice]]
    said: dict[str, dict[Verdict, set[int]]]

    def tells(self) -> object:
        """All that the phrases add to what the taught reader gives of a page: where two checklists tell the same, judges of both find
        the same, if neither their criteria nor their examples differ."""
        return self.said, [(context.answer_end, context.lead) for context in self.contexts]


@dataclass(frozen=True, slots=True)
class Looked:
    """Everything that was seen on a page, for findings and for explaining them.

    `said` gives, by criterion and verdict, the sentences in which a phrase speaks for it; `voices` all phrases with their reasons;
    `odds` are the log odds of what the reader gives (sentences x its criteria x verdicts), `spoken` how likely it is of each of its
    criteria that some sentence speaks of it, `of_others` the log odds that the page tells of others' practice only (the mean of what
    the reader guesses from each sentence in its place).
    """

    page: Page
    sentences: tuple[Sentence, ...]
    contexts: tuple[Context, ...]
    voices: dict[int, list[Voice]]
    said: dict[str, dict[Verdict, set[int]]]
    reading: Reading | None
    odds: npt.NDArray[np.float64] | None
    spoken: npt.NDArray[np.float64] | None
    of_others: float

    def chance_of_others(self) -> float | None:
        """How likely the reader thinks it that the page tells of others' practice only; None where it has not read."""
        return None if self.reading is None else float(1 / (1 + np.exp(-self.of_others)))


class Judge:
    """A checklist made ready to judge pages, with the taught reader or without one."""

    def __init__(self, checklist: Checklist, reader: Reader | None = None) -> None:
        self.checklist = checklist
        self.reader = reader
        self.engine = f"{ENGINE}-{reader.revision}" if reader else f"{ENGINE}-phrases"
        self._matcher = PhraseMatcher(checklist)
        self._examples = Examples(checklist, reader) if reader else None
        self._column = {criterion: n for n, criterion in enumerate(reader.criteria)} if reader else {}

    def listen(
        self, page: Page, found: Sequence[Sentence] | None = None, around: tuple[Context, ...] | None = None
    ) -> Listened:
        """What the phrases make of a page. `found` are its sentences and `around` their contexts, where these are known."""
        found = tuple(sentences(page)) if found is None else tuple(found)
        hits = self._matcher.find(page.text)
        if around is None:
            around = tuple(contexts(page, found, [hit for hit in hits if hit.context]))
        voices = voices_of(page, found, around, hits, self.checklist)
        said: dict[str, dict[Verdict, set[int]]] = defaultdict(lambda: defaultdict(set))
        for number, many in voices.items():
            for voice in many:
                if voice.verdict:
                    said[voice.criterion][voice.verdict].add(number)
        return Listened(found, around, voices, said)

    def look(self, page: Page, before: Sequence[str] = (), listened: Listened | None = None) -> Looked:
        """Sentences, their contexts, what phrases say, what the reader gives; `before` as in Reader.read, `listened` where it is known."""
        reading = self.reader.read(page, before, listened.sentences if listened else None) if self.reader else None
        told = listened or self.listen(page, reading.sentences if reading else None)
        odds = log_odds(reading.scores) if reading else None
        spoken = 1 / (1 + np.exp(odds[:, :, SILENT].min(axis=0))) if odds is not None and len(odds) else None
        of_others = float(reading.of_others.mean()) if reading and len(reading.of_others) else 0.0
        return Looked(page, told.sentences, told.contexts, told.voices, told.said, reading, odds, spoken, of_others)

    def left_out(self, looked: Looked) -> dict[int, list[Voice]]:
        """The phrases that stand on the page and were not heard, since they give way to an exception or to a longer phrase."""
        return left_out(looked.sentences, self._matcher.left_out(looked.page.text))

    def find(self, page: Page) -> tuple[Finding, ...]:
        """The findings of a page, one a criterion that is not silent, in the checklist's order."""
        return self.judge(self.look(page))

    def judge(self, looked: Looked) -> tuple[Finding, ...]:
        """The findings of a page that was looked at."""
        findings = []
        for criterion in self.checklist.criteria:
            heard = self.heard(looked, criterion)
            evidence = self._evidence(looked, criterion, heard)
            weigher = self.reader.weigher if self.reader else None
            if not evidence:
                continue  # what no sentence says by itself is no finding: there would be nothing to quote
            if weigher and heard and criterion.id in weigher.criteria:
                if weighed := self._weighed(criterion, weigher, heard, evidence):
                    findings.append(weighed)
            else:
                findings.append(_finding(criterion, evidence))
        return tuple(findings)

    def heard(self, looked: Looked, criterion: Criterion) -> Heard | None:
        """What reader and phrases make of a criterion, sentence by sentence; None where the reader does not know it or has not read."""
        if looked.reading is None or looked.odds is None or looked.spoken is None or criterion.id not in self._column:
            return None
        column = self._column[criterion.id]
        odds = looked.odds[:, column]
        columns = _columns(criterion.is_flag)
        if self._examples and self._examples.has_new(criterion.id):
            odds = odds.copy()
            for number in self._examples.near(looked.reading.vectors, criterion.id):
                for verdict, weight in self._examples.taught_since(looked.reading.vectors[number], criterion.id):
                    if verdict is Verdict.SILENT:
                        odds[number] += (weight, -weight, -weight, -weight)
                    elif verdict in columns:
                        odds[number, SILENT] -= weight
                        odds[number, columns.index(verdict)] += weight
        said = looked.said.get(criterion.id, {})
        around = (looked.spoken.sum() - looked.spoken[column]) / max(1, len(looked.spoken) - 1)
        return Heard(
            odds,
            {columns.index(v): frozenset(numbers) for v, numbers in said.items() if v in columns},
            around,
            0.0 if criterion.general_counts else looked.of_others,
        )

    def odds(self, looked: Looked, number: int, criterion: Criterion) -> dict[Verdict, float]:
        """The probability of each verdict that is not silent for one sentence, both readers' voices added."""
        return self._odds(looked, criterion, self.heard(looked, criterion))(number)

    def _odds(self, looked: Looked, criterion: Criterion, heard: Heard | None) -> Callable[[int], dict[Verdict, float]]:
        if heard is None or self.reader is None:
            said = looked.said.get(criterion.id, {})
            return lambda number: {v: _BY_PHRASE.get(v, 0.9) for v, numbers in said.items() if number in numbers}
        chances = 1 / (1 + np.exp(-heard.with_phrases(self.reader.phrase_weight[criterion.kind])))
        # Of a flag there is no part.
        columns = _columns(criterion.is_flag)
        verdicts = [(n, v) for n, v in enumerate(columns) if n and not (criterion.is_flag and n == PARTIAL)]
        return lambda number: {verdict: float(chances[number, column]) for column, verdict in verdicts}

    def _evidence(self, looked: Looked, criterion: Criterion, heard: Heard | None) -> list[Evidence]:
        """What the sentences make of a criterion: those in which a phrase spoke, and those that the reader thinks likely."""
        numbers = set().union(*looked.said.get(criterion.id, {}).values())
        if heard is not None:
            numbers |= {int(n) for n in (heard.odds[:, SILENT] < _WORTH_A_LOOK).nonzero()[0]}
        if not numbers:
            return []
        odds = self._odds(looked, criterion, heard)
        return [
            self._quote(looked, number, criterion, verdict, given[verdict])
            for number in sorted(numbers)
            for given in [odds(number)]
            if (verdict := decide(given))
        ]

    def _weighed(
        self, criterion: Criterion, weigher: Weigher, heard: Heard, evidence: Sequence[Evidence]
    ) -> Finding | None:
        """The verdict of all sentences together, quoting those that speak for it; None where the page is silent."""
        assert self.reader is not None
        chances = weigher.weigh(heard, criterion.id, self.reader.phrase_weight[criterion.kind])
        column = weigher.decide(chances)
        if column == SILENT:
            return None
        verdict, band = _columns(criterion.is_flag)[column], _band(float(chances[column]))
        side = {verdict} if verdict in _AGAINST else {*_WHOLE, Verdict.PARTIAL}
        spoken = [piece for piece in evidence if piece.verdict in side]
        # Where sentences each say a part and are enough together, all of them are quoted.
        same = [piece for piece in spoken if piece.verdict is verdict or verdict is Verdict.PARTIAL] or spoken
        if not same:
            return None
        quoted = [replace(piece, verdict=verdict, confidence=band) for piece in same]
        quoted.sort(key=lambda piece: (-piece.reason.probability, piece.start))
        others = [piece for piece in evidence if piece not in same]
        return Finding(criterion.id, verdict, _shown(quoted + others), band)

    def _quote(
        self, looked: Looked, number: int, criterion: Criterion, verdict: Verdict, probability: float
    ) -> Evidence:
        page, sentence = looked.page, looked.sentences[number]
        start, end = _span(looked, number)
        voices = [v for v in looked.voices.get(number, ()) if v.criterion == criterion.id and v.verdict is verdict]
        context = voices[0].context if voices else _told(looked.contexts[number])
        example = ""
        if self._examples and looked.reading is not None:
            example = self._examples.nearest(looked.reading.vectors[number], criterion.id, verdict)
        reason = Reason(voices[0].phrase if voices else "", example, context, probability)
        path = page.blocks[sentence.block].heading_path
        return Evidence(verdict, page.text[start:end], start, end, path, _band(probability), reason)


# From which probability a sentence makes a verdict of its own. `raised` and `contradicted` can harm a clinic, so they are asked for
# more; still more gained `raised` nothing on the pages that choices are made on. One set for all criteria: sets of their own, chosen
# on held-out lessons, did no better on others.
LEAST = {
    Verdict.STATED: 0.5,
    Verdict.PARTIAL: 0.5,
    Verdict.DENIED: 0.5,
    Verdict.RAISED: 0.8,
    Verdict.CONTRADICTED: 0.85,
}
# The log odds of silence from which the taught reader's word alone is not looked at again: one in ten speaks.
_WORTH_A_LOOK = 2.2
# How sure a phrase in its context is without the reader.
_BY_PHRASE = {Verdict.PARTIAL: 0.8}
# Bands of confidence; how often each is right is measured by `vetting evaluate`.
_CERTAIN = 0.9
_LIKELY = 0.6
# In characters: an answer that is quoted with its question, and how far a refusing line over a list may stand from its item. Between
# question and answer one or two signs of a toggle may stand.
_SHORT_ANSWER, _LONG_QUOTE, _TOGGLES = 60, 300, 3


def decide(given: dict[Verdict, float]) -> Verdict | None:
    """The verdict that a sentence makes, None for silent: the likeliest one that is likely enough; else partial, if all that
    speaks for the practice is likely enough together."""
    against = max((v for v in given if v in _AGAINST), key=lambda v: given[v], default=None)
    whole = max((v for v in given if v in _WHOLE), key=lambda v: given[v], default=None)
    opposed = given[against] if against else 0.0
    if whole and given[whole] >= LEAST[whole] and given[whole] >= opposed:
        return whole
    if against and opposed >= LEAST[against]:
        return against
    if Verdict.PARTIAL in given and given[Verdict.PARTIAL] + (given[whole] if whole else 0.0) >= LEAST[Verdict.PARTIAL]:
        return Verdict.PARTIAL
    return None


def _finding(criterion: Criterion, evidence: list[Evidence]) -> Finding:
    """The verdict of a page: the strongest of its sentences; the likeliest side where sentences stand against each other."""
    sides: dict[Verdict, float] = defaultdict(float)
    for piece in evidence:
        sides[piece.verdict] = max(sides[piece.verdict], piece.reason.probability)
    positive = Verdict.RAISED if criterion.is_flag else Verdict.STATED
    opposite = Verdict.DENIED if criterion.is_flag else Verdict.CONTRADICTED
    if sides[positive] and sides[positive] >= sides[opposite]:
        verdict = positive
    elif sides[opposite]:
        verdict = opposite
    else:
        verdict = Verdict.PARTIAL
    order = {v: n for n, v in enumerate((verdict, *(v for v in _STRENGTH if v is not verdict)))}
    ranked = sorted(evidence, key=lambda e: (order[e.verdict], -e.reason.probability, e.start))
    return Finding(criterion.id, verdict, _shown(ranked), ranked[0].confidence)


def _shown(ranked: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The first few, among them one that speaks against the others, if there is any: a page that contradicts itself shows both."""
    shown = list(ranked[:_MOST_EVIDENCE])
    sides = {piece.verdict in _AGAINST for piece in shown}
    if len(sides) == 1:
        shown[-1:] = next(([piece] for piece in ranked if (piece.verdict in _AGAINST) not in sides), shown[-1:])
    return tuple(shown)


def _span(looked: Looked, number: int) -> tuple[int, int]:
    """The quote that carries the verdict alone: a question with its answer, a short answer with its question, an item with the line
    that refuses it."""
    sentence, context = looked.sentences[number], looked.contexts[number]
    if context.answer_end:
        return sentence.start, context.answer_end
    if context.lead >= 0 and sentence.end - context.lead <= _LONG_QUOTE:
        return context.lead, sentence.end
    if sentence.end - sentence.start < _SHORT_ANSWER:
        for asked in range(number - 1, max(-1, number - 1 - _TOGGLES), -1):
            if looked.contexts[asked].answer_end == sentence.end:
                return looked.sentences[asked].start, sentence.end
    return sentence.start, sentence.end


def _told(context: Context) -> tuple[str, ...]:
    clause = context.clauses[0]
    return (f"{clause.practice}: {clause.sign}",)


@cache
def _columns(is_flag: bool) -> tuple[Verdict, ...]:
    """The verdicts of a flag or a practice in the order of the reader's columns."""
    return tuple(Verdict(name) for name in (FLAG_VERDICTS if is_flag else PRACTICE_VERDICTS))


def _band(probability: float) -> Confidence:
    if probability >= _CERTAIN:
        return Confidence.CERTAIN
    return Confidence.LIKELY if probability >= _LIKELY else Confidence.DOUBTFUL


def is_readable(page: Page) -> bool:
    """Whether there is any text of the clinic's own on the page, menus and banners aside."""
    return any(block.role in (Role.MAIN, Role.HIDDEN) and block.kind is not BlockKind.HEADING for block in page.blocks)
