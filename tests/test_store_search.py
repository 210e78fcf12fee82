"""Search finds clinics by words, place and facets, alike on SQLite and PostgreSQL."""

import os
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from invented_clinics import fill
from sqlalchemy import Engine
from sqlmodel import col, select

from store.engine import open_engine, session
from store.listing import Listing, catch_up, expire, refresh
from store.models import Assessment, Clinic, ClinicStatus, ClinicVerdict, Location
from store.places import Places
from store.search import Catalogue, Query, Search


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The invented clinics, listed, once for the whole file; on PostgreSQL in a schema of its own."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('search') / 'search.sqlite'}"
        else:
            url = stack.enter_context(_schema_of_its_own())
        engine = open_engine(url)
        fill(engine)
        catch_up(engine)
        yield engine
        engine.dispose()


@pytest.fixture
def catalogue(engine: Engine) -> Catalogue:
    return Catalogue(engine, 1)


@contextmanager
def _schema_of_its_own() -> Iterator[str]:
    url = os.environ.get("VETTING_TEST_POSTGRES_URL")
    if not url:
        if os.environ.get("CI") == "true":
            pytest.fail("VETTING_TEST_POSTGRES_URL is not set; in CI the tests on PostgreSQL must run")
        pytest.skip("VETTING_TEST_POSTGRES_URL is not set: no PostgreSQL to test on")
    schema = f"search_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute(f'CREATE SCHEMA "{schema}"')
        yield f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{schema}%2Cpublic"
        connection.execute(f'DROP SCHEMA "{schema}" CASCADE')


def names(catalogue: Catalogue, **query: Any) -> list[str]:
    """The names that a query finds, in order."""
    return [hit.name for hit in catalogue.hits(catalogue.search(Query(**query)), 0, 100)]


def test_all_clinics_stand_in_the_order_of_their_names(catalogue: Catalogue) -> None:
    found = names(catalogue)
    assert len(found) == 15
    assert found == sorted(found, key=str.casefold)


def test_a_word_finds_names_towns_and_beginnings(catalogue: Catalogue) -> None:
    assert names(catalogue, words="lantern") == ["Lantern At Home"]
    assert names(catalogue, words="Manchester") == ["St Bride's Hospital Ketamine Service"]
    assert names(catalogue, words="psych port") == ["Alder Street Psychiatry"]


@pytest.mark.parametrize("words", ["psychiatry", "portland", "portland psychiatry", "psychiatri", "nowhere"])
def test_words_looked_up_beforehand_find_the_same_clinics(
    engine: Engine, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.setattr("store.search.SHORT", 0)
    assert names(Catalogue(engine, 1), words=words) == names(catalogue, words=words)


def test_words_that_nearly_every_clinic_has_do_not_narrow(catalogue: Catalogue) -> None:
    assert len(names(catalogue, words="ketamine clinics near")) == 15


def test_a_typing_error_is_forgiven_and_named(catalogue: Catalogue) -> None:
    result = catalogue.search(Query(words="lantren psychiatri"))
    assert dict(catalogue.search(Query(words="Lantren")).corrected) == {"lantren": "lantern"}
    assert names(catalogue, words="Machester") == ["St Bride's Hospital Ketamine Service"]
    assert len(result.rows) == 0


def test_a_number_that_is_not_on_the_list_is_not_taken_for_a_typing_error(catalogue: Catalogue) -> None:
    assert names(catalogue, words="97205") == ["Alder Street Psychiatry"]
    assert names(catalogue, words="97204") == []


@pytest.mark.parametrize(
    "words", ['"', "'; DROP TABLE clinic; --", "NEAR(", "a* OR b", "\x00", "()&|!:*", "%", "é" * 300, "AND", "-"]
)
def test_no_word_is_ever_a_command(catalogue: Catalogue, words: str) -> None:
    catalogue.search(Query(words=words))


def test_a_radius_counts_from_the_nearest_location(catalogue: Catalogue) -> None:
    near_salem = {"latitude": 44.94, "longitude": -123.03, "within_km": 5.0, "order": "distance"}
    assert names(catalogue, **near_salem) == ["Alder Street Psychiatry"]


def test_distances_agree_with_a_known_one(catalogue: Catalogue) -> None:
    result = catalogue.search(Query(words="Harbour Quay", latitude=48.8566, longitude=2.3522))
    assert result.kilometres is not None
    assert result.kilometres[0] == pytest.approx(343, abs=3)  # Paris to London


def test_the_nearest_come_first_and_those_without_a_point_last(catalogue: Catalogue) -> None:
    found = names(catalogue, latitude=45.52, longitude=-122.67, order="distance")
    assert found[:3] == ["Alder Street Psychiatry", "Lantern At Home", "Cedar Hill Infusion Center"]


def test_facets_narrow_and_their_counts_say_what_each_would_leave(catalogue: Catalogue) -> None:
    wanted = {"states:screening": frozenset({"stated:screening"}), "country": frozenset({"country:US"})}
    result = catalogue.search(Query(clauses=wanted))
    assert [hit.name for hit in catalogue.hits(result, 0, 9)] == [
        "Alder Street Psychiatry",
        "Two Rivers Interventional Psychiatry",
    ]
    assert catalogue.count_of(result, {"country:GB"}, "country") == 1
    assert catalogue.count_of(result, {"stated:vital-signs"}) == 2


def test_a_verdict_that_waits_for_a_person_is_no_facet_of_its_own(catalogue: Catalogue) -> None:
    held = {"x": frozenset({"contradicted:screening", "silent:screening", "stated:screening"})}
    assert "Quick Calm Ketamine Spa" not in names(catalogue, clauses=held)
    assert names(catalogue, clauses={"x": frozenset({"checked:screening"})}) == ["Quick Calm Ketamine Spa"]


def test_a_clinic_that_opts_out_leaves_the_list_at_the_next_look(engine: Engine) -> None:
    search = Search(engine, None, every=0.0)
    before = search.catalogue().count
    with session(engine) as opened:
        clinic = opened.exec(select(Clinic).where(Clinic.slug == "kauri-wellbeing")).one()
        clinic.status = ClinicStatus.OPTED_OUT
    assert search.catalogue().count == before - 1
    with session(engine) as opened:
        opened.exec(select(Clinic).where(Clinic.slug == "kauri-wellbeing")).one().status = ClinicStatus.ACTIVE
    assert search.catalogue().count == before


def test_a_persons_decision_shows_after_a_refresh(engine: Engine) -> None:
    with session(engine) as opened:
        held = opened.exec(select(ClinicVerdict).where(~col(ClinicVerdict.published)).limit(1)).one()
        held.published = True
        opened.flush()
        refresh(opened, [held.clinic_id])
        facets = opened.exec(select(Listing.facets).where(Listing.clinic_id == held.clinic_id)).one()
        assert f"{held.verdict}:{held.criterion}" in facets.split()
        held.published = False
        opened.flush()
        refresh(opened, [held.clinic_id])


def test_locations_without_coordinates_are_placed_by_their_town(engine: Engine, tmp_path: Path) -> None:
    with session(engine) as opened:
        location = opened.exec(select(Location).where(Location.city == "Bend")).one()
        location.latitude = location.longitude = None
        opened.flush()
        refresh(opened, [location.clinic_id], Places(tmp_path))
        points = opened.exec(select(Listing.points).where(Listing.clinic_id == location.clinic_id)).one()
    assert points[0][0] == pytest.approx(44.06, abs=0.1)


def test_a_decision_leaves_a_clinic_where_it_is_on_the_map(engine: Engine, tmp_path: Path) -> None:
    with session(engine) as opened:
        location = opened.exec(select(Location).where(Location.city == "Bend")).one()
        refresh(opened, [location.clinic_id], Places(tmp_path))
        points = select(Listing.points).where(Listing.clinic_id == location.clinic_id)
        before = opened.exec(points).one()
        refresh(opened, [location.clinic_id])
        assert before and opened.exec(points).one() == before


def test_a_clinic_whose_locations_changed_is_listed_anew_at_the_next_look(engine: Engine) -> None:
    catch_up(engine)
    with session(engine) as opened:
        expire(opened, [opened.exec(select(Location.clinic_id).where(Location.city == "Bend")).one()])
    assert (catch_up(engine), catch_up(engine)) == (1, 0)


def test_a_later_reading_that_changed_nothing_still_moves_the_date(engine: Engine) -> None:
    with session(engine) as opened:
        assessment = opened.exec(
            select(Assessment)
            .join(Clinic, col(Clinic.id) == Assessment.clinic_id)
            .where(Clinic.slug == "kauri-wellbeing")
        ).all()[-1]
        assessment.coverage = assessment.coverage | {"last": "2026-11-21T00:00:00+00:00"}
    assert catch_up(engine) == 1
    assert catch_up(engine) == 0


def test_a_chain_is_listed_with_the_branch_that_is_nearest(engine: Engine) -> None:
    with session(engine) as opened:
        chain = Clinic(slug="chain", name="Chain Calm", url="https://chain.example/", website="chain.example")
        opened.add(chain)
        opened.flush()
        assert chain.id is not None
        for city, latitude, longitude in (
            ("Austin", 30.27, -97.74),
            ("Bend", 44.06, -121.31),
            ("Tampa", 27.95, -82.46),
        ):
            opened.add(
                Location(
                    clinic_id=chain.id, name="Chain", url=chain.url, city=city, latitude=latitude, longitude=longitude
                )
            )
    catch_up(engine)
    catalogue = Search(engine, None, every=0.0).catalogue()
    found = catalogue.search(Query(words="chain calm", latitude=44.1, longitude=-121.2, order="distance"))
    assert catalogue.hits(found, 0, 1)[0].nearest == "Bend"
