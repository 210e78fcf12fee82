"""The door: who comes in, what each role may do, and proof that a form was sent from our own page."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import session as cookie
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlmodel import Session, col, func, select
from werkzeug.wrappers import Response as Answer

from store import people_accounts, people_reviews
from store.models import ClinicVerdict
from store.people import Case, GoldPage, Reply, Role
from store.people_accounts import Person
from store.settings import Settings
from webapp.limits import limiter
from webapp.site import get_site

View = TypeVar("View", bound=Callable[..., Any])
SHORTEST_KEY = 32
LARGEST_FORM = 2_000_000  # bytes: a whole checklist with room to grow
door = Blueprint("door", __name__)
csrf = CSRFProtect()


def needs(role: Role) -> Callable[[View], View]:
    """Say which role a view needs. A view that says nothing needs an administrator."""

    def mark(view: View) -> View:
        view.role = role  # type: ignore[attr-defined]
        return view

    return mark


def me() -> Person:
    """Who is signed in."""
    person = g.person
    assert isinstance(person, Person)
    return person


def guard() -> Answer | None:
    """Before every view of the desk: a secret key is set, somebody is signed in, may do this, and sent our own form."""
    if len(get_site().settings.secret_key) < SHORTEST_KEY:
        abort(
            503,
            f"The desk is closed: set VETTING_SECRET_KEY to a secret of at least {SHORTEST_KEY} characters and start again.",
        )
    request.max_content_length = request.max_form_memory_size = LARGEST_FORM
    g.person = people_accounts.signed_in(get_site().engine, str(cookie["key"])) if "key" in cookie else None
    if request.endpoint != "desk.door.sign_in":
        if g.person is None:
            if request.method != "GET":
                return _refused(
                    401, "Your session has ended. Sign in again; what you wrote is still in the form when you go back."
                )
            return redirect(url_for("desk.door.sign_in", next=request.full_path.rstrip("?")))
        view = current_app.view_functions[request.endpoint or ""]
        if not g.person.may(getattr(view, "role", Role.ADMINISTRATOR)):
            abort(403, "Your role does not include this. Ask an administrator.")
    if request.method not in {"GET", "HEAD", "OPTIONS"}:
        try:
            csrf.protect()
        except CSRFError:
            return _refused(
                400,
                "This form is older than twelve hours or was opened by somebody else. Copy what you wrote, open the page again and "
                "send it from there.",
            )
    return None


def _refused(status: int, words: str) -> Answer:
    """A page of the desk's own: that of the site says only that the request was not understood."""
    return make_response(render_template("desk/refused.html", words=words), status)


def private(response: Response) -> Response:
    """Nothing of the desk is kept or indexed by anybody."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


@door.route("/sign-in", methods=["GET", "POST"])
@limiter.limit("10 per minute", methods=["POST"])
def sign_in() -> Answer | str | tuple[str, int]:
    """The form, and what it sends. A wrong name and a wrong password get the same answer in the same time."""
    onward = _own_address(request.values.get("next", ""))
    if request.method == "GET":
        return redirect(onward) if g.person else render_template("desk/sign_in.html", onward=onward)
    name = request.form.get("name", "")[:100].strip()
    key = people_accounts.sign_in(get_site().engine, name, request.form.get("password", ""))
    if key is None:
        flash("Name or password is wrong, or the account is locked for some minutes after wrong ones.", "wrong")
        return render_template("desk/sign_in.html", onward=onward, name=name), 403
    # Forms that this person left open in this browser when the session ended can still be sent; nobody else's can.
    kept = {"csrf_token": cookie["csrf_token"]} if cookie.get("name") == name and "csrf_token" in cookie else {}
    cookie.clear()
    cookie.update(kept, key=key, name=name)
    return redirect(onward, 303)


@door.post("/sign-out")
@needs(Role.EDITOR)
def sign_out() -> Answer:
    """End the session, here and in the database."""
    people_accounts.sign_out(get_site().engine, str(cookie.get("key", "")), me().name)
    cookie.clear()
    return redirect(url_for("desk.door.sign_in"), 303)


@door.get("/")
@needs(Role.EDITOR)
def home() -> str:
    """What waits, part by part."""
    with Session(get_site().engine) as opened:
        waiting = {
            "verdicts": _count(opened, ClinicVerdict, col(ClinicVerdict.current), ~col(ClinicVerdict.published)),
            "proposed": len(people_reviews.proposed(opened)),
            "replies": _count(opened, Reply, Reply.state == "received"),
            "cases": _count(opened, Case, Case.state == "open"),
            "gold": _count(opened, GoldPage, col(GoldPage.settled_at).is_(None)),
        }
    return render_template("desk/home.html", waiting=waiting)


def _count(opened: Session, table: Any, *which: Any) -> int:
    return int(opened.exec(select(func.count()).select_from(table).where(*which)).one())


def _own_address(text: str) -> str:
    """An address of the desk itself to go on to; the desk's first page for anything else."""
    return text if text.startswith("/desk/") and not {"\\", "\n", "\r", "\t"} & set(text) else url_for("desk.door.home")


def init_app(app: Flask, settings: Settings) -> None:
    """The cookie of the desk: signed, for /desk alone, unreadable to scripts, over TLS where the site has it."""
    app.config.update(
        SESSION_COOKIE_NAME="vetting_desk",
        SESSION_COOKIE_PATH="/desk",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.public_url.startswith("https://"),
        WTF_CSRF_CHECK_DEFAULT=False,
        # Our pages send no referrer at all, so the token alone must do; it is bound to the signed cookie.
        WTF_CSRF_SSL_STRICT=False,
        WTF_CSRF_TIME_LIMIT=12 * 3600,
    )
    csrf.init_app(app)
    app.jinja_env.globals["Role"] = Role
