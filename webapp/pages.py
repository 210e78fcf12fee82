"""About, the state of the crawl, and what is said when something is not there."""

from datetime import timedelta

from flask import Blueprint, Flask, Response, make_response, render_template, request
from flask_babel import lazy_gettext
from sqlalchemy import func
from sqlmodel import col, select
from werkzeug.exceptions import HTTPException

from store.engine import session
from store.models import Clinic, ClinicStatus, Visit, now
from store.visits import runs as recent_runs
from store.visits import state_of
from webapp.caching import cached
from webapp.site import get_site
from webapp.wording import OLD_AFTER_DAYS

pages = Blueprint("pages", __name__)
RUNS_SHOWN = 12
OUTCOMES = {
    "complete": lazy_gettext("read completely"),
    "partial": lazy_gettext("read in part"),
    "unchanged": lazy_gettext("read; nothing had changed"),
    "robots-disallowed": lazy_gettext("refused by robots.txt"),
    "dns-failure": lazy_gettext("the site's name was not found"),
    "refused": lazy_gettext("the connection was refused"),
    "timeout": lazy_gettext("no answer in time"),
    "tls-error": lazy_gettext("the secure connection could not be made"),
    "http-4xx": lazy_gettext("the site answered with an error (4xx)"),
    "http-5xx": lazy_gettext("the site answered with an error (5xx)"),
    "blocked": lazy_gettext("the site blocks automatic readers"),
    "needs-javascript": lazy_gettext("the site shows nothing without JavaScript"),
    "empty": lazy_gettext("no text was found"),
    "gone": lazy_gettext("the site is gone"),
    "redirected-away": lazy_gettext("the site leads to another one"),
    "too-large": lazy_gettext("too large to read"),
    "trap": lazy_gettext("endless addresses"),
    "error": lazy_gettext("an error of ours"),
}


@pages.get("/about")
@cached
def about() -> str:
    """Who runs this, how it is paid, what it is for, and how a clinic answers."""
    return render_template("pages/about.html")


@pages.get("/status")
def status() -> Response:
    """The last runs, how visits ended, and how old the readings are."""
    with session(get_site().engine) as opened:
        runs = [(run, state_of(run)) for run in recent_runs(opened, RUNS_SHOWN)]
        newest = (
            select(func.max(Visit.id))
            .join(Clinic, col(Clinic.id) == col(Visit.clinic_id))
            .where(Visit.outcome != "", Clinic.status == ClinicStatus.ACTIVE)
            .group_by(col(Visit.clinic_id))
        )
        outcomes = opened.exec(
            select(Visit.outcome, func.count()).where(col(Visit.id).in_(newest)).group_by(col(Visit.outcome))
        ).all()
        listed = opened.exec(select(func.count()).select_from(Clinic).where(Clinic.status == ClinicStatus.ACTIVE)).one()
        overdue = opened.exec(
            select(func.count())
            .select_from(Clinic)
            .where(Clinic.status == ClinicStatus.ACTIVE, col(Clinic.due_at) < now() - timedelta(days=1))
        ).one()
        old = opened.exec(
            select(func.count())
            .select_from(Visit)
            .where(col(Visit.id).in_(newest), col(Visit.started_at) < now() - timedelta(days=OLD_AFTER_DAYS))
        ).one()
    page = render_template(
        "pages/status.html",
        runs=runs,
        outcomes=sorted(((str(outcome), int(count)) for outcome, count in outcomes), key=lambda one: -one[1]),
        listed=listed,
        visited=sum(int(count) for _, count in outcomes),
        overdue=overdue,
        old=old,
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "public, max-age=60"
    return response


@pages.record_once
def _errors(state: object) -> None:
    app: Flask = state.app  # type: ignore[attr-defined]
    app.jinja_env.globals["outcome_name"] = lambda outcome: OUTCOMES.get(outcome, outcome)
    app.register_error_handler(HTTPException, _said)
    app.register_error_handler(Exception, _fault)


def _fault(error: Exception) -> Response:
    get_site()
    from flask import current_app

    current_app.logger.error("%s %s failed", request.method, request.path, exc_info=error)
    if current_app.config.get("PROPAGATE_EXCEPTIONS") or current_app.testing:
        raise error
    from werkzeug.exceptions import InternalServerError

    return _said(InternalServerError())


def _said(error: HTTPException) -> Response:
    from webapp.problem import problem

    if error.response is not None or (error.code or 500) < 400:
        return error.get_response()  # type: ignore[return-value]  # a redirect of Flask's own
    if request.path.startswith("/api/"):
        return problem(error.code or 500, error.name, error.description or "")
    response = make_response(render_template("errors/error.html", error=error), error.code or 500)
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    return response
