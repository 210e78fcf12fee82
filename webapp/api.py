"""The API: the same answers as the site, for programs. JSON, cursors, ETag, problem+json."""

import base64
import json
from typing import Any

from flask import Blueprint, Response, abort, request, url_for
from pydantic import BaseModel
from werkzeug.datastructures import MultiDict

from store.search import Hit
from webapp import api_models as models
from webapp.caching import cached
from webapp.feeds import newest_changes
from webapp.openapi import Description, read_query
from webapp.problem import problem
from webapp.reading import Quote, read_clinic
from webapp.search import find
from webapp.site import get_site
from webapp.statistics import counts
from webapp.wording import in_data

api = Blueprint("api", __name__, url_prefix="/api/v1")
description = Description()


@api.get("/openapi.json")
@cached
def openapi_document() -> Response:
    """This description."""
    return _json(description.document(get_site().address))


@api.get("/clinics")
@description.operation("/clinics", models.ClinicList, models.ClinicQuery)
@cached
def clinics() -> Response:
    """Search clinics; the filters are those of the site."""
    query = read_query(models.ClinicQuery, request.args)
    if isinstance(query, str):
        return _unreadable(query)
    site = get_site()
    catalogue = site.catalogue
    arguments = MultiDict(request.args)
    # As it was understood: Pydantic reads "5_000" and "+50" as numbers, which the box on the site does not.
    arguments["within"] = str(query.within or "any")
    arguments.setdefault("unit", query.unit)
    found = find(arguments, catalogue, site.places, site.checklist)
    start = 0
    if query.cursor is not None:
        last = _number(query.cursor)
        place = catalogue.position(found.result, last) if last is not None else None
        if place is None:
            return _unreadable(
                "cursor: it belongs to another search, or the clinic that it names has left the list; start anew"
            )
        start = place + 1
    hits = catalogue.hits(found.result, start, query.limit)
    more = start + query.limit < found.total
    return _answer(
        models.ClinicList(
            total=found.total,
            understood=(found.box.place or found.box.area).label if found.box.place or found.box.area else "",  # type: ignore[union-attr]
            clinics=[_summary(hit) for hit in hits],
            next_cursor=_cursor(hits[-1].clinic_id) if hits and more else None,
        )
    )


@api.get("/clinics/<slug>")
@description.operation("/clinics/{slug}", models.ClinicDetail)
@cached
def clinic(slug: str) -> Response:
    """One clinic with every finding that is published."""
    site = get_site()
    found = read_clinic(site.engine, site.checklist, slug) if "\x00" not in slug else None
    if found is None:
        abort(404, "There is no clinic of that name on the list.")
    made = found.assessment
    return _answer(
        models.ClinicDetail(
            slug=found.clinic.slug,
            name=found.clinic.name,
            url=found.clinic.url,
            country=found.clinic.country,
            status=found.clinic.status,
            locations=[models.Place.model_validate(location, from_attributes=True) for location in found.locations],
            assessed_at=made.made_at.isoformat() if made else "",
            checklist_version=made.checklist_version if made else "",
            pages_read=found.pages_read,
            last_read_at=found.last_read,
            findings=[
                models.CriterionFinding(
                    criterion=row.criterion.id,
                    verdict=in_data(row.verdict),
                    evidence=[_evidence(found.clinic.slug, quote) for quote in row.quotes],
                )
                for row in found.rows
                if row.verdict
            ],
            facts=[
                models.Fact(**{name: str(fact.get(name, "")) for name in models.Fact.model_fields})
                for fact in found.facts
            ],
        )
    )


@api.get("/checklist")
@description.operation("/checklist", models.ChecklistAnswer)
@cached
def checklist() -> Response:
    """The checklist with its sources."""
    found = get_site().checklist
    criteria = [models.CriterionEntry.model_validate(criterion, from_attributes=True) for criterion in found.criteria]
    return _answer(models.ChecklistAnswer(version=found.version, title=found.title, criteria=criteria))


@api.get("/changes")
@description.operation("/changes", models.ChangeList, models.PageQuery)
@cached
def changes() -> Response:
    """Changes of verdicts, newest first."""
    query = read_query(models.PageQuery, request.args)
    if isinstance(query, str):
        return _unreadable(query)
    before = _number(query.cursor) if query.cursor is not None else None
    if query.cursor is not None and before is None:
        return _unreadable("cursor: it is none of ours; start anew without it")
    found = newest_changes(None, query.limit + 1, before)
    rows = [
        models.ChangeEntry(
            id=change.id or 0,
            clinic=clinic.slug,
            criterion=change.criterion,
            before=change.before,
            after=change.after,
            cause=change.cause,
            at=change.at.isoformat(),
        )
        for change, clinic in found[: query.limit]
    ]
    return _answer(
        models.ChangeList(changes=rows, next_cursor=_cursor(rows[-1].id) if len(found) > query.limit else None)
    )


@api.get("/statistics")
@description.operation("/statistics", models.StatisticsAnswer)
@cached
def statistics() -> Response:
    """How many clinics state what, over all that could be read."""
    site = get_site()
    rows = counts(site.catalogue, site.checklist)
    return _answer(
        models.StatisticsAnswer(
            listed=site.catalogue.count,
            read=rows[0].read if rows else 0,
            criteria=[
                models.CriterionStatistics(
                    criterion=row.criterion.id, read=row.read, verdicts={in_data(v): n for v, n in row.verdicts.items()}
                )
                for row in rows
            ],
        )
    )


def _summary(hit: Hit) -> models.ClinicSummary:
    return models.ClinicSummary(
        slug=hit.slug,
        name=hit.name,
        website=hit.card["website"],
        country=hit.card["country"],
        places=hit.card["places"],
        kilometres=round(hit.kilometres, 1) if hit.kilometres is not None else None,
        pages_read=hit.card["read"],
        last_read_at=hit.card["last"],
        verdicts={criterion: in_data(verdict) for criterion, verdict in hit.card["verdicts"].items()},
        href=get_site().address + url_for("clinics.page", slug=hit.slug),
    )


def _evidence(slug: str, quote: Quote) -> models.Evidence:
    archived = (
        url_for("clinics.archived", slug=slug, page_id=quote.page_id) + f"#{quote.anchor}" if quote.page_id else None
    )
    return models.Evidence(
        verdict=quote.verdict,
        quote=quote.text,
        url=quote.url,
        title=quote.title,
        page_kind=quote.page_kind,
        heading_path=list(quote.heading_path),
        fetched_at=quote.fetched_at,
        archived=get_site().address + archived if archived else None,
        confidence=quote.confidence,
    )


def _cursor(number: int) -> str:
    return base64.urlsafe_b64encode(f"v1:{number}".encode()).decode().rstrip("=")


def _number(cursor: str) -> int | None:
    """The number in a cursor of ours; None for anything else."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except ValueError:
        return None
    number = text.removeprefix("v1:")
    return (
        int(number) if text.startswith("v1:") and number.isascii() and number.isdecimal() and len(number) < 10 else None
    )


def _answer(model: BaseModel) -> Response:
    return Response(model.model_dump_json(), mimetype="application/json")


def _json(body: Any) -> Response:
    return Response(json.dumps(body), mimetype="application/json")


def _unreadable(detail: str) -> Response:
    return problem(400, "The query cannot be read", detail)
