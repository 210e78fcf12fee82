"""Gold pages at the desk: two readers label each page without seeing each other, then differences are settled."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from sqlmodel import Session, col, func, select
from werkzeug.wrappers import Response as Answer

from scorer.evaluate import kappa
from store import people_gold
from store.engine import session
from store.models import Clinic, Page, Snapshot
from store.people import GoldPage, Role
from store.people_gold import GoldError
from webapp.desk.door import me, needs
from webapp.site import get_site

gold = Blueprint("gold", __name__, url_prefix="/gold")
MOST_AT_ONCE = 50


def allowed() -> dict[str, list[str]]:
    """The verdicts of each criterion."""
    return {
        criterion.id: [verdict.value for verdict in criterion.verdicts] for criterion in get_site().checklist.criteria
    }


@gold.get("/")
@needs(Role.EDITOR)
def index() -> str:
    """What is to be read, what is to be settled, and how far the readers agree."""
    mine = me().name
    with Session(get_site().engine, expire_on_commit=False) as opened:
        open_pages = opened.exec(
            select(GoldPage).where(col(GoldPage.settled_at).is_(None)).order_by(col(GoldPage.id)).limit(300)
        ).all()
        readings = {page.id: people_gold.readings_of(opened, page) for page in open_pages}
        settled = opened.exec(
            select(func.count()).select_from(GoldPage).where(col(GoldPage.settled_at).is_not(None))
        ).one()
        pairs = people_gold.verdict_pairs(opened)
    agreement = [(criterion, len(of), sum(a != b for a, b in of), kappa(of)) for criterion, of in pairs.items()]
    to_read, to_settle = [], []
    for page in open_pages:
        here = readings[page.id]
        if people_gold.is_read(here):
            to_settle.append(page)
        elif any(one.reader == mine and not one.finished_at for one in here) or (
            len(here) < people_gold.READERS and all(one.reader != mine for one in here)
        ):
            to_read.append(page)
    return render_template(
        "desk/gold/index.html", to_read=to_read, to_settle=to_settle, settled=settled, agreement=agreement
    )


@gold.post("/")
@needs(Role.EDITOR)
def add() -> Answer:
    """Add a page by hand, some pages at random from what was crawled, or a file of gold records."""
    form, who = request.form, me().name
    try:
        with session(get_site().engine) as opened:
            if form.get("act") == "import":
                file = request.files.get("file")
                text = file.read().decode("utf-8", "replace") if file else ""
                settled, waiting = people_gold.import_gold(opened, text, who, allowed())
                flash(f"{settled} settled pages and {waiting} pages to label were taken in.", "done")
            elif form.get("act") == "random":
                number = form.get("number", "10")
                count = _at_random(
                    opened, min(MOST_AT_ONCE, int(number) if number.isascii() and number.isdigit() else 10), who
                )
                flash(f"{count} pages were added.", "done")
            else:
                fields = {name: form.get(name, "") for name in ("clinic", "title", "path", "text")}
                people_gold.add_page(opened, who=who, **fields)
                flash("The page was added.", "done")
    except GoldError as error:
        flash(f"Nothing was kept: {error}.", "wrong")
    return redirect(url_for("desk.gold.index"), 303)


@gold.get("/<int:number>")
@needs(Role.EDITOR)
def page(number: int) -> str | Answer:
    """Read a page and label it."""
    try:
        with session(get_site().engine) as opened:
            found = _page(opened, number)
            mine = people_gold.reading_of(opened, found, me().name)
    except GoldError as error:
        flash(f"{error}.", "wrong")
        return redirect(url_for("desk.gold.index"), 303)
    return render_template("desk/gold/page.html", page=found, mine=mine)


@gold.post("/<int:number>")
@needs(Role.EDITOR)
def label(number: int) -> Answer:
    """Add or take away a label, or finish."""
    form = request.form
    try:
        with session(get_site().engine) as opened:
            found = _page(opened, number)
            mine = people_gold.reading_of(opened, found, me().name)
            if form.get("act") == "finish":
                people_gold.finish(opened, found, mine)
                flash("Finished. Thank you.", "done")
                return redirect(url_for("desk.gold.index"), 303)
            criterion, _, verdict = form.get("label", "").partition(":")
            people_gold.label(
                opened,
                found,
                mine,
                criterion=criterion,
                verdict=verdict,
                quote=form.get("quote", ""),
                allowed=allowed(),
            )
    except GoldError as error:
        flash(f"Nothing was kept: {error}.", "wrong")
    return redirect(url_for("desk.gold.page", number=number), 303)


@gold.route("/<int:number>/settle", methods=["GET", "POST"])
@needs(Role.REVIEWER)
def settle(number: int) -> str | Answer:
    """Both readings side by side, once both have finished; who is right where they differ."""
    try:
        with session(get_site().engine) as opened:
            found = _page(opened, number)
            readings = people_gold.readings_of(opened, found)
            if not people_gold.is_read(readings) or found.settled_at:
                raise GoldError(
                    "there is nothing to settle here: both readers must have finished, and it is settled once"
                )
            if request.method == "POST":
                people_gold.settle(
                    opened,
                    found,
                    {name.removeprefix("right-"): value for name, value in request.form.items()},
                    me().name,
                )
                flash("Settled.", "done")
                return redirect(url_for("desk.gold.index"), 303)
    except GoldError as error:
        flash(f"{error}.", "wrong")
        return redirect(url_for("desk.gold.index"), 303)
    return render_template(
        "desk/gold/settle.html", page=found, readings=readings, differing=people_gold.differing(readings)
    )


@gold.get("/gold.jsonl")
@needs(Role.EDITOR)
def as_file() -> Response:
    """The settled pages in the gold format."""
    with Session(get_site().engine) as opened:
        body = "".join(people_gold.exported_gold(opened))
    return Response(
        body, content_type="application/x-ndjson", headers={"Content-Disposition": "attachment; filename=gold.jsonl"}
    )


def _page(opened: Session, number: int) -> GoldPage:
    found = opened.get(GoldPage, number) if number < 2**31 else None
    if found is None:
        abort(404)
    return found


def _at_random(opened: Session, count: int, who: str) -> int:
    chosen = opened.exec(
        select(Page, Clinic.name, Snapshot.url)
        .join(Clinic, col(Clinic.id) == col(Page.clinic_id))
        .join(Snapshot, col(Snapshot.page_id) == col(Page.id))
        .where(col(Snapshot.current), func.length(Page.text) > 200)
        .order_by(func.random())
        .limit(count)
    ).all()
    for row, clinic, url in chosen:
        people_gold.add_page(opened, clinic=clinic, title=row.title, path=url, text=row.text, who=who)
    return len(chosen)
