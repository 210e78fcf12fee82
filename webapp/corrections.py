"""How errors are reported and what becomes of a report. No account, no cookie; the form works on paper-thin connections."""

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from sqlmodel import select
from werkzeug.wrappers import Response

from store.engine import session
from store.models import Clinic, ClinicStatus
from store.people import report_error
from webapp.limits import limiter
from webapp.site import get_site

corrections = Blueprint("corrections", __name__)
LONGEST_TEXT = 4000
LONGEST_CONTACT = 200


@corrections.get("/corrections")
def index() -> Response:
    """The form, and the rules by which reports are answered."""
    clinic = _clinic(request.args.get("clinic", ""))
    number = request.args.get("case", "")
    return _page(clinic, number=number if number.isdecimal() and len(number) < 12 else "")


@corrections.post("/corrections")
@limiter.limit("10 per hour")
def report() -> Response:
    """Keep a report; answer with its number."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        abort(403, "This form is sent from our own page only.")
    clinic = _clinic(request.form.get("clinic", ""))
    # A browser counts a line's end as one character, and sends two.
    text = request.form.get("text", "").replace("\r\n", "\n").strip()
    contact = request.form.get("contact", "").strip()
    if request.form.get("website"):  # a field that no person sees: programs that fill in everything fill it in
        return redirect(url_for("corrections.index", case="0"), 303)
    if not text or len(text) > LONGEST_TEXT or len(contact) > LONGEST_CONTACT:
        return _page(clinic, wrong=True, text=text, contact=contact, status=400)
    number = report_error(get_site().engine, clinic.id if clinic else None, text, contact)
    return redirect(url_for("corrections.index", case=number), 303)


def _clinic(slug: str) -> Clinic | None:
    if not slug or "\x00" in slug:
        return None
    with session(get_site().engine) as opened:
        return opened.exec(select(Clinic).where(Clinic.slug == slug, Clinic.status != ClinicStatus.OPTED_OUT)).first()


def _page(
    clinic: Clinic | None,
    *,
    number: str = "",
    wrong: bool = False,
    text: str = "",
    contact: str = "",
    status: int = 200,
) -> Response:
    page = render_template(
        "corrections/index.html",
        clinic=clinic,
        number=number,
        wrong=wrong,
        text=text,
        contact=contact,
        longest=LONGEST_TEXT,
        country=clinic.country if clinic else "",
    )
    return make_response(page, status)
