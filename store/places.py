"""From what a person or a list calls a place to a point on the globe, offline (see gazetteer.py for where the data is from)."""

import re
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from store.gazetteer import REGIONS, open_gazetteer, plain

# How postcodes are written; the part in brackets is what is looked up. Where two countries write alike, the first one that has it.
_POSTCODE = {
    "US": re.compile(r"\b(\d{5})(?:-\d{4})?\b"),
    "GB": re.compile(r"\b([A-Za-z]{1,2}\d[A-Za-z\d]?)(?:\s*\d[A-Za-z]{2})?\b"),
    "CA": re.compile(r"\b([A-Za-z]\d[A-Za-z])(?:[\s-]*\d[A-Za-z]\d)?\b"),
    "AU": re.compile(r"\b(\d{4})\b"),
    "NZ": re.compile(r"\b(\d{4})\b"),
}
_FOUR_DIGITS_AND_WHERE = re.compile(r"(.*?)[\s,]*\b(\d{4})\b[\s,]*(.*)")
_COLUMNS = "kind, name, region, region_name, country, latitude, longitude, population"

A_TOWN_ITSELF = 15_000  # people: "Cologne" is the city in Germany, not the village in Minnesota
A_CITY_BEFORE_ITS_STATE = 500_000  # people: "New York" and "Quebec" are cities first

COUNTRIES = {
    "AU": ("Australia", "aus"),
    "CA": ("Canada", "can"),
    "GB": ("United Kingdom", "uk", "great britain", "britain", "gb", "reino unido"),
    "IE": ("Ireland", "eire", "republic of ireland", "irlanda"),
    "NZ": ("New Zealand", "nz", "aotearoa", "nueva zelanda"),
    "US": ("United States", "us", "usa", "united states of america", "america", "estados unidos"),
}
US_STATES = {
    "AL": "Alabama",
    "AK": "Alaska",
    "AZ": "Arizona",
    "AR": "Arkansas",
    "CA": "California",
    "CO": "Colorado",
    "CT": "Connecticut",
    "DE": "Delaware",
    "DC": "District of Columbia",
    "FL": "Florida",
    "GA": "Georgia",
    "HI": "Hawaii",
    "ID": "Idaho",
    "IL": "Illinois",
    "IN": "Indiana",
    "IA": "Iowa",
    "KS": "Kansas",
    "KY": "Kentucky",
    "LA": "Louisiana",
    "ME": "Maine",
    "MD": "Maryland",
    "MA": "Massachusetts",
    "MI": "Michigan",
    "MN": "Minnesota",
    "MS": "Mississippi",
    "MO": "Missouri",
    "MT": "Montana",
    "NE": "Nebraska",
    "NV": "Nevada",
    "NH": "New Hampshire",
    "NJ": "New Jersey",
    "NM": "New Mexico",
    "NY": "New York",
    "NC": "North Carolina",
    "ND": "North Dakota",
    "OH": "Ohio",
    "OK": "Oklahoma",
    "OR": "Oregon",
    "PA": "Pennsylvania",
    "PR": "Puerto Rico",
    "RI": "Rhode Island",
    "SC": "South Carolina",
    "SD": "South Dakota",
    "TN": "Tennessee",
    "TX": "Texas",
    "UT": "Utah",
    "VT": "Vermont",
    "VA": "Virginia",
    "WA": "Washington",
    "WV": "West Virginia",
    "WI": "Wisconsin",
    "WY": "Wyoming",
}

_POSTCODE_ROWS = f"SELECT {_COLUMNS} FROM place WHERE norm = ? AND kind = 'postcode' AND country = ?"  # noqa: S608  columns of ours


@dataclass(frozen=True, slots=True)
class Place:
    """A point (degrees, WGS 84) with its name, or a whole region or country, which has no point and is found by its code."""

    kind: str
    name: str
    region: str = ""
    country: str = ""
    latitude: float | None = None
    longitude: float | None = None
    population: int = 0

    @property
    def label(self) -> str:
        """How it is shown: "Bend, OR, US"."""
        return ", ".join(dict.fromkeys(part for part in (self.name, self.region, self.country) if part))


class Places:
    """Looks places up; one for a process. The gazetteer is opened, and made where absent, at the first look-up."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._opened: sqlite3.Connection | None = None
        self.find = lru_cache(maxsize=4096)(self._find)
        self.locate = lru_cache(maxsize=4096)(self._locate)

    def named(self, name: str, region: str = "", country: str = "", limit: int = 8) -> list[Place]:
        """Towns and cities of exactly this name, the most populous first, one a region; a town of that very name goes before a city
        that is also called so."""
        where, values = "norm = ? AND kind <> 'postcode'", [plain(name)]
        if region:
            where, values = (
                where + " AND (region = ? OR lower(region_name) = ?)",
                [*values, region.upper(), region.lower()],
            )
        if country:
            where, values = where + " AND country = ?", [*values, country.upper()]
        rows = self._rows(f"SELECT {_COLUMNS} FROM place WHERE {where} ORDER BY population DESC LIMIT 40", values)  # noqa: S608  clauses of ours, values bound
        found: dict[tuple[str, str], Place] = {}
        norm = values[0]
        for place in sorted(
            map(_place, rows), key=lambda one: one.population < A_TOWN_ITSELF or plain(one.name) != norm
        ):
            found.setdefault((place.region, place.country), place)
        return list(found.values())[:limit]

    def like(self, name: str) -> Place | None:
        """The most populous city whose name differs by one or two letters; None for short names and for none near."""
        norm = plain(name)
        if len(norm) < 5:
            return None
        allowed = 1 if len(norm) < 8 else 2
        rows = self._rows(
            "SELECT norm, max(population) FROM place WHERE kind = 'city' AND norm >= ? AND norm < ? "
            "AND length(norm) BETWEEN ? AND ? GROUP BY norm",
            [norm[0], norm[0] + "\U0010ffff", len(norm) - allowed, len(norm) + allowed],
        )
        people = {str(row[0]): int(row[1]) for row in rows}
        near = extract(norm, list(people), scorer=OSA.distance, score_cutoff=allowed, limit=10)
        if not near:
            return None
        best = min(near, key=lambda match: (match[1], -people[match[0]]))[0]
        return next(iter(self.named(best)), None)

    def _find(self, text: str) -> Place | None:
        """The place that a text is, exactly: a postcode, "town, region", a town, a region or a country. None for anything else."""
        text = " ".join(text.split())[:120]
        if postcode := next(iter(self.postcodes(text)), None) or self._four_digits_with_place(text):
            return postcode
        if area := _area(text):
            city = next(iter(self.named(text, limit=1)), None)
            return city if city and city.population >= A_CITY_BEFORE_ITS_STATE else area
        name, _, within = (part.strip() for part in text.partition(","))
        if within:
            return self._within(name, within.replace(",", " "))
        if found := self.named(name, limit=1):
            return found[0]
        words = name.split()
        for cut in range(len(words) - 1, 0, -1):
            if place := self._within(" ".join(words[:cut]), " ".join(words[cut:])):
                return place
        return None

    def postcodes(self, text: str, country: str = "") -> list[Place]:
        """The places that have exactly this postcode, one a country: "E1W" is in London and in New Brunswick."""
        found = []
        for code, pattern in _POSTCODE.items():
            match = pattern.fullmatch(text.strip()) if country in {"", code} else None
            if match and (rows := self._rows(_POSTCODE_ROWS, [plain(match.group(1)), code])):
                found.append(_place(rows[0]))
        return found

    def postcode_in(self, text: str) -> tuple[Place, str] | None:
        """The first postcode within a text, with the text that is left. Four digits alone may be anything: they are not looked for."""
        written = [(match, country) for country in ("US", "GB", "CA") for match in _POSTCODE[country].finditer(text)]
        for match, country in sorted(written, key=lambda pair: -len(pair[0].group(0))):  # "N1C 1A1" before its "N1C"
            if places := self.postcodes(match.group(0), country):
                return places[0], (text[: match.start()] + " " + text[match.end() :]).strip()
        return None

    def _locate(self, city: str, region: str, postcode: str, country: str) -> Place | None:
        """The point of a row of the clinic list: by its postcode, else by its town. None where neither is known."""
        if known := self.postcodes(postcode, country):
            return known[0]
        return (
            next(iter(self.named(city, region, country, 1) or self.named(city, "", country, 1)), None) if city else None
        )

    def _within(self, name: str, within: str) -> Place | None:
        area = _area(within) or (_area(within.split()[0]) if within.split() else None)
        if area is None or not name:
            return None
        if postcodes := self.postcodes(name, area.country):
            return postcodes[0]
        found = self.named(name, region=area.region, country=area.country, limit=1)
        return found[0] if found else None

    def _four_digits_with_place(self, text: str) -> Place | None:
        """ "Sydney NSW 2000", "6011, New Zealand": an Australian or New Zealand postcode with what tells the country."""
        match = _FOUR_DIGITS_AND_WHERE.fullmatch(text)
        if match is None or not (where := plain(f"{match.group(1)} {match.group(3)}")):
            return None
        for country in ("AU", "NZ"):
            names = [
                *COUNTRIES[country],
                *(name for (of, _), pair in REGIONS.items() if of == country for name in pair),
            ]
            told = any(f" {where}".endswith(f" {plain(name)}") for name in names)
            if (told or self.named(where, country=country, limit=1)) and (
                found := self.postcodes(match.group(2), country)
            ):
                return found[0]
        return None

    def _rows(self, statement: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        with self._lock:
            if self._opened is None:
                self._opened = open_gazetteer(self._folder)
            return self._opened.execute(statement, values).fetchall()


@cache
def areas() -> dict[str, Place]:
    """Countries and regions by every name in plain letters; a two-letter code that is also a common word needs a town before it."""
    found: dict[str, Place] = {}
    for (country, _), (code, name) in REGIONS.items():
        found[plain(name)] = found[plain(code)] = Place("region", name, code, country)
    for code, name in US_STATES.items():
        found[plain(name)] = found[plain(code)] = Place("region", name, code, "US")
    for code, names in COUNTRIES.items():
        for name in names:
            found[plain(name)] = Place("country", names[0], "", code)
    return found


def _area(text: str) -> Place | None:
    return areas().get(plain(text))


def _place(row: tuple[Any, ...]) -> Place:
    kind, name, region, _, country, latitude, longitude, population = row
    return Place(str(kind), str(name), str(region), str(country), float(latitude), float(longitude), int(population))
