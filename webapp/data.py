"""The data for everybody: downloads with a data dictionary, licence and date."""

import json
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO

from flask import Blueprint, Response, abort, render_template, request, url_for
from sqlalchemy import Engine
from sqlmodel import select
from werkzeug.wsgi import wrap_file

from jobs.export import KINDS, write_export, write_sqlite
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
    """One export, whole; its ETag is the generation of the listing and the day.

    The server sends the file by itself: a reader on a slow line holds no thread that others wait for.
    """
    if kind not in PUBLIC:
        abort(404)
    site = get_site()
    kept: _Kept = site.__dict__.setdefault("_exports", _Kept(site.engine))
    made_of = f"{site.catalogue.generation}-{datetime.now(UTC).date()}"
    made = kept.open(kind, made_of)
    response = Response(wrap_file(request.environ, made), content_type=TYPES[kind.rpartition(".")[2]])
    response.direct_passthrough = True
    response.content_length = os.fstat(made.fileno()).st_size
    response.headers["Content-Disposition"] = f'attachment; filename="{kind}"'
    response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    response.set_etag(f"{kind}-{made_of}", weak=True)
    response.make_conditional(request)
    return response


class _Kept:
    """The exports as files, each made once for what it is made of; who still reads an older one goes on reading it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._folder = tempfile.TemporaryDirectory(prefix="vetting-exports-")
        self._made_of: dict[str, str] = {}
        self._locks = {kind: Lock() for kind in PUBLIC}

    def open(self, kind: str, made_of: str) -> BinaryIO:
        """The file of an export, at its beginning; made anew where the one that there is was made of something else."""
        file = Path(self._folder.name) / kind
        with self._locks[kind]:
            if self._made_of.get(kind) != made_of:
                fresh = file.with_name(f"{kind}.new")  # by its whole name: two exports differ in their ending alone
                fresh.unlink(missing_ok=True)
                self._write(kind, fresh)
                fresh.replace(file)
                self._made_of[kind] = made_of
            return file.open("rb")

    def _write(self, kind: str, target: Path) -> None:
        if kind == "vetting.sqlite":
            write_sqlite(self._engine, target, PUBLIC_TABLES)
        else:
            with target.open("wb") as stream:
                write_export(self._engine, kind, stream)
