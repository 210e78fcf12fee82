"""The search tables: one row a clinic, made from its current assessment, so that a search reads nothing else.

Everything here can be deleted and rebuilt. `listing_text` (made by the migration, since no model can say it) is an FTS5 table
on SQLite and a table with a tsvector on PostgreSQL; both hold names and places in plain letters (gazetteer.plain).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Engine, delete, func, or_, text, update
from sqlmodel import Field, Session, SQLModel, col, select

from scorer.verdicts import Verdict
from store.engine import session
from store.gazetteer import plain
from store.models import (
    Assessment,
    Clinic,
    ClinicStatus,
    ClinicVerdict,
    Location,
    Moment,
)
from store.places import Place, Places

BATCH = 500
_NONE_SUCH = -1  # no assessment has this number
BEING_CHECKED = "checked"  # stands for a verdict that waits for a person; never for the verdict itself


class Listing(SQLModel, table=True):
    """One clinic as search sees it.

    `facets` are words such as "stated:screening", "checked:home-use", "country:US", "route:iv". `points` is a list of
    [latitude, longitude, place name]; `card` is what a result shows: {"website", "country", "places": [...], "verdicts":
    {criterion: verdict or "checked"}, "read": pages, "last": ISO date or ""}.
    """

    clinic_id: int = Field(primary_key=True, foreign_key="clinic.id")
    slug: str
    name: str
    name_key: str = Field(index=True)
    assessment_id: int | None = Field(default=None, index=True)
    facets: str = ""
    points: list[list[Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    card: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class ListingState(SQLModel, table=True):
    """One row that says which generation of the listing stands; each refresh adds one."""

    id: int = Field(default=1, primary_key=True)
    generation: int = 0
    changed_at: datetime = Moment()


def catch_up(engine: Engine, places: Places | None = None) -> int:
    """Bring the listing up to date with clinics and assessments; returns how many clinics were listed anew.

    Sees new and renamed clinics, new assessments and readings, and clinics that closed or opted out. A change inside an
    assessment (a person's decision) or of a location is not seen from outside: whoever makes one calls `refresh` or `expire`.
    """
    with session(engine) as opened:
        stale = _stale(opened)
    for start in range(0, len(stale), BATCH):
        with session(engine) as opened:
            refresh(opened, stale[start : start + BATCH], places)
    return len(stale)


def refresh(opened: Session, clinic_ids: Sequence[int], places: Places | None = None) -> None:
    """List these clinics anew, in the caller's transaction. A clinic that opted out is taken off the list.

    Without `places` a clinic stays where it was on the map: a person's decision moves none.
    """
    if not clinic_ids:
        return
    of_these = select(Listing).where(col(Listing.clinic_id).in_(clinic_ids))
    were = {row.clinic_id: (row.points, row.facets) for row in opened.exec(of_these)} if places is None else {}
    opened.execute(delete(Listing).where(col(Listing.clinic_id).in_(clinic_ids)))
    _forget_text(opened, clinic_ids)
    shown = (Clinic.status != ClinicStatus.OPTED_OUT,)
    clinics = opened.exec(select(Clinic).where(col(Clinic.id).in_(clinic_ids), *shown)).all()
    ids = [clinic.id for clinic in clinics if clinic.id is not None]
    locations: dict[int, list[Location]] = defaultdict(list)
    for location in opened.exec(select(Location).where(col(Location.clinic_id).in_(ids)).order_by(col(Location.id))):
        locations[location.clinic_id].append(location)
    assessments: dict[int, Assessment] = {}
    for assessment in opened.exec(
        select(Assessment).where(col(Assessment.clinic_id).in_(ids), col(Assessment.current))
    ):
        assessments[assessment.clinic_id] = assessment
    verdicts: dict[int, list[tuple[str, str, bool]]] = defaultdict(list)
    columns = select(
        ClinicVerdict.assessment_id, ClinicVerdict.criterion, ClinicVerdict.verdict, ClinicVerdict.published
    )
    chosen = [assessment.id for assessment in assessments.values()]
    for assessment_id, criterion, verdict, published in opened.exec(
        columns.where(col(ClinicVerdict.assessment_id).in_(chosen))
    ):
        verdicts[assessment_id].append((criterion, verdict, published))
    rows, texts = [], []
    for clinic in clinics:
        assert clinic.id is not None
        found = assessments.get(clinic.id)
        row = _listing(clinic, locations[clinic.id], found, verdicts[found.id] if found and found.id else [], places)
        if clinic.id in were:
            points, facets = were[clinic.id]
            regions = (facet for facet in facets.split() if facet.startswith("region:"))
            row.points, row.facets = points, " ".join(sorted({*row.facets.split(), *regions}))
        rows.append(row)
        texts.append({"id": clinic.id, "document": _document(clinic, locations[clinic.id])})
    opened.add_all(rows)
    _keep_text(opened, texts)
    state = opened.get(ListingState, 1) or ListingState(id=1)
    state.generation += 1
    opened.add(state)
    opened.flush()


def expire(opened: Session, clinic_ids: Sequence[int]) -> None:
    """Have the next `catch_up` list these clinics anew: for whoever changed their locations. Until then they stay as they are."""
    opened.execute(update(Listing).where(col(Listing.clinic_id).in_(clinic_ids)).values(assessment_id=_NONE_SUCH))


def _stale(opened: Session) -> list[int]:
    current = select(Assessment).where(col(Assessment.current)).subquery()
    coverage, card = current.c.coverage, col(Listing.card)
    other_reading = or_(
        func.coalesce(current.c.id, 0) != func.coalesce(col(Listing.assessment_id), 0),
        func.coalesce(coverage["last"].as_string(), "") != func.coalesce(card["last"].as_string(), ""),
        func.coalesce(coverage["read"].as_integer(), 0) != func.coalesce(card["read"].as_integer(), 0),
        col(Clinic.name) != col(Listing.name),
        col(Clinic.status) != card["status"].as_string(),
    )
    listable = col(Clinic.status) != ClinicStatus.OPTED_OUT
    statement = (
        select(Clinic.id)
        .outerjoin(Listing, col(Listing.clinic_id) == col(Clinic.id))
        .outerjoin(current, current.c.clinic_id == Clinic.id)
        .where(
            or_(
                listable & col(Listing.clinic_id).is_(None),
                listable & other_reading,
                ~listable & col(Listing.clinic_id).is_not(None),
            )
        )
        .order_by(col(Clinic.id))
    )
    return [clinic_id for clinic_id in opened.exec(statement) if clinic_id is not None]


def _listing(
    clinic: Clinic,
    locations: Sequence[Location],
    assessment: Assessment | None,
    verdicts: Sequence[tuple[str, str, bool]],
    places: Places | None,
) -> Listing:
    shown = {criterion: verdict if published else BEING_CHECKED for criterion, verdict, published in verdicts}
    facets = {f"{verdict}:{criterion}" for criterion, verdict in shown.items()}
    countries = {location.country for location in locations if location.country} or {clinic.country}
    facets.update(f"country:{country}" for country in countries if country)
    facets.update(f"region:{place.country}-{place.region}" for place in locations if place.region)
    facets.update(f"region:{place.country}-{place.region}" for place in _located(locations, places) if place.region)
    facets.add(f"status:{clinic.status}")
    if assessment:
        was_read = any(verdict != Verdict.UNREAD for verdict in shown.values())
        facets.add("read:yes" if was_read else "read:could-not")
        facets.update(_fact_words(assessment.facts))
    else:
        facets.add("read:not-yet")
    coverage = assessment.coverage if assessment else {}
    assert clinic.id is not None
    return Listing(
        clinic_id=clinic.id,
        slug=clinic.slug,
        name=clinic.name,
        name_key=plain(clinic.name) or clinic.slug,
        assessment_id=assessment.id if assessment else None,
        facets=" ".join(sorted(facet.replace(" ", "-") for facet in facets)),
        points=[point for location in locations if (point := _point(location, places))],
        card={
            "website": clinic.website,
            "country": clinic.country,
            "status": clinic.status,
            "places": list(dict.fromkeys(filter(None, map(place_name, locations)))),
            "verdicts": shown,
            "read": coverage.get("read", 0),
            "last": str(coverage.get("last") or ""),
        },
    )


def _located(locations: Sequence[Location], places: Places | None) -> list[Place]:
    """The places in the gazetteer: a list says "Kent", a reader asks for England. Postcodes may know no region, their town does."""
    if places is None:
        return []
    found = []
    for at in locations:
        by_town = places.locate(at.city, at.region, "", at.country) if at.city else None
        found += [place for place in (by_town or places.locate("", "", at.postcode, at.country),) if place]
    return found


def place_name(location: Location) -> str:
    """ "Bend, OR": what a location is called in a list."""
    return ", ".join(part for part in (location.city, location.region) if part)


def _fact_words(facts: Iterable[dict[str, Any]]) -> set[str]:
    words = set()
    for fact in facts:
        name, value = plain(str(fact.get("name", ""))), plain(str(fact.get("value", "")))
        if name and value:
            words.add(f"{name.replace(' ', '-')}:{value.replace(' ', '-')[:40]}")
    return words


def _point(location: Location, places: Places | None) -> list[Any] | None:
    if location.latitude is not None and location.longitude is not None:
        return [location.latitude, location.longitude, place_name(location)]
    if places is None:
        return None
    place = places.locate(location.city, location.region, location.postcode, location.country)
    return [place.latitude, place.longitude, place_name(location)] if place else None


def _document(clinic: Clinic, locations: Sequence[Location]) -> str:
    parts = [clinic.name, clinic.website]
    for location in locations:
        parts += [location.name, location.city, location.region, location.postcode, location.street]
    return " ".join(dict.fromkeys(plain(" ".join(parts)).split()))


def _forget_text(opened: Session, clinic_ids: Sequence[int]) -> None:
    column = "rowid" if _is_sqlite(opened) else "clinic_id"
    opened.execute(text(f"DELETE FROM listing_text WHERE {column} = :id"), [{"id": number} for number in clinic_ids])  # noqa: S608  one of two names


def _keep_text(opened: Session, texts: list[dict[str, Any]]) -> None:
    if not texts:
        return
    if _is_sqlite(opened):
        opened.execute(text("INSERT INTO listing_text (rowid, document) VALUES (:id, :document)"), texts)
    else:
        statement = "INSERT INTO listing_text (clinic_id, document) VALUES (:id, to_tsvector('simple', :document))"
        opened.execute(text(statement), texts)


def _is_sqlite(opened: Session) -> bool:
    return opened.get_bind().dialect.name == "sqlite"
