"""Up to four clinics side by side, criterion by criterion; no sums."""

from flask import Blueprint, render_template, request

from webapp.caching import cached
from webapp.reading import read_clinic
from webapp.site import get_site

compare = Blueprint("compare", __name__)
AT_MOST = 4


@compare.get("/compare")
@cached
def index() -> str:
    """The chosen clinics; a box to add another."""
    site = get_site()
    slugs = list(dict.fromkeys(slug for slug in request.args.getlist("clinic") if slug and "\x00" not in slug))
    found = [reading for slug in slugs[:AT_MOST] if (reading := read_clinic(site.engine, site.checklist, slug))]
    chosen = [reading.clinic.slug for reading in found]
    text = request.args.get("q", "").strip()[:200]
    hits = []
    if text and len(found) < AT_MOST:
        from store.search import Query

        catalogue = site.catalogue
        hits = [hit for hit in catalogue.hits(catalogue.search(Query(words=text)), 0, 12) if hit.slug not in chosen][:8]
    country = found[0].clinic.country if found else ""
    rows = [[reading.rows[place] for reading in found] for place in range(len(site.checklist.criteria))]
    rows.sort(key=lambda row: not row[0].criterion.core if row else False)
    return render_template(
        "compare/index.html",
        readings=found,
        rows=rows,
        chosen=chosen,
        hits=hits,
        full=len(found) >= AT_MOST,
        country=country,
    )
