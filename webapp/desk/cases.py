"""Cases: what anybody reported, what was done about it, and clinics to be read again."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlmodel import Session, col, select
from werkzeug.wrappers import Response as Answer

from store.engine import session
from store.models import Clinic
from store.people import Case, Role
from store.people_cases import STATES, CaseError, log_of, read_again, write
from webapp.desk.door import me, needs
from webapp.site import get_site

cases = Blueprint("cases", __name__, url_prefix="/cases")


@cases.get("/")
@needs(Role.EDITOR)
def index() -> str:
    """The cases of one state, the oldest first; closed ones newest first."""
    state = request.args.get("state", "open")
    state = state if state in STATES else "open"
    order = col(Case.id).desc() if state == "closed" else col(Case.id)
    wanted = select(Case, Clinic).outerjoin(Clinic, col(Clinic.id) == col(Case.clinic_id)).where(Case.state == state)
    with Session(get_site().engine) as opened:
        rows = opened.exec(wanted.order_by(order).limit(500)).all()
    return render_template("desk/cases/index.html", rows=rows, state=state, states=STATES)


@cases.get("/<int:number>")
@needs(Role.EDITOR)
def case(number: int) -> str:
    """One case with its log."""
    with Session(get_site().engine, expire_on_commit=False) as opened:
        found = _case(opened, number)
        clinic = opened.get(Clinic, found.clinic_id) if found.clinic_id else None
        log = log_of(opened, number)
    return render_template("desk/cases/case.html", case=found, clinic=clinic, log=log, states=STATES)


@cases.post("/<int:number>")
@needs(Role.EDITOR)
def add(number: int) -> Answer:
    """Write to a case's log, or ask that its clinic be read again."""
    try:
        with session(get_site().engine) as opened:
            found = _case(opened, number)
            if request.form.get("act") == "read-again" and found.clinic_id:
                read_again(opened, found.clinic_id, me().name)
                write(opened, found, me().name, "Asked that the clinic be read again.", found.state)
            else:
                write(opened, found, me().name, request.form.get("text", ""), request.form.get("state", found.state))
        flash("Kept.", "done")
    except CaseError as error:
        flash(f"Nothing was kept: {error}.", "wrong")
    return redirect(url_for("desk.cases.case", number=number), 303)


def _case(opened: Session, number: int) -> Case:
    found = opened.get(Case, number) if number < 2**31 else None
    if found is None:
        abort(404)
    return found
