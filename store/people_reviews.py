"""Reviews: what people decided about sentences, and what still waits for a decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from store.models import Change, Clinic, ClinicStatus, ClinicVerdict, Finding, now
from store.people import Reply, Review, ReviewState
from store.people_audit import note

DECISIONS = ("confirm", "correct", "reject")
AWAITED = frozenset({"contradicted", "raised"})  # verdicts of a sentence that a person must have seen


class ReviewError(ValueError):
    """A decision that cannot be taken so; the message says why."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One sentence that waits for a person, with what was decided about it so far."""

    clinic: Clinic
    verdict: ClinicVerdict
    piece: dict[str, Any]
    review: Review | None
    earlier: Review | None = None

    @property
    def needs_second(self) -> bool:
        """Whether somebody has decided and somebody else must confirm."""
        return self.review is not None and self.review.state == ReviewState.PROPOSED


def awaits(piece: dict[str, Any]) -> bool:
    """Whether this piece of evidence is of a kind that a person must see before a clinic is named with it."""
    return piece.get("verdict") in AWAITED or piece.get("confidence") == "doubtful"


def waits_for_a_person(told: type[Finding] | type[Change]) -> ColumnElement[bool]:
    """Whether the clinic's verdict on the criterion that a row tells of is held back until a person has looked; for `where`."""
    held = select(ClinicVerdict.id).where(
        ClinicVerdict.clinic_id == told.clinic_id, ClinicVerdict.criterion == told.criterion,
        col(ClinicVerdict.current), ~col(ClinicVerdict.published),
    )  # fmt: skip
    return held.exists()


def queue(opened: Session, *, clinic_id: int | None = None, limit: int = 500) -> list[Waiting]:
    """The sentences behind unpublished verdicts that nobody has settled, by clinic and criterion."""
    wanted = (
        select(ClinicVerdict, Clinic)
        .join(Clinic, col(Clinic.id) == col(ClinicVerdict.clinic_id))
        .where(col(ClinicVerdict.current), ~col(ClinicVerdict.published), Clinic.status != ClinicStatus.OPTED_OUT)
        .order_by(col(Clinic.name), col(ClinicVerdict.criterion))
        .limit(limit)
    )
    if clinic_id is not None:
        wanted = wanted.where(ClinicVerdict.clinic_id == clinic_id)
    rows = opened.exec(wanted).all()
    decided = _decided(opened, {row.clinic_id for row, _ in rows})
    waiting = []
    for row, clinic in rows:
        for piece in row.evidence:
            reviews = decided.get((row.clinic_id, row.criterion, piece["sentence_digest"]), [])
            review = next((one for one in reviews if one.state in (ReviewState.STANDING, ReviewState.PROPOSED)), None)
            if awaits(piece) and not (review and review.state == ReviewState.STANDING):
                waiting.append(Waiting(clinic, row, piece, review, reviews[-1] if reviews and review is None else None))
    return waiting


def _decided(opened: Session, clinic_ids: set[int]) -> dict[tuple[int, str, str], list[Review]]:
    found: dict[tuple[int, str, str], list[Review]] = {}
    for row in opened.exec(select(Review).where(col(Review.clinic_id).in_(clinic_ids)).order_by(col(Review.id))):
        found.setdefault((row.clinic_id, row.criterion, row.sentence_digest), []).append(row)
    return found


def decide(
    opened: Session, *, clinic_id: int, criterion: str, piece: dict[str, Any], decision: str, verdict: str, reason: str,
    author: str, two_person_rule: bool, checklist_version: str, allowed: Sequence[str],
) -> Review:  # fmt: skip
    """Keep a decision on one sentence; an earlier one on the same sentence is superseded.

    With the two-person rule a correction or rejection only proposes, until somebody else confirms it.
    Raises ReviewError for a decision that is none, a verdict that the criterion cannot have, a change without a reason.
    """
    if decision not in DECISIONS:
        raise ReviewError("choose: confirm, correct or reject")
    if decision == "correct" and verdict not in allowed:
        raise ReviewError(f"choose a verdict: {', '.join(allowed)}")
    if decision != "confirm" and not reason.strip():
        raise ReviewError("say why: a correction or rejection needs a reason")
    if decision == "correct" and verdict == piece["verdict"]:
        raise ReviewError("that is the verdict it has; to keep it, confirm it")
    digest = piece["sentence_digest"]
    for before in standing(opened, clinic_id, states=(ReviewState.STANDING, ReviewState.PROPOSED)):
        if (before.criterion, before.sentence_digest) == (criterion, digest):
            before.state = ReviewState.SUPERSEDED
            opened.add(before)
    made = Review(
        clinic_id=clinic_id, criterion=criterion, sentence_digest=digest, quote=piece["quote"], url=piece.get("url", ""),
        machine_verdict=piece["verdict"], decision=decision,
        verdict={"confirm": piece["verdict"], "correct": verdict, "reject": ""}[decision], reason=reason.strip()[:2000],
        state=ReviewState.PROPOSED if two_person_rule and decision != "confirm" else ReviewState.STANDING, author=author,
        checklist_version=checklist_version,
    )  # fmt: skip
    opened.add(made)
    opened.flush()
    note(
        opened, author, f"review: {decision}", f"review {made.id}", clinic=clinic_id, criterion=criterion, quote=piece["quote"],
        before=piece["verdict"], after=made.verdict, reason=made.reason, state=made.state,
    )  # fmt: skip
    return made


def second(opened: Session, review_id: int, who: str, *, agree: bool) -> Review:
    """Somebody else's word on a proposed decision. Raises ReviewError for one's own, or one that does not wait."""
    review = opened.get(Review, review_id)
    if review is None or review.state != ReviewState.PROPOSED:
        raise ReviewError("this decision does not wait for anybody; look at the queue again")
    if review.author == who:
        raise ReviewError("somebody else must confirm it: who edits a verdict cannot be who confirms it")
    review.state = ReviewState.STANDING if agree else ReviewState.SUPERSEDED
    review.confirmed_by, review.confirmed_at = who, now()
    opened.add(review)
    note(
        opened,
        who,
        "review: confirmed by a second" if agree else "review: turned down by a second",
        f"review {review.id}",
        author=review.author,
    )
    return review


def standing(opened: Session, clinic_id: int, states: Sequence[str] = (ReviewState.STANDING,)) -> list[Review]:
    """The decisions that hold at a clinic, oldest first."""
    wanted = select(Review).where(Review.clinic_id == clinic_id, col(Review.state).in_(states)).order_by(col(Review.id))
    return list(opened.exec(wanted))


def drop(opened: Session, review: Review) -> None:
    """The sentence is gone from the clinic's pages: the decision holds no longer. The digest of notices tells of it."""
    review.state, review.dropped_at = ReviewState.DROPPED, now()
    opened.add(review)
    note(
        opened,
        "the program",
        "review: dropped, the sentence is gone",
        f"review {review.id}",
        clinic=review.clinic_id,
        quote=review.quote,
    )


def unheard_replies(opened: Session, clinic_id: int) -> set[str]:
    """The criteria on which a clinic's answer lies unread: nothing new is published on them meanwhile."""
    return set(opened.exec(select(Reply.criterion).where(Reply.clinic_id == clinic_id, Reply.state == "received")))
