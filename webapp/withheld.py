"""Sentences that could harm a clinic and that nobody has looked at yet: they are not shown beside others either.

A verdict that waits for a person is hidden by name (jobs/publish.py). The sentence behind it may stand next to a published quote,
be its heading, or be what a fact was read from; there it would be published all the same.
"""

from collections.abc import Collection, Sequence

from sqlmodel import Session, col, select

from jobs.judge import sentence_digest
from store.models import ClinicVerdict, Finding
from store.people_reviews import AWAITED, standing


def withheld(opened: Session, clinic_id: int, verdicts: Sequence[ClinicVerdict]) -> frozenset[str]:
    """The sentences of a clinic's pages that were found to raise or contradict, are not published and were not cleared by a person."""
    of_clinic = select(Finding.criterion, Finding.quote).where(
        Finding.clinic_id == clinic_id, col(Finding.verdict).in_(AWAITED)
    )
    found = set(opened.exec(of_clinic))
    shown = {
        (review.criterion, review.sentence_digest)
        for review in standing(opened, clinic_id)
        if review.verdict not in AWAITED
    }
    for verdict in verdicts:
        for piece in verdict.evidence:
            if verdict.published:
                shown.add((verdict.criterion, sentence_digest(piece["quote"])))
            elif piece["verdict"] in AWAITED:  # a person may have counted it where the program does not
                found.add((verdict.criterion, piece["quote"]))
    return frozenset(quote for criterion, quote in found if (criterion, sentence_digest(quote)) not in shown)


def touches(text: str, sentences: Collection[str]) -> bool:
    """Whether a text holds one of the sentences, or is a part of one."""
    words = " ".join(text.split())
    return any(words in (other := " ".join(sentence.split())) or other in words for sentence in sentences if words)


def clear_around(text: str, low: int, start: int, end: int, high: int, sentences: Collection[str]) -> tuple[int, int]:
    """How far the words around text[start:end] may be shown within text[low:high]: up to the nearest of the sentences."""
    first, last = low, high
    for sentence in sentences:
        at = text.find(sentence, low, high)
        while at >= 0:
            if at < start:
                first = max(first, min(at + len(sentence), start))
            if at + len(sentence) > end:
                last = min(last, max(at, end))
            at = text.find(sentence, at + 1, high)
    return first, last
