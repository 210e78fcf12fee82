"""The first page: one box, filters by what is stated, results by distance or name."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, render_template, request
from werkzeug.datastructures import MultiDict

from scorer.checklist import Checklist
from store.places import Place, Places
from store.search import Catalogue, Hit, Query, Result
from webapp.box import A_TOWN_ANYWHERE, Box, box_of_likeness, read_box
from webapp.caching import cached
from webapp.filters import clauses, groups
from webapp.language import in_words, tongue
from webapp.site import get_site
from webapp.wording import KM_PER_MILE, MILES

search = Blueprint("search", __name__)
ON_A_PAGE = 20
RADII = (10, 25, 50, 100, 250)  # miles or kilometres, as the country counts
USUAL_RADIUS = 50


@dataclass(frozen=True)
class Found:
    """A search with its answer: what was understood, and what matched."""

    box: Box
    query: Query
    result: Result
    within: int | None
    unit_km: float
    wider: tuple[int, int] | None = None

    @property
    def total(self) -> int:
        """How many clinics matched."""
        return len(self.result.rows)


@search.get("/")
@cached
def index() -> str:
    """The search page. Without a question it says what this is; with one it answers."""
    site = get_site()
    catalogue = site.catalogue
    found = find(request.args, catalogue, site.places, site.checklist)
    pages = max(1, -(-found.total // ON_A_PAGE))
    page = min(_whole_number(request.args.get("page"), 1), pages)
    start = (page - 1) * ON_A_PAGE
    hits = catalogue.hits(found.result, start, ON_A_PAGE)
    asked = any(
        request.args.getlist(name)
        for name in ("q", "states", "without", "lead", "route", "care", "price", "country", "all")
    )
    core = [criterion for criterion in site.checklist.criteria if criterion.core]
    values: dict[str, Any] = {
        "found": found,
        "hits": hits,
        "page": page,
        "pages": pages,
        "first": start + 1,
        "groups": groups(request.args, site.checklist, catalogue, found.result),
        "radii": RADII,
        "core": core,
        "core_titles": [(criterion.id, in_words(criterion.title), tongue(criterion.title)) for criterion in core],
        "country": _country(found, hits),
        "listed": catalogue.count,
        "read": int(catalogue.count_of(everything(catalogue), {"read:yes"})),
        "link": link,
        "generation": catalogue.generation,
    }
    return render_template("search/results.html" if asked else "search/welcome.html", **values)


def find(arguments: MultiDict[str, str], catalogue: Catalogue, places: Places, checklist: Checklist) -> Found:
    """Answer a search as its address says it; the API uses it too."""
    text = arguments.get("q", "")
    box = read_box(text, places, only_words=arguments.get("as") == "words")
    found = _answer(box, arguments, catalogue, checklist)
    placed = box.place is not None or box.area is not None
    # A clinic may be called after a town, or like one.
    small = box.bare and box.place is not None and box.place.population < A_TOWN_ANYWHERE
    if placed and not box.asked and (small or not found.total):
        as_words = _answer(Box(words=text), arguments, catalogue, checklist)
        found = as_words if as_words.total else found
    if not found.total and not placed and text.strip() and arguments.get("as") != "words":
        # Only where no clinic is called so: what a filter hid is not made up for by another place.
        likely = None if len(catalogue.search(Query(words=text)).rows) else box_of_likeness(text, places)
        if likely is not None:
            found = _answer(likely, arguments, catalogue, checklist)
    if not found.total and found.within is not None:
        found = replace(found, wider=_wider(found, catalogue))
    return found


def everything(catalogue: Catalogue) -> Result:
    """All clinics."""
    return catalogue.search(Query())


def link(**changes: Any) -> str:
    """The address of this search with some parameters changed (None takes one away); the page starts anew."""
    arguments = MultiDict(request.args)
    if "page" not in changes:
        arguments.poplist("page")
    for name, value in changes.items():
        arguments.poplist(name)
        for one in value if isinstance(value, list | tuple) else [value]:
            if one is not None:
                arguments.add(name, str(one))
    return "/?" + urlencode(list(arguments.items(multi=True)))


def _answer(box: Box, arguments: MultiDict[str, str], catalogue: Catalogue, checklist: Checklist) -> Found:
    wanted = clauses(arguments, checklist)
    if box.area is not None:
        area = f"region:{box.area.country}-{box.area.region}" if box.area.region else f"country:{box.area.country}"
        wanted["area"] = frozenset({area})
    unit, within = _radius(arguments, box.place)
    order = (
        arguments.get("sort")
        if arguments.get("sort") in {"name", "distance"}
        else ("distance" if box.place else "name")
    )
    query = Query(
        words=box.words,
        latitude=box.place.latitude if box.place else None,
        longitude=box.place.longitude if box.place else None,
        within_km=within * unit if within is not None and box.place else None,
        clauses=wanted,
        order=str(order),
    )
    return Found(box, query, catalogue.search(query), within if box.place else None, unit)


def _radius(arguments: MultiDict[str, str], place: Place | None) -> tuple[float, int | None]:
    unit = KM_PER_MILE if place is None or place.country in MILES else 1.0
    if arguments.get("unit") in {"mi", "km"}:
        unit = KM_PER_MILE if arguments.get("unit") == "mi" else 1.0
    if arguments.get("within") == "any":
        return unit, None
    return unit, min(_whole_number(arguments.get("within"), USUAL_RADIUS), 20_000)


def _wider(found: Found, catalogue: Catalogue) -> tuple[int, int] | None:
    """The next radius that finds something, with how many."""
    for radius in (*(radius for radius in RADII if radius > (found.within or 0)), 500, 1000, 3000):
        count = len(catalogue.search(replace(found.query, within_km=radius * found.unit_km)).rows)
        if count:
            return radius, count
    return None


def _country(found: Found, hits: list[Hit]) -> str:
    """Whose crisis line stands first: the country of the place, else of the first clinics."""
    if found.box.place or found.box.area:
        return (found.box.place or found.box.area).country  # type: ignore[union-attr]
    chosen = request.args.getlist("country")
    return chosen[0].upper() if len(chosen) == 1 and len(chosen[0]) == 2 else ""


def _whole_number(text: str | None, usual: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and int(text[:9]) > 0 and len(text) < 9 else usual
