"""How quick search is with many generated clinics, on SQLite and on PostgreSQL; next to Datasette where it is installed.

    python benchmarks/search.py --clinics 100000 [--postgres postgresql+psycopg://...] [--rounds 200]

Each line is a kind of request with its median and 95th percentile in milliseconds, one connection, warm, nothing answered from
the page cache: `search` is the query with its rows and all facet counts, `page` the whole page as a browser gets it, `served`
the same over HTTP beside Datasette (search_served.py). In the database named by --postgres a schema is made and dropped again.
"""

import argparse
import random
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from search_served import served
from sqlalchemy import Engine, insert, text
from werkzeug.datastructures import MultiDict

from scorer.checklist import load_checklist
from store.engine import open_engine, session
from store.gazetteer import plain
from store.listing import Listing, ListingState, catch_up
from store.models import Assessment, Clinic, ClinicVerdict, Location
from store.places import US_STATES
from store.search import Catalogue
from store.settings import Settings
from webapp import create_app
from webapp.filters import groups
from webapp.search import find

ROOT = Path(__file__).parent.parent
FIRST = "Alder Cedar Harbor Summit Lantern Willow River Prairie Canyon Maple Juniper Coastal Granite Meadow Aspen Birch".split()
SECOND = "Ketamine Infusion Psychiatry Wellness Mood Pain Behavioral Integrative Interventional Neuro".split()
THIRD = "Clinic Center Institute Group Associates Partners Care Health Medicine Therapy".split()
VERDICTS = ("stated",) * 3 + ("partial",) * 2 + ("silent",) * 6 + ("contradicted",)
CROWDED = [(40.71, -74.01), (34.05, -118.24), (41.88, -87.63), (29.76, -95.37), (33.45, -112.07), (45.52, -122.68)]
WITH_PAGES = 300  # clinics that have all their verdicts, for the clinic page
BATCH = 5_000


def generate(count: int, criteria: list[tuple[str, bool]]) -> Iterator[dict[str, Any]]:
    """Invented clinics: half of them in six crowded cities, verdicts silent for the most part, as the real web is."""
    chance = random.Random(20261122)
    states = list(US_STATES)
    for number in range(1, count + 1):
        crowded = number % 2
        latitude, longitude = chance.choice(CROWDED) if crowded else (chance.uniform(26, 48), chance.uniform(-123, -71))
        spread = 0.2 if crowded else 0.0
        verdicts = {
            criterion: chance.choice(("raised", "denied", "silent", "silent", "silent"))
            if flag
            else chance.choice(VERDICTS)
            for criterion, flag in criteria
        }
        yield {
            "id": number,
            "name": f"{chance.choice(FIRST)} {chance.choice(SECOND)} {chance.choice(THIRD)} {number}",
            "region": chance.choice(states),
            "city": f"{chance.choice(FIRST)}ville",
            "point": (latitude + chance.gauss(0, spread), longitude + chance.gauss(0, spread)),
            "verdicts": verdicts,
            "leads": chance.choice(
                ("psychiatrist", "anaesthesiologist", "crna", "nurse-practitioner", "other-physician")
            ),
            "route": chance.choice(("iv", "im", "oral", "esketamine")),
        }


def fill(engine: Engine, count: int, criteria: list[tuple[str, bool]]) -> None:
    """Write them as the listing keeps them; the first few with a whole assessment."""
    batch: list[dict[str, Any]] = []
    for entry in generate(count, criteria):
        batch.append(entry)
        if len(batch) == BATCH or entry["id"] == count:
            _write(engine, batch)
            batch = []
    with session(engine) as opened:
        opened.add(ListingState(id=1, generation=1))
    assert not catch_up(engine), "the listing is written as the program itself would"
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(text("ANALYZE"))


def _write(engine: Engine, batch: list[dict[str, Any]]) -> None:
    with engine.begin() as connection:
        clinics = [
            Clinic(
                id=one["id"],
                slug=f"clinic-{one['id']}",
                name=one["name"],
                url=f"https://c{one['id']}.example/",
                website=f"c{one['id']}.example",
                country="US",
            ).model_dump()
            for one in batch
        ]
        connection.execute(insert(Clinic), clinics)
        listings, texts = [], []
        for one in batch:
            where = f"{one['city']}, {one['region']}"
            facets = [f"{verdict}:{criterion}" for criterion, verdict in one["verdicts"].items()]
            facets += ["country:US", f"region:US-{one['region']}", "read:yes", "status:active"]
            facets += [f"leads:{one['leads']}", f"route:{one['route']}", "place:clinic"]
            card = {
                "website": f"c{one['id']}.example",
                "country": "US",
                "status": "active",
                "places": [where],
                "verdicts": one["verdicts"],
                "read": 12,
                "last": "2026-11-20T00:00:00+00:00",
            }
            listings.append(
                {
                    "clinic_id": one["id"],
                    "slug": f"clinic-{one['id']}",
                    "name": one["name"],
                    "name_key": plain(one["name"]),
                    "assessment_id": one["id"],
                    "facets": " ".join(facets),
                    "points": [[*one["point"], where]],
                    "card": card,
                }
            )
            texts.append({"id": one["id"], "document": plain(f"{one['name']} {one['city']} {one['region']}")})
        coverage = {"read": 12, "last": "2026-11-20T00:00:00+00:00"}
        assessed = [
            Assessment(id=one["id"], clinic_id=one["id"], checklist_version="x", coverage=coverage).model_dump()
            for one in batch
        ]
        connection.execute(insert(Assessment), assessed)
        connection.execute(insert(Listing), listings)
        if engine.dialect.name == "sqlite":
            connection.execute(text("INSERT INTO listing_text (rowid, document) VALUES (:id, :document)"), texts)
        else:
            into = "INSERT INTO listing_text (clinic_id, document) VALUES (:id, to_tsvector('simple', :document))"
            connection.execute(text(into), texts)
    with session(engine) as opened:
        for one in batch:
            if one["id"] <= WITH_PAGES:
                opened.add(
                    Location(clinic_id=one["id"], name=one["name"], url="", city=one["city"], region=one["region"])
                )
                for criterion, verdict in one["verdicts"].items():
                    opened.add(
                        ClinicVerdict(
                            assessment_id=one["id"], clinic_id=one["id"], criterion=criterion, verdict=verdict
                        )
                    )


def measure(name: str, act: Callable[[int], object], rounds: int) -> None:
    """Print the median and the 95th percentile of some rounds of an act, after a few that do not count.

    `cpu` is the processor time of this process: what a machine that is busy with other things leaves as it is.
    """
    for number in range(5):
        act(number)
    times, busy = [], []
    for number in range(rounds):
        began, used = time.perf_counter(), time.process_time()
        act(number)
        times.append((time.perf_counter() - began) * 1000)
        busy.append((time.process_time() - used) * 1000)
    shown = [f"{kind} {_percentiles(values)}" for kind, values in (("wall", times), ("cpu", busy))]
    print(f"  {name:<44} {'   '.join(shown)}", flush=True)


def _percentiles(values: list[float]) -> str:
    ordered = sorted(values)
    return f"p50 {statistics.median(ordered):7.2f} p95 {ordered[int(len(ordered) * 0.95)]:7.2f} ms"


def run(engine: Engine, folder: Path, rounds: int) -> None:
    """All measurements over one filled database."""
    named = {
        "VETTING_DATA_DIR": str(folder),
        "VETTING_CHECKLIST": str(ROOT / "checklist.yaml"),
        "VETTING_RATE_LIMIT": "off",
    }
    app = create_app(Settings.from_environment(named), engine)
    site = app.extensions["vetting"]
    began = time.perf_counter()
    catalogue: Catalogue = site.catalogue
    print(f"  the catalogue of {catalogue.count} clinics is read in {time.perf_counter() - began:.1f} s")
    client = app.test_client()

    def search(arguments: dict[str, Any]) -> object:
        chosen = MultiDict(arguments)
        with app.test_request_context("/"):
            found = find(chosen, catalogue, site.places, site.checklist)
            return groups(chosen, site.checklist, catalogue, found.result), catalogue.hits(found.result, 0, 20)

    mixes: dict[str, Callable[[int], dict[str, Any]]] = {
        "a common word": lambda n: {"q": THIRD[n % 10].lower(), "as": "words"},
        "two words": lambda n: {"q": f"{FIRST[n % 16]} {SECOND[n % 10]}", "as": "words"},
        "a word with a typing error": lambda n: {"q": f"{FIRST[n % 16][:-1]}x{n}", "as": "words"},
        "25 miles of a crowded city": lambda n: {"q": ("New York", "Los Angeles", "Chicago")[n % 3], "within": "25"},
        "25 miles with three filters": lambda n: {
            "q": ("10001", "90012", "60601")[n % 3],
            "within": "25",
            "states": ["screening", "vital-signs"],
            "lead": ["psychiatrist"],
        },
        "word, 50 miles and a filter": lambda n: {"q": f"{FIRST[n % 16]} near Houston", "states": ["follow-up"]},
        "filters alone": lambda n: {
            "states": ["screening", ("follow-up", "integration")[n % 2]],
            "without": ["home-use"],
        },
    }
    for name, mix in mixes.items():
        measure(f"search: {name}", lambda n, mix=mix: search(mix(n)), rounds)  # type: ignore[misc]
    measure("word not kept from before (database alone)", lambda n: catalogue._word(THIRD[n % 10].lower()), rounds)
    measure(
        "page: results, filters and place", lambda n: client.get(f"/?q=10001&states=screening&page={n + 1}"), rounds
    )
    measure(
        "page: one clinic", lambda n: client.get(f"/clinics/clinic-{n % WITH_PAGES + 1}?again={n}"), min(rounds, 100)
    )
    measure("page: one clinic, kept", lambda n: client.get("/clinics/clinic-1"), rounds)


def main() -> None:
    """Read the arguments and measure."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--clinics", type=int, default=100_000)
    arguments.add_argument("--rounds", type=int, default=200)
    arguments.add_argument("--postgres", default="")
    chosen = arguments.parse_args()
    criteria = [(criterion.id, criterion.is_flag) for criterion in load_checklist(ROOT / "checklist.yaml").criteria]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _measure(f"sqlite:///{folder / 'bench.sqlite'}", folder, chosen.clinics, criteria, chosen.rounds)
        if chosen.postgres:
            with _schema_of_its_own(chosen.postgres) as url:
                _measure(url, folder, chosen.clinics, criteria, chosen.rounds)


def _measure(url: str, folder: Path, count: int, criteria: list[tuple[str, bool]], rounds: int) -> None:
    engine = open_engine(url)
    name = engine.dialect.name
    began = time.perf_counter()
    fill(engine, count, criteria)
    print(f"{name}: {count} clinics written in {time.perf_counter() - began:.0f} s")
    run(engine, folder, rounds)
    engine.dispose()
    served(folder, url, generate(count, criteria) if name == "sqlite" else None, min(rounds, 30))


@contextmanager
def _schema_of_its_own(url: str) -> Iterator[str]:
    schema = f"bench_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute(f'CREATE SCHEMA "{schema}"')
        try:
            yield f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{schema}%2Cpublic"
        finally:
            connection.execute(f'DROP SCHEMA "{schema}" CASCADE')


if __name__ == "__main__":
    main()
