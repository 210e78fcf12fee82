"""Where a clinic answers: a page that a private link opens. No account, no cookie; nobody else finds it."""

from collections.abc import Mapping

from flask import Blueprint, Response, abort, g, make_response, render_template, request
from sqlmodel import Session, col, select

from store import people_letters
from store.engine import session
from store.models import Clinic
from store.people import Letter, Reply
from store.people_cases import CaseError, read_again
from store.people_letters import MOST_WORDS, REASONS, ReplyError
from webapp.limits import limiter
from webapp.site import get_site

answers = Blueprint("answers", __name__, url_prefix="/replies", template_folder="templates")


@answers.after_request
def private(response: Response) -> Response:
    """Nobody keeps, indexes or passes on this address."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@answers.get("/<key>")
@limiter.limit("60 per minute")
def page(key: str) -> Response:
    """The draft findings, each with a form to answer it."""
    with Session(get_site().engine, expire_on_commit=False) as opened:
        return _page(opened, _letter(opened, key))


@answers.post("/<key>")
@limiter.limit("60 per hour")
def keep(key: str) -> Response:
    """Keep an answer, or a wish to be read again."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        abort(403, "This form is sent from our own page only.")
    form = request.form
    try:
        with session(get_site().engine) as opened:
            letter = _letter(opened, key)
            if form.get("act") == "read-again":
                read_again(opened, letter.clinic_id, "the clinic")
                return _page(opened, letter, said="Your pages will be read again with the next crawl.")
            people_letters.answer(
                opened, letter, criterion=form.get("criterion", ""), reason=form.get("reason", ""), address=form.get("address", ""),
                text=form.get("text", ""), allowed={item["criterion"] for item in letter.items},
            )  # fmt: skip
            return _page(
                opened, letter, said="Your answer has been kept. A person reads it before it stands beside the finding."
            )
    except (ReplyError, CaseError) as error:
        with Session(get_site().engine, expire_on_commit=False) as opened:
            return _page(opened, _letter(opened, key), wrong=f"Nothing was kept: {error}.", status=400)


def replies_beside(clinic_id: int) -> Mapping[str, Reply]:
    """For the public clinic page: the clinic's answers that stand beside its findings, by criterion; read once a request."""
    kept: dict[int, Mapping[str, Reply]] = g.setdefault("replies_beside", {})
    if clinic_id not in kept:
        with Session(get_site().engine, expire_on_commit=False) as opened:
            kept[clinic_id] = people_letters.shown_replies(opened, clinic_id)
    return kept[clinic_id]


def _letter(opened: Session, key: str) -> Letter:
    found = people_letters.letter_of_key(opened, key)
    if found is None:
        abort(404)
    return found


def _page(opened: Session, letter: Letter, *, said: str = "", wrong: str = "", status: int = 200) -> Response:
    clinic = opened.get_one(Clinic, letter.clinic_id)
    given = {
        row.criterion: row
        for row in opened.exec(select(Reply).where(Reply.letter_id == letter.id).order_by(col(Reply.id)))
    }
    criteria: dict[str, list[dict[str, object]]] = {}
    for item in letter.items:
        criteria.setdefault(str(item["criterion"]), []).append(item)
    tried = request.form if wrong else {}
    return make_response(
        render_template(
            "desk/letters/answer.html", letter=letter, clinic=clinic, criteria=criteria, given=given, reasons=REASONS,
            most=MOST_WORDS, said=said, wrong=wrong, tried=tried,
        ),
        status,
    )  # fmt: skip
