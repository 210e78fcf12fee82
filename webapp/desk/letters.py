"""A clinic's file: what is found on its pages, the letters it was sent, and its replies."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlmodel import Session, col, select
from werkzeug.wrappers import Response as Answer

from store import people_letters, people_reviews
from store.engine import session
from store.listing import refresh
from store.models import Clinic, ClinicVerdict
from store.people import Letter, Reply, Role
from store.people_letters import REASONS, ReplyError
from webapp.desk.door import me, needs
from webapp.desk.judging import take_effect
from webapp.site import get_site

letters = Blueprint("letters", __name__, url_prefix="/letters")
HARMFUL = {"contradicted", "raised"}


@letters.get("/")
@needs(Role.EDITOR)
def index() -> str:
    """Replies to read, clinics to be written to, letters under way."""
    today = datetime.now(UTC).date()
    with Session(get_site().engine, expire_on_commit=False) as opened:
        replies = opened.exec(
            select(Reply, Clinic)
            .join(Clinic, col(Clinic.id) == col(Reply.clinic_id))
            .where(Reply.state == "received")
            .order_by(col(Reply.id))
        ).all()
        sent = opened.exec(
            select(Letter, Clinic)
            .join(Clinic, col(Clinic.id) == col(Letter.clinic_id))
            .order_by(col(Letter.id).desc())
            .limit(100)
        ).all()
        waiting = opened.exec(
            select(Clinic)
            .where(
                col(Clinic.id).in_(
                    select(ClinicVerdict.clinic_id).where(col(ClinicVerdict.current), ~col(ClinicVerdict.published))
                )
            )
            .order_by(col(Clinic.name))
        ).all()
        found = request.args.get("q", "").strip()[:100]
        matching = (
            opened.exec(
                select(Clinic)
                .where(col(Clinic.name).icontains(found, autoescape=True))
                .order_by(col(Clinic.name))
                .limit(50)
            ).all()
            if found
            else []
        )
    return render_template(
        "desk/letters/index.html",
        replies=replies,
        sent=sent,
        waiting=waiting,
        reasons=REASONS,
        today=today,
        q=found,
        matching=matching,
    )


@letters.get("/clinics/<slug>")
@needs(Role.EDITOR)
def clinic(slug: str) -> str:
    """All about one clinic."""
    with Session(get_site().engine, expire_on_commit=False) as opened:
        return _clinic_page(opened, _clinic(opened, slug))


@letters.post("/clinics/<slug>/letter")
@needs(Role.EDITOR)
def write(slug: str) -> str:
    """Make a letter with the draft findings. Its private link is shown once, on the page that answers."""
    site = get_site()
    with session(site.engine) as opened:
        found = _clinic(opened, slug)
        assert found.id is not None
        items, left_out = draft_findings(opened, found.id)
        if not items:
            flash("There is nothing to send: review the findings first.", "wrong")
            return _clinic_page(opened, found)
        letter, key = people_letters.send_letter(
            opened, clinic_id=found.id, country=found.country, days=site.settings.reply_days_in(found.country), items=items,
            author=me().name, checklist_version=site.checklist.version,
        )  # fmt: skip
        link = site.address + url_for("answers.page", key=key)
        letter.text = render_template(
            "desk/letters/letter.txt", clinic=found, letter=letter, link=link,
            checklist=site.checklist, contact=site.settings.contact,
        )  # fmt: skip
        shown, letter.text = letter.text, letter.text.replace(link, "(the private link, kept nowhere)")
        opened.add(letter)
        return _clinic_page(opened, found, letter=letter, shown=shown, link=link, left_out=left_out)


@letters.post("/<int:number>/withdraw")
@needs(Role.EDITOR)
def withdraw(number: int) -> Answer:
    """Close a private link."""
    with session(get_site().engine) as opened:
        letter = opened.get(Letter, number) if number < 2**31 else None
        if letter is None:
            abort(404)
        people_letters.withdraw(opened, letter, me().name)
        slug = opened.get_one(Clinic, letter.clinic_id).slug
    flash("The link opens nothing any more.", "done")
    return redirect(url_for("desk.letters.clinic", slug=slug), 303)


@letters.post("/replies/<int:number>")
@needs(Role.EDITOR)
def settle(number: int) -> Answer:
    """Put a reply beside its finding, or refuse it with a reason."""
    try:
        with session(get_site().engine) as opened:
            reply = opened.get(Reply, number) if number < 2**31 else None
            if reply is None:
                abort(404)
            people_letters.settle_reply(
                opened,
                reply,
                me().name,
                show=request.form.get("show") == "yes",
                refusal=request.form.get("refusal", ""),
            )
            refresh(opened, [reply.clinic_id])
            clinic_id = reply.clinic_id
        take_effect(clinic_id)
        flash("Kept.", "done")
    except ReplyError as error:
        flash(f"Nothing was kept: {error}.", "wrong")
    return redirect(url_for("desk.letters.index"), 303)


def draft_findings(opened: Session, clinic_id: int) -> tuple[list[dict[str, Any]], int]:
    """What a letter tells a clinic: every sentence that its verdicts rest on, the harmful ones first; and how many were left out
    because nobody has reviewed them, or a decision on them says otherwise."""
    standing = {(one.criterion, one.sentence_digest): one for one in people_reviews.standing(opened, clinic_id)}
    items, left_out = [], 0
    current = opened.exec(select(ClinicVerdict).where(ClinicVerdict.clinic_id == clinic_id, col(ClinicVerdict.current)))
    for row in current:
        for piece in row.evidence:
            if not people_reviews.may_stand(piece, standing.get((row.criterion, piece["sentence_digest"]))):
                left_out += 1
                continue
            kept = {name: piece[name] for name in ("verdict", "quote", "url", "fetched_at", "sentence_digest")}
            items.append({"criterion": row.criterion, **kept})
    return sorted(items, key=lambda item: item["verdict"] not in HARMFUL), left_out


def _clinic(opened: Session, slug: str) -> Clinic:
    found = opened.exec(select(Clinic).where(Clinic.slug == slug)).first()
    if found is None:
        abort(404)
    return found


def _clinic_page(opened: Session, found: Clinic, **more: Any) -> str:
    assert found.id is not None
    of_clinic = select(ClinicVerdict).where(ClinicVerdict.clinic_id == found.id, col(ClinicVerdict.current))
    verdicts = {row.criterion: row for row in opened.exec(of_clinic)}
    sent = opened.exec(select(Letter).where(Letter.clinic_id == found.id).order_by(col(Letter.id).desc())).all()
    replies = opened.exec(select(Reply).where(Reply.clinic_id == found.id).order_by(col(Reply.id).desc())).all()
    site = get_site()
    return render_template(
        "desk/letters/clinic.html", clinic=found, verdicts=verdicts, sent=sent, replies=replies, reasons=REASONS,
        told=people_letters.told(opened, found.id), days=site.settings.reply_days_in(found.country), harmful=HARMFUL,
        standing={(one.criterion, one.sentence_digest) for one in people_reviews.standing(opened, found.id)}, **more,
    )  # fmt: skip
