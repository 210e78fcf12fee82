"""The workshop: drafts of the checklist, linted, tried, previewed and adopted; versions and what differs between them."""

import difflib
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response as Answer

from jobs import desk as desk_jobs
from jobs.adopt import AdoptError, adopt, adoptions, hands, kept_checklist, versions
from jobs.assess import current_version
from jobs.desk import DeskJobError
from jobs.difference import difference
from scorer.checklist import ChecklistError, load_checklist
from store import people_drafts
from store.engine import session
from store.models import ChecklistVersion
from store.people import Draft, Role
from store.people_drafts import DraftError, newest_job
from webapp.desk.door import me, needs
from webapp.desk.judging import checklist_of_text, lint_of_text
from webapp.site import get_site

workshop = Blueprint("workshop", __name__, url_prefix="/checklist")


@workshop.get("/")
@needs(Role.EDITOR)
def index() -> str:
    """Drafts, versions, and how far the site is behind the file."""
    site = get_site()
    with Session(site.engine, expire_on_commit=False) as opened:
        drafts = people_drafts.drafts(opened)
        shown = current_version(opened)
        job = newest_job(opened, "scoring")
    try:
        in_file, problem = load_checklist(site.settings.checklist).version, ""
    except ChecklistError as error:
        in_file, problem = "", str(error)
    running = job is not None and desk_jobs.is_running(job)
    return render_template(
        "desk/workshop/index.html", drafts=drafts, versions=versions(site.engine), shown=shown, in_file=in_file, problem=problem,
        job=job, running=running,
    )  # fmt: skip


@workshop.post("/")
@needs(Role.EDITOR)
def begin() -> Answer:
    """Begin a draft from the file as it stands, or from an uploaded one."""
    site = get_site()
    path = site.settings.checklist
    text = path.read_text(encoding="utf-8")
    file = request.files.get("file")
    uploaded = _uploaded() if file and file.filename else ""
    try:
        version = load_checklist(path).version
    except ChecklistError:
        version = ""
    with session(site.engine) as opened:
        draft = people_drafts.begin(
            opened, title=request.form.get("title", ""), version=version, text=text, author=me().name
        )
        if uploaded:
            people_drafts.save(opened, draft, uploaded, draft.revision, me().name)
        number = draft.id
    return redirect(url_for("desk.workshop.draft", number=number), 303)


@workshop.get("/drafts/<int:number>")
@needs(Role.EDITOR)
def draft(number: int) -> str:
    """One draft: what is wrong with it, what it changes, and the steps to its adoption."""
    site = get_site()
    with Session(site.engine, expire_on_commit=False) as opened:
        found = find_draft(opened, number)
        job = newest_job(opened, "preview", number)
        own = site.settings.two_person_rule and me().name in hands(opened, found)
    problems = lint_of_text(found.text)
    words, usable = _words(found)
    moved_on = found.state == "open" and site.settings.checklist.read_text(encoding="utf-8") != found.base_text
    return render_template(
        "desk/workshop/draft.html", draft=found, problems=problems, words=words, usable=usable, job=job, moved_on=moved_on,
        fresh=job is not None and job.state == "done" and job.revision == found.revision,
        own=own, criteria=site.checklist.criteria if usable is None else usable.criteria, differ=_unified(found.base_text, found.text),
    )  # fmt: skip


@workshop.route("/drafts/<int:number>/text", methods=["GET", "POST"])
@needs(Role.EDITOR)
def text(number: int) -> str | Answer | tuple[str, int]:
    """The whole file as text, or uploaded."""
    with Session(get_site().engine, expire_on_commit=False) as opened:
        found = find_draft(opened, number)
    if request.method == "GET":
        return render_template("desk/workshop/text.html", draft=found, text=found.text, differ="")
    file = request.files.get("file")
    written = _uploaded() if file and file.filename else request.form.get("text", "").replace("\r\n", "\n")
    try:
        with session(get_site().engine) as opened:
            people_drafts.save(opened, find_draft(opened, number), written, opened_revision(), me().name)
    except DraftError as error:
        flash(f"Not saved: {error}. What you wrote stands below; nothing is lost.", "wrong")
        with Session(get_site().engine, expire_on_commit=False) as opened:
            newest = find_draft(opened, number)
        return render_template(
            "desk/workshop/text.html", draft=newest, text=written, differ=_unified(newest.text, written)
        ), 409
    flash("Saved.", "done")
    return redirect(url_for("desk.workshop.draft", number=number), 303)


@workshop.route("/drafts/<int:number>/preview", methods=["GET", "POST"])
@needs(Role.EDITOR)
def preview(number: int) -> str | Answer:
    """Start a preview, watch it, read it."""
    site = get_site()
    if request.method == "POST":
        try:
            desk_jobs.start(site.engine, site.settings, "preview", me().name, number)
        except DeskJobError as error:
            flash(f"Not started: {error}.", "wrong")
        return redirect(url_for("desk.workshop.preview", number=number), 303)
    with Session(site.engine, expire_on_commit=False) as opened:
        found = find_draft(opened, number)
        job = newest_job(opened, "preview", number)
    running = job is not None and desk_jobs.is_running(job)
    return render_template("desk/workshop/preview.html", draft=found, job=job, running=running)


@workshop.post("/drafts/<int:number>/adopt")
@needs(Role.EDITOR)
def take(number: int) -> Answer:
    """Adopt a draft as the next version and start the scoring that puts it on the site."""
    site, who = get_site(), me().name
    with Session(site.engine, expire_on_commit=False) as opened:
        found = find_draft(opened, number)
        job = newest_job(opened, "preview", number)
        own = site.settings.two_person_rule and who in hands(opened, found)
    here = redirect(url_for("desk.workshop.draft", number=number), 303)
    try:
        if found.state != "open":
            raise AdoptError(f"this draft is {found.state}")
        if str(found.revision) != request.form.get("revision"):
            raise AdoptError(f"{found.changed_by} has saved this draft since you opened it; read it again")
        if job is None or job.state != "done" or job.revision != found.revision:
            raise AdoptError("make a preview of the draft as it is now, and read it")
        if own:
            raise AdoptError("somebody else must adopt it: who edits cannot be who confirms")
        reason = request.form.get("reason", "")
        version = adopt(
            site.engine,
            site.settings.checklist,
            found.text,
            base_text=found.base_text,
            author=found.author,
            reason=reason,
            by=who,
        )
    except (AdoptError, ChecklistError) as error:
        flash(f"Not adopted: {error}", "wrong")
        return here
    with session(site.engine) as opened:
        people_drafts.close(opened, find_draft(opened, number), "adopted", who, reason=reason, version=version)
    _score(who)
    flash(f"Adopted as version {version}. The site shows it when all pages have been scored with it.", "done")
    return redirect(url_for("desk.workshop.index"), 303)


@workshop.post("/drafts/<int:number>/give-up")
@needs(Role.EDITOR)
def give_up(number: int) -> Answer:
    """Close a draft that is not wanted any more; it stays readable."""
    with session(get_site().engine) as opened:
        found = find_draft(opened, number)
        if found.state == "open":
            people_drafts.close(opened, found, "given-up", me().name)
    return redirect(url_for("desk.workshop.index"), 303)


@workshop.post("/score")
@needs(Role.EDITOR)
def score() -> Answer:
    """Score what waits."""
    _score(me().name)
    return redirect(url_for("desk.workshop.index"), 303)


@workshop.get("/versions/<version>")
@needs(Role.EDITOR)
def version(version: str) -> str:
    """A version as it was adopted, and what it changed against another."""
    site = get_site()
    against = request.args.get("against", "")
    with Session(site.engine, expire_on_commit=False) as opened:
        row = opened.get(ChecklistVersion, version)
        other = opened.get(ChecklistVersion, against) if against else None
        adopted = adoptions(opened, version)
    if row is None or (against and other is None):
        abort(404)
    words: tuple[str, ...] = ()
    if other is not None:
        folder = site.settings.data_dir / "cache" / "checklists"
        try:
            one, two = (
                kept_checklist(site.engine, folder, other.version),
                kept_checklist(site.engine, folder, row.version),
            )
            words = difference(one, two).words if one and two else ()
        except ChecklistError:
            flash("One of the two was made for an older form of the file and can only be compared as text.", "wrong")
    differ = _unified(other.text, row.text) if other else ""
    return render_template(
        "desk/workshop/version.html",
        row=row,
        adoptions=adopted,
        other=other,
        words=words,
        differ=differ,
        versions=versions(site.engine),
    )


def find_draft(opened: Session, number: int) -> Draft:
    """The draft of that number, or the answer 404."""
    found = opened.get(Draft, number) if number < 2**31 else None
    if found is None:
        abort(404)
    return found


def _score(who: str) -> None:
    site = get_site()
    try:
        desk_jobs.start(site.engine, site.settings, "scoring", who)
    except DeskJobError as error:
        flash(f"Scoring was not started: {error}.", "wrong")


def _words(found: Draft) -> tuple[tuple[str, ...], Any]:
    """What a draft changes, in words, and its checklist; (), None while it cannot be used."""
    try:
        base, new = checklist_of_text(found.base_text), checklist_of_text(found.text)
    except ChecklistError:
        return (), None
    return difference(base, new).words, new


def _unified(one: str, other: str) -> str:
    return "\n".join(difflib.unified_diff(one.splitlines(), other.splitlines(), "before", "after", lineterm="", n=2))


def _uploaded() -> str:
    try:
        body: bytes = request.files["file"].read()
        return body.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        abort(400, "The file is no UTF-8 text.")


def opened_revision() -> int:
    """The revision that the sender had opened; -1, which no draft has, where the form does not say."""
    given = request.form.get("revision", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 9 else -1
