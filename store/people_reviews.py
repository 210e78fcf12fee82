"""Reviews: what people decided about sentences, and what still waits for a decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col, select

from store.models import Change, Clinic, ClinicStatus, ClinicVerdict, Finding, Page, Snapshot, now
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


def may_stand(piece: dict[str, Any], review: Review | None) -> bool:
    """Whether a clinic may be named with this piece of evidence: a person let it stand as it is, or nobody has decided on it and
    it needs nobody. A rejection lets nothing stand, a correction only what it made of the sentence."""
    return review.verdict == piece.get("verdict") if review else not awaits(piece)


def waits_for_a_person(told: type[Finding] | type[Change]) -> ColumnElement[bool]:
    """Whether the clinic's verdict on the criterion that a row tells of is held back until a person has looked; for `where`."""
    held = select(ClinicVerdict.id).where(
        ClinicVerdict.clinic_id == told.clinic_id, ClinicVerdict.criterion == told.criterion,
        col(ClinicVerdict.current), ~col(ClinicVerdict.published),
    )  # fmt: skip
    return held.exists()


def queue(opened: Session, *, clinic_id: int | None = None, limit: int = 500) -> list[Waiting]:
    """The sentences behind unpublished verdicts that nobody has settled, and every decision that a second person must confirm,
    by clinic and criterion."""
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
            if awaits(piece) and not {one.state for one in reviews} & {ReviewState.STANDING, ReviewState.PROPOSED}:
                waiting.append(Waiting(clinic, row, piece, None, reviews[-1] if reviews else None))
    for review, row, clinic in proposed(opened):
        quoted = piece_in(opened, row, review.sentence_digest)
        if quoted and clinic_id in (None, clinic.id):
            waiting.append(Waiting(clinic, row, quoted, review))
    return sorted(waiting, key=lambda one: (one.clinic.name, one.verdict.criterion))


def proposed(opened: Session) -> Sequence[tuple[Review, ClinicVerdict, Clinic]]:
    """The decisions that a second person must confirm, published or not, with the clinic's verdict on the criterion now."""
    wanted = (
        select(Review, ClinicVerdict, Clinic)
        .join(Clinic, col(Clinic.id) == col(Review.clinic_id))
        .join(ClinicVerdict, verdict_of_review())
        .where(Review.state == ReviewState.PROPOSED, Clinic.status != ClinicStatus.OPTED_OUT)
        .order_by(col(Clinic.name), col(Review.criterion), col(Review.id))
    )
    return opened.exec(wanted).all()


def verdict_of_review() -> ColumnElement[bool]:
    """Whether a verdict is the one that now holds where a review was made; to join by."""
    return and_(
        col(ClinicVerdict.clinic_id) == col(Review.clinic_id), col(ClinicVerdict.criterion) == col(Review.criterion),
        col(ClinicVerdict.current),
    )  # fmt: skip


def piece_in(opened: Session, row: ClinicVerdict, digest: str) -> dict[str, Any] | None:
    """The sentence of that digest as a verdict quotes it; one that the verdict does not quote (any more), as it was decided on."""
    for piece in row.evidence:
        if piece.get("sentence_digest") == digest:
            return piece
    of_sentence = (
        Review.clinic_id == row.clinic_id, Review.criterion == row.criterion, Review.sentence_digest == digest
    )  # fmt: skip
    reviews = opened.exec(select(Review).where(*of_sentence).order_by(col(Review.id).desc())).all()
    if not reviews:
        return None
    held = next((one for one in reviews if one.state == ReviewState.STANDING), None)
    review = held or reviews[0]
    where = (Snapshot.clinic_id == row.clinic_id, Snapshot.url == review.url, col(Snapshot.current))
    page = opened.exec(select(Page).join(Snapshot, col(Snapshot.page_id) == col(Page.id)).where(*where)).first()
    start = page.text.find(review.quote) if page else -1
    return {
        "verdict": (held.verdict if held else "") or review.machine_verdict,
        "quote": review.quote,
        "start": max(start, 0),
        "end": start + len(review.quote) if start >= 0 else 0,
        "page_id": page.id if page and start >= 0 else None,
        "url": review.url,
        "fetched_at": review.decided_at.isoformat(),
        "confidence": "decided by a person",
        "reason": {},
        "sentence_digest": digest,
    }


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

    With the two-person rule a correction or rejection only proposes, until somebody else confirms it, and so does a confirmation
    of what a standing decision says otherwise; meanwhile what stands holds on, and only an earlier proposal is superseded.
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
    held = _of_sentence(opened, clinic_id, criterion, digest, ReviewState.STANDING)
    proposes = two_person_rule and (decision != "confirm" or any(one.verdict != piece["verdict"] for one in held))
    _supersede(opened, _of_sentence(opened, clinic_id, criterion, digest, ReviewState.PROPOSED))
    if not proposes:
        _supersede(opened, held)
    made = Review(
        clinic_id=clinic_id, criterion=criterion, sentence_digest=digest, quote=piece["quote"], url=piece.get("url", ""),
        machine_verdict=piece["verdict"], decision=decision,
        verdict={"confirm": piece["verdict"], "correct": verdict, "reject": ""}[decision], reason=reason.strip()[:2000],
        state=ReviewState.PROPOSED if proposes else ReviewState.STANDING, author=author, checklist_version=checklist_version,
    )  # fmt: skip
    opened.add(made)
    opened.flush()
    note(
        opened, author, f"review: {decision}", f"review {made.id}", clinic=clinic_id, criterion=criterion, quote=piece["quote"],
        before=piece["verdict"], after=made.verdict, reason=made.reason, state=made.state,
    )  # fmt: skip
    return made


def second(opened: Session, review_id: int, who: str, *, agree: bool) -> Review:
    """Somebody else's word on a proposed decision; agreed to, it takes the place of the one that stood.

    Raises ReviewError for one's own, or one that does not wait.
    """
    review = opened.get(Review, review_id)
    if review is None or review.state != ReviewState.PROPOSED:
        raise ReviewError("this decision does not wait for anybody; look at the queue again")
    if review.author == who:
        raise ReviewError("somebody else must confirm it: who edits a verdict cannot be who confirms it")
    if agree:
        of_sentence = (review.clinic_id, review.criterion, review.sentence_digest)
        _supersede(opened, _of_sentence(opened, *of_sentence, ReviewState.STANDING))
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


def _of_sentence(opened: Session, clinic_id: int, criterion: str, digest: str, state: str) -> list[Review]:
    at_clinic = standing(opened, clinic_id, states=(state,))
    return [one for one in at_clinic if (one.criterion, one.sentence_digest) == (criterion, digest)]


def _supersede(opened: Session, reviews: Sequence[Review]) -> None:
    for review in reviews:
        review.state = ReviewState.SUPERSEDED
        opened.add(review)


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
