"""The workshop's bench: one criterion as a form, a draft brought onto the checklist as it is, and any text tried."""

from itertools import pairwise

from flask import flash, redirect, render_template, request, url_for
from markupsafe import Markup, escape
from sqlmodel import Session
from werkzeug.wrappers import Response as Answer

from jobs.editing import EditError, Form, criterion_form, with_form
from jobs.rebase import rebase
from jobs.trying import Trial, Tried, try_text
from scorer.checklist import ChecklistError, load_checklist
from scorer.rulefile import Problem
from store import people_drafts
from store.engine import session
from store.people import Draft, Role
from store.people_drafts import DraftError
from webapp.desk.door import me, needs
from webapp.desk.judging import current_judge, judge_of_text
from webapp.desk.workshop import find_draft, opened_revision, workshop
from webapp.site import get_site

LONGEST_TRIED = 50_000


@workshop.route("/drafts/<int:number>/criteria/<criterion_id>", methods=["GET", "POST"])
@needs(Role.EDITOR)
def criterion(number: int, criterion_id: str) -> str | Answer | tuple[str, int]:
    """One criterion as a form: its words, its phrases and its examples, a line each."""
    site = get_site()
    with Session(site.engine, expire_on_commit=False) as opened:
        found = find_draft(opened, number)
    try:
        kept = criterion_form(found.text, criterion_id)
        if request.method == "GET":
            return _form_page(found, kept)
        form = Form(
            criterion_id,
            {name: request.form.get(name, "") for name in kept.words},
            {name: request.form.get(name, "").splitlines() for name in kept.lists},
        )
        try:
            with session(site.engine) as opened:
                newest = find_draft(opened, number)
                people_drafts.save(opened, newest, with_form(newest.text, form), opened_revision(), me().name)
        except DraftError as error:
            with Session(site.engine, expire_on_commit=False) as opened:
                found = find_draft(opened, number)
            flash(
                f"Not saved: {error}. What you wrote stands in the form; theirs beside it. Save again to keep yours.",
                "wrong",
            )
            return _form_page(found, form, criterion_form(found.text, criterion_id, form.verdicts)), 409
    except EditError as error:
        flash(f"Not saved: {error}.", "wrong")
        return redirect(url_for("desk.workshop.draft", number=number), 303)
    flash(f"{criterion_id}: saved.", "done")
    return redirect(url_for("desk.workshop.draft", number=number), 303)


@workshop.route("/drafts/<int:number>/take-over", methods=["GET", "POST"])
@needs(Role.EDITOR)
def take_over(number: int) -> str | Answer:
    """Bring a draft onto the checklist as it is by now; where both changed a field, the editor says which side is to stand."""
    site = get_site()
    with Session(site.engine, expire_on_commit=False) as opened:
        found = find_draft(opened, number)
    here = redirect(url_for("desk.workshop.draft", number=number), 303)
    current = site.settings.checklist.read_text(encoding="utf-8")
    try:
        version = load_checklist(site.settings.checklist).version
        text, conflicts = rebase(found.base_text, found.text, current, request.form.getlist("mine"))
    except (EditError, ChecklistError) as error:
        flash(f"Not taken over: {error}.", "wrong")
        return here
    if request.method == "GET":
        return render_template("desk/workshop/take_over.html", draft=found, conflicts=conflicts, version=version)
    if found.state != "open" or found.revision != opened_revision() or version != request.form.get("version"):
        flash(
            "Not taken over: the draft or the checklist was saved since you opened this page; read it again.", "wrong"
        )
        return here
    with session(site.engine) as opened:
        fresh = people_drafts.take_over(
            opened, find_draft(opened, number), version=version, base=current, text=text, who=me().name
        ).id
    flash("Taken over. This draft starts from the checklist as it is; the old one stays readable.", "done")
    return redirect(url_for("desk.workshop.draft", number=fresh), 303)


@workshop.route("/try", methods=["GET", "POST"])
@workshop.route("/drafts/<int:number>/try", methods=["GET", "POST"])
@needs(Role.EDITOR)
def trial(number: int | None = None) -> str:
    """Any text, sentence by sentence: phrase, context, verdict, probability, highlighted."""
    found: Draft | None = None
    if number is not None:
        with Session(get_site().engine, expire_on_commit=False) as opened:
            found = find_draft(opened, number)
    text = request.form.get("text", "")[:LONGEST_TRIED].replace("\r\n", "\n")
    problems = list[Problem]()
    tried: Trial | None = None
    if text:
        try:
            judge = judge_of_text(found.text) if found else current_judge()
            tried = try_text(
                judge, text, title=request.form.get("title", "")[:200], address=request.form.get("address", "")[:200]
            )
        except ChecklistError as error:
            problems = list(error.problems)
    return render_template(
        "desk/workshop/try.html",
        draft=found,
        text=text,
        rows=[(one, _marked(one)) for one in tried.sentences] if tried else [],
        findings=tried.findings if tried else (),
        of_others=tried.chance_of_others if tried else None,
        problems=problems,
    )


def _form_page(found: Draft, form: Form, theirs: Form | None = None) -> str:
    return render_template(
        "desk/workshop/criterion.html", draft=found, form=form, verdicts=form.verdicts, theirs=theirs
    )


def _marked(tried: Tried) -> Markup:
    """The sentence with the words that matched: plainly marked where they count, dotted where they are set aside."""
    ends = {edge for start, end, _ in tried.marks for edge in (start, end)}
    edges = sorted({0, len(tried.text), *(edge for edge in ends if 0 < edge < len(tried.text))})
    parts = []
    for low, high in pairwise(edges):
        over = [counts for start, end, counts in tried.marks if start <= low and high <= end]
        piece = escape(tried.text[low:high])
        if over:
            piece = Markup("<mark>{}</mark>" if any(over) else '<mark class="aside">{}</mark>').format(piece)  # noqa: S704  both are ours
        parts.append(piece)
    return Markup("").join(parts)
