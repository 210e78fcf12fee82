"""What phrases say of sentences once context has been heard: for a verdict, turned round, hedged, or set aside and why."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scorer.checklist import Checklist
from scorer.context import INFORMATIVE, Context, Practice, is_negated
from scorer.page import Page, Sentence
from scorer.phrases import PhraseHit
from scorer.verdicts import Verdict

_TURNED = {Verdict.STATED: Verdict.CONTRADICTED, Verdict.RAISED: Verdict.DENIED}


@dataclass(frozen=True, slots=True)
class Voice:
    """What a phrase says of a sentence: a verdict, or why it is set aside."""

    criterion: str
    verdict: Verdict | None
    phrase: str
    context: tuple[str, ...]
    hit: PhraseHit


def voices_of(
    page: Page, found: Sequence[Sentence], around: Sequence[Context], hits: Sequence[PhraseHit], checklist: Checklist
) -> dict[int, list[Voice]]:
    """The voices of each sentence that a phrase of a criterion stands in, by the sentence's number. `hits` are in order."""
    voices: dict[int, list[Voice]] = defaultdict(list)
    general = {criterion.id for criterion in checklist.criteria if criterion.general_counts}
    signs: dict[int, list[PhraseHit]] = defaultdict(list)
    number = 0
    for hit in hits:
        if hit.context:
            while number < len(found) and found[number].end <= hit.start:
                number += 1
            signs[number].append(hit)
    number = 0
    for hit in hits:
        if not hit.criterion:
            continue
        while number < len(found) and found[number].end <= hit.start:
            number += 1
        if number == len(found):
            break
        sentence, context = found[number], around[number]
        if hit.start < sentence.start:
            continue
        clause = context.at(hit.start)
        allowed = INFORMATIVE if hit.criterion in general else frozenset({Practice.OWN})
        why: tuple[str, ...] = (f"{clause.practice}: {clause.sign}",)
        verdict = hit.phrase.verdict
        if clause.practice not in allowed:
            verdict = None
        elif not hit.phrase.negation_inside and is_negated(page, sentence, context, hit.start, hit.end, signs[number]):
            verdict = _TURNED.get(hit.phrase.verdict) if hit.phrase.verdict else None
            why += ("turned round by a negation",)
        # "May cause nausea" tells of a risk as well as "causes" does: where general prose counts, a hedge takes nothing away.
        elif (
            verdict is Verdict.STATED
            and hit.criterion not in general
            and any(s.context == "hedge" and clause.start <= s.start < clause.end for s in signs[number])
        ):
            verdict = Verdict.PARTIAL
            why += ("hedged",)
        voices[number].append(Voice(hit.criterion, verdict, hit.phrase.text, why, hit))
    return dict(voices)


def left_out(found: Sequence[Sentence], places: Iterable[tuple[PhraseHit, str]]) -> dict[int, list[Voice]]:
    """Phrases that gave way, by sentence; `places` are in order, each with what its phrase gives way to."""
    voices: dict[int, list[Voice]] = defaultdict(list)
    number = 0
    for hit, to in places:
        while number < len(found) and found[number].end <= hit.start:
            number += 1
        if hit.criterion and number < len(found) and found[number].start <= hit.start:
            voices[number].append(Voice(hit.criterion, None, hit.phrase.text, (f"gives way to “{to}”",), hit))
    return dict(voices)
