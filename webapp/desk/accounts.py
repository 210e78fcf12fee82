"""Accounts: opened, changed and closed by administrators; everybody sets a password of their own."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from store import people_accounts
from store.people import Role
from store.people_accounts import AccountError
from webapp.desk.door import me, needs
from webapp.limits import limiter
from webapp.site import get_site

accounts = Blueprint("accounts", __name__, url_prefix="/accounts")


@accounts.get("/")
@needs(Role.ADMINISTRATOR)
def index() -> str:
    """Every account."""
    return render_template(
        "desk/accounts/index.html", people=people_accounts.people(get_site().engine), roles=list(Role)
    )


@accounts.post("/")
@needs(Role.ADMINISTRATOR)
def add() -> Answer:
    """Open an account."""
    form = request.form
    try:
        people_accounts.add_user(
            get_site().engine, form.get("name", ""), form.get("role", ""), form.get("password", ""), by=me().name
        )
        flash("The account is open.", "done")
    except AccountError as error:
        flash(f"Not opened: {error}.", "wrong")
    return redirect(url_for("desk.accounts.index"), 303)


@accounts.post("/<name>")
@needs(Role.ADMINISTRATOR)
def change(name: str) -> Answer:
    """Change a role, close or reopen an account, or set a new password for somebody who lost theirs."""
    form, engine = request.form, get_site().engine
    try:
        people_accounts.change_account(
            engine, name, role=form.get("role", ""), active=form.get("active") == "yes", by=me().name
        )
        if form.get("password"):
            people_accounts.set_password(engine, name, form["password"], by=me().name)
        flash(f"{name}: changed; its sessions have ended.", "done")
    except AccountError as error:
        flash(f"Not changed: {error}.", "wrong")
    return redirect(url_for("desk.accounts.index"), 303)


@accounts.route("/own-password", methods=["GET", "POST"])
@limiter.limit("5 per minute", methods=["POST"])
@needs(Role.EDITOR)
def own_password() -> Answer | str:
    """Set one's own password; the old one is asked for, and every session of the account ends."""
    if request.method == "GET":
        return render_template("desk/accounts/own_password.html")
    engine, name = get_site().engine, me().name
    key = people_accounts.sign_in(engine, name, request.form.get("old", ""))
    try:
        if key is None:
            raise AccountError("the old password is wrong")
        people_accounts.set_password(engine, name, request.form.get("new", ""), by=name)
    except AccountError as error:
        flash(f"Not changed: {error}.", "wrong")
        return redirect(url_for("desk.accounts.own_password"), 303)
    flash("Your password is changed. Sign in with it.", "done")
    return redirect(url_for("desk.door.sign_in"), 303)
