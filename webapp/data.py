"""The data for everybody: downloads with a data dictionary, licence and date."""

import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, url_for
from sqlmodel import select
from werkzeug.wsgi import wrap_file

from jobs.export import KINDS, export, sqlite_bytes
from jobs.rows import FIELDS
from store.engine import session
from store.listing import Listing
from webapp.caching import cached
from webapp.dictionary import DESCRIPTIONS, datapackage
from webapp.limits import limiter
from webapp.site import get_site
from webapp.wording import in_data

data = Blueprint("data", __name__)
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl; charset=utf-8",
    "sqlite": "application/vnd.sqlite3",
}
# Whole texts of others' pages are for operators on the command line; the public gets the quotes.
PUBLIC = tuple(kind for kind in KINDS if kind != "pages.jsonl")
PUBLIC_TABLES = ("clinics", "findings", "changes")


@data.get("/data")
@cached
def index() -> str:
    """What there is, in which forms, under which licence."""
    return render_template(
        "data/index.html",
        kinds=PUBLIC,
        fields={table: FIELDS[table] for table in PUBLIC_TABLES},
        descriptions=DESCRIPTIONS,
    )


@data.get("/data/datapackage.json")
@cached
def package() -> Response:
    """The data dictionary (Frictionless Data Package)."""
    site = get_site()
    body = datapackage(site.address, datetime.now(UTC).date().isoformat())
    return Response(json.dumps(body, indent=1), mimetype="application/json")


@data.get("/data/clinics.geojson")
@cached
def geojson() -> Response:
    """Clinics as points (RFC 7946)."""
    site = get_site()
    features: list[dict[str, Any]] = []
    with session(site.engine) as opened:
        columns = select(Listing.slug, Listing.name, Listing.points, Listing.card)
        for slug, name, points, card in opened.exec(columns):
            features += [
                {
                    "type": "Feature",
                    "geometry": {"type": "Point", "coordinates": [longitude, latitude]},
                    "properties": {
                        "clinic": name,
                        "place": place,
                        "page": site.address + url_for("clinics.page", slug=slug),
                        "verdicts": {of: in_data(verdict) for of, verdict in card.get("verdicts", {}).items()},
                    },
                }
                for latitude, longitude, place in points
            ]
    body = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    return Response(body, content_type="application/geo+json; charset=utf-8")


@data.get("/data/<kind>")
@limiter.limit("30 per hour")
def download(kind: str) -> Response:
    """One export, whole; its ETag is the generation of the listing.

    It is written to a file that the server sends by itself: a reader on a slow line holds no thread that others wait for.
    """
    if kind not in PUBLIC:
        abort(404)
    response = Response(content_type=TYPES[kind.rpartition(".")[2]])
    response.headers["Content-Disposition"] = f'attachment; filename="{kind}"'
    response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    response.set_etag(f"{kind}-{get_site().catalogue.generation}", weak=True)
    response.make_conditional(request)
    if response.status_code == HTTPStatus.OK:
        made = tempfile.TemporaryFile()  # noqa: SIM115  closed with the response
        made.writelines(_pieces(kind))
        response.content_length = made.tell()
        made.seek(0)
        response.response = wrap_file(request.environ, made)
        response.direct_passthrough = True
    return response


def _pieces(kind: str) -> Iterator[bytes]:
    engine = get_site().engine
    return sqlite_bytes(engine, PUBLIC_TABLES) if kind == "vetting.sqlite" else export(engine, kind)
