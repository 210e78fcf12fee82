"""What people decided, joined with what the program found; and what may be published by name.

A decision holds for a sentence, at a clinic, on a criterion. It is found again by the sentence's words, whatever numbers pages
have after a rebuild and whatever the checklist finds by then, and it is dropped once the sentence stands on no page any more.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from jobs.judge import sentence_digest
from scorer.assessment import RolledUp
from scorer.page import Page
from scorer.sentences import sentences
from scorer.verdicts import Confidence, Evidence, Finding, Reason, Verdict
from store import models, people_letters, people_reviews
from store.people import Review
from store.settings import Settings

# These wait for a person before they are published by name, unless the settings say otherwise: they can harm a clinic.
AWAIT_REVIEW = frozenset({Verdict.CONTRADICTED, Verdict.CONFLICTING, Verdict.RAISED})
BY_A_PERSON = "decided by a person"
# Which verdict a page has where a decision took all that spoke for its own: what can harm first, for it waits for a person.
STRONGEST_FIRST = (Verdict.RAISED, Verdict.CONTRADICTED, Verdict.STATED, Verdict.DENIED, Verdict.PARTIAL)


class Decisions:
    """What people decided about the sentences of one clinic, and what the clinic was told."""

    def __init__(self, opened: Session, clinic_id: int, settings: Settings) -> None:
        self._opened = opened
        self._clinic_id = clinic_id
        self._settings = settings
        self._reviews = {
            (review.criterion, review.sentence_digest): review for review in people_reviews.standing(opened, clinic_id)
        }
        self._seen: set[int | None] = set()

    def applied(self, page: Page, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """The findings of a page as people have corrected them: rejected sentences out, corrected ones with their new verdict,
        and sentences that a person counted although the program (no longer) does; each wherever it stands on the page."""
        decided = {finding.criterion: finding for finding in findings}
        by_criterion: dict[str, list[Evidence]] = {}
        for (criterion, digest), review in self._reviews.items():
            found = decided[criterion].evidence if criterion in decided else ()
            evidence = by_criterion.get(criterion, list(found))
            for start, end in _places(page, review, [e for e in evidence if sentence_digest(e.quote) == digest]):
                self._seen.add(review.id)
                same = next((e for e in evidence if e.start == start), None)
                evidence = [e for e in evidence if not _same_place(e, start, end)]
                if review.verdict:
                    evidence.append(_evidence(page, review, start, end, same))
                by_criterion[criterion] = evidence
        for criterion, evidence in by_criterion.items():
            own = decided.pop(criterion, None)
            if evidence:
                decided[criterion] = _finding(criterion, evidence, own.verdict if own else None)
        return tuple(decided.values())

    @property
    def any(self) -> bool:
        """Whether there is any decision to apply."""
        return bool(self._reviews)

    def drop_vanished(self) -> None:
        """Drop the decisions whose sentence stood on none of the pages that were given to `applied`."""
        for review in self._reviews.values():
            if review.id not in self._seen:
                people_reviews.drop(self._opened, review)

    def decided_at(self, criterion: str) -> datetime | None:
        """When the newest decision on a criterion began to hold."""
        times = [r.confirmed_at or r.decided_at for (of, _), r in self._reviews.items() if of == criterion]
        return max(times, default=None)

    def may_publish(self, criterion: str, up: RolledUp[Any], country: str, today: date) -> bool:
        """Whether the public may see this verdict under the clinic's name.

        A verdict that can harm, or that rests on doubtful evidence, needs that a person let each such sentence stand; one that
        can harm needs moreover that the clinic was sent it, had its working days, and has no answer lying unread. An answer to
        what is published already takes nothing down.
        """
        harmful = up.verdict in AWAIT_REVIEW
        doubtful = bool(up.evidence) and up.confidence is Confidence.DOUBTFUL
        if self._settings.publish_without_review or not (harmful or doubtful):
            return True
        pieces = [
            {"verdict": e.verdict.value, "confidence": e.confidence.value, "digest": sentence_digest(e.quote)}
            for _, e in up.evidence
        ]
        awaited = [piece for piece in pieces if people_reviews.awaits(piece)]
        if not all(
            people_reviews.may_stand(piece, self._reviews.get((criterion, piece["digest"]))) for piece in awaited
        ):
            return False
        if not harmful or self._settings.reply_days_in(country) == 0:
            return True
        if criterion in people_reviews.unheard_replies(self._opened, self._clinic_id):
            public = self._public(criterion)
            if not all((piece["digest"], piece["verdict"]) in public for piece in awaited):
                return False
        told = people_letters.heard(self._opened, self._clinic_id, today)
        return all((criterion, piece["digest"]) in told for piece in awaited)

    def lets_stand(self, criterion: str, piece: dict[str, Any]) -> bool:
        """Whether the public may see a piece of evidence beside a published verdict; what waits for a person waits there too."""
        review = self._reviews.get((criterion, piece["sentence_digest"]))
        return self._settings.publish_without_review or people_reviews.may_stand(piece, review)

    def _public(self, criterion: str) -> set[tuple[str, str]]:
        """The digest and verdict of each sentence that the public sees on a criterion until now."""
        row = self._opened.exec(
            select(models.ClinicVerdict).where(
                models.ClinicVerdict.clinic_id == self._clinic_id, models.ClinicVerdict.criterion == criterion,
                col(models.ClinicVerdict.current), col(models.ClinicVerdict.published),
            )
        ).first()  # fmt: skip
        return {(piece["sentence_digest"], piece["verdict"]) for piece in row.evidence} if row else set()


def _places(page: Page, review: Review, quoted: Sequence[Evidence]) -> list[tuple[int, int]]:
    """Everywhere that the reviewed sentence stands on a page: as the program quoted it, and as whole sentences of the text."""
    places = {(piece.start, piece.end) for piece in quoted}
    pattern = re.compile(r"\s+".join(re.escape(word) for word in review.quote.split()), re.IGNORECASE)
    match = pattern.search(page.text)
    if match is None:
        return sorted(places)
    found = list(sentences(page))
    starts, ends = {s.start for s in found}, {s.end for s in found}
    while match is not None:
        if match.start() in starts and match.end() in ends:
            places.add(match.span())
        match = pattern.search(page.text, match.start() + 1)
    return sorted(places)


def _finding(criterion: str, evidence: Sequence[Evidence], own: Verdict | None) -> Finding:
    """A page's finding after decisions: its own verdict while evidence of it is left, else the strongest; evidence of it first."""
    left = {piece.verdict for piece in evidence}
    verdict = own if own and own in left else next(one for one in STRONGEST_FIRST if one in left)
    ordered = tuple(sorted(evidence, key=lambda piece: (piece.verdict is not verdict, piece.start)))
    return Finding(criterion, verdict, ordered, ordered[0].confidence)


def _same_place(piece: Evidence, start: int, end: int) -> bool:
    """Whether one of the two holds the other: a quote may have grown by its question since it was reviewed, or shrunk."""
    return (start <= piece.start and piece.end <= end) or (piece.start <= start and end <= piece.end)


def _evidence(page: Page, review: Review, start: int, end: int, same: Evidence | None) -> Evidence:
    path: tuple[str, ...] = same.heading_path if same else ()
    if same is None:
        path = next((block.heading_path for block in page.blocks if block.start <= start < block.end), ())
    reason = replace(same.reason if same else Reason(), context=(BY_A_PERSON,))
    return Evidence(Verdict(review.verdict), page.text[start:end], start, end, path, Confidence.CERTAIN, reason)


def period_over(opened: Session, today: date) -> list[int]:
    """The clinics with an unpublished verdict whose time to answer is over: they are to be assessed again."""
    waiting = select(models.ClinicVerdict.clinic_id).where(
        col(models.ClinicVerdict.current), ~col(models.ClinicVerdict.published)
    )
    return sorted(number for number in set(opened.exec(waiting)) if people_letters.heard(opened, number, today))
