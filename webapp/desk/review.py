"""The queue: findings that wait for a person before a clinic is named with them, each in its whole page as archived."""

from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from sqlmodel import Session, col, select
from werkzeug.wrappers import Response as Answer

from jobs.decided import decisions_as_gold
from store.engine import session
from store.models import Clinic, ClinicVerdict, Page
from store.people import Review, Role
from store.people_reviews import ReviewError, awaits, decide, piece_in, queue, second, verdict_of_review
from webapp.clinics import marked_blocks
from webapp.desk.door import me, needs
from webapp.desk.judging import take_effect
from webapp.reading import anchor
from webapp.site import get_site

review = Blueprint("review", __name__, url_prefix="/review")
BY_HAND = {"confirm": "confirmed", "correct": "corrected", "reject": "rejected"}


@review.get("/")
@needs(Role.REVIEWER)
def index() -> str:
    """What waits, clinic by clinic."""
    with Session(get_site().engine) as opened:
        waiting = queue(opened)
    return render_template("desk/review/index.html", waiting=waiting)


@review.get("/<int:verdict_id>/<digest>")
@needs(Role.REVIEWER)
def sentence(verdict_id: int, digest: str) -> str:
    """One sentence in its page, what the program made of it, and the three things that can be done."""
    with Session(get_site().engine, expire_on_commit=False) as opened:
        verdict, piece, clinic = _find(opened, verdict_id, digest)
        page = opened.get(Page, int(piece.get("page_id") or 0))
        of_sentence = (
            Review.clinic_id == clinic.id,
            Review.criterion == verdict.criterion,
            Review.sentence_digest == digest,
        )
        history = opened.exec(select(Review).where(*of_sentence).order_by(col(Review.id).desc())).all()
    start, end = int(piece["start"]), int(piece["end"])
    whole = page is not None and page.text[start:end] == piece["quote"]
    return render_template(
        "desk/review/sentence.html",
        verdict=verdict,
        piece=piece,
        clinic=clinic,
        criterion=get_site().checklist.by_id.get(verdict.criterion),
        page=page,
        blocks=marked_blocks(page, [(start, end, verdict.criterion)]) if page is not None and whole else [],
        spot=anchor(verdict.criterion, start),
        history=history,
        awaited=awaits(piece),
        proposed=next((one for one in history if one.state == "proposed"), None),
        two=get_site().settings.two_person_rule,
    )


@review.post("/<int:verdict_id>/<digest>")
@needs(Role.REVIEWER)
def settle(verdict_id: int, digest: str) -> Answer:
    """Keep a decision and let it take effect."""
    site = get_site()
    try:
        with session(site.engine) as opened:
            verdict, piece, clinic = _find(opened, verdict_id, digest)
            criterion = site.checklist.by_id.get(verdict.criterion)
            made = decide(
                opened,
                clinic_id=verdict.clinic_id,
                criterion=verdict.criterion,
                piece=piece,
                decision=request.form.get("decision", ""),
                verdict=request.form.get("verdict", ""),
                reason=request.form.get("reason", ""),
                author=me().name,
                two_person_rule=site.settings.two_person_rule,
                checklist_version=site.checklist.version,
                allowed=[v.value for v in criterion.verdicts] if criterion else [],
            )
    except ReviewError as error:
        flash(f"Nothing was kept: {error}.", "wrong")
        return redirect(url_for("desk.review.sentence", verdict_id=verdict_id, digest=digest), 303)
    return _after(made, clinic)


@review.post("/second/<int:review_id>")
@needs(Role.REVIEWER)
def confirm(review_id: int) -> Answer:
    """A second person's yes or no to a proposed decision."""
    try:
        with session(get_site().engine) as opened:
            made = second(opened, review_id, me().name, agree=request.form.get("agree") == "yes")
            clinic = opened.get_one(Clinic, made.clinic_id)
    except ReviewError as error:
        flash(f"Nothing was kept: {error}.", "wrong")
        return redirect(url_for("desk.review.index"), 303)
    return _after(made, clinic)


@review.get("/decisions")
@needs(Role.REVIEWER)
def decisions() -> str:
    """All decisions, the newest first, each with the way back to its sentence."""
    wanted = (
        select(Review, Clinic, col(ClinicVerdict.id))
        .join(Clinic, col(Clinic.id) == col(Review.clinic_id))
        .outerjoin(ClinicVerdict, verdict_of_review())
    )
    with Session(get_site().engine) as opened:
        rows = opened.exec(wanted.order_by(col(Review.id).desc()).limit(500)).all()
    return render_template("desk/review/decisions.html", rows=rows, by_hand=BY_HAND)


@review.get("/decisions.jsonl")
@needs(Role.REVIEWER)
def as_gold() -> Response:
    """The decisions as gold records, a page a line."""
    body = decisions_as_gold(get_site().engine)
    headers = {"Content-Disposition": "attachment; filename=decisions.jsonl"}
    return Response(body, content_type="application/x-ndjson", headers=headers)


def _find(  # noqa: RET503  abort() does not return
    opened: Session, verdict_id: int, digest: str
) -> tuple[ClinicVerdict, dict[str, Any], Clinic]:
    verdict = opened.get(ClinicVerdict, verdict_id) if verdict_id < 2**31 else None
    if verdict is None:
        abort(404)
    # The clinic may have been assessed again while the page was open: the sentence is what counts, not the row.
    rows = [verdict, *opened.exec(
        select(ClinicVerdict).where(
            ClinicVerdict.clinic_id == verdict.clinic_id, ClinicVerdict.criterion == verdict.criterion, col(ClinicVerdict.current)
        )
    )]  # fmt: skip
    for row in rows if not verdict.current else [verdict]:
        if piece := piece_in(opened, row, digest):
            return row, piece, opened.get_one(Clinic, row.clinic_id)
    abort(404)


def _after(made: Review, clinic: Clinic) -> Answer:
    assert clinic.id is not None
    if made.state == "proposed":
        flash(f"{clinic.name}: kept. Somebody else must confirm it before it takes effect.", "done")
    elif made.state == "superseded":
        flash(f"{clinic.name}: turned down; what held before holds on.", "done")
    elif take_effect(clinic.id):
        flash(f"{clinic.name}: {BY_HAND[made.decision]}.", "done")
    else:
        flash(
            f"{clinic.name}: {BY_HAND[made.decision]}. It takes effect when the scoring that is due has ended.", "done"
        )
    with Session(get_site().engine) as opened:
        following = next(
            (one for one in queue(opened) if not one.needs_second or (one.review and one.review.author != me().name)),
            None,
        )
    if following is None:
        return redirect(url_for("desk.review.index"), 303)
    address = url_for(
        "desk.review.sentence", verdict_id=following.verdict.id, digest=following.piece["sentence_digest"]
    )
    return redirect(address, 303)
