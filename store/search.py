"""Finding clinics: words, a place with a radius, and filters, over the whole listing in memory.

What a filter or a radius needs is a few bytes a clinic, so each process holds it as packed bits and sorted coordinates
(about 40 MB for a million clinics) and answers every mix of filters, with all facet counts, in a few milliseconds. Words are
looked up in the database's own text index, one word at a time, and each answer is kept as bits too; words that many clinics
have are looked up beforehand. A new generation of the listing makes a new Catalogue; a Catalogue itself never changes, so
threads share it without a lock.
"""

import math
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine
from sqlmodel import col, select

from store.engine import session
from store.gazetteer import plain
from store.listing import Listing, ListingState, catch_up
from store.places import Places
from store.words import Words

Bits = NDArray[np.uint8]
SHORT = 5_000  # clinics; a list that any word is looked up in within a millisecond
EARTH_KM = 6371.0088  # mean radius, IUGG
ALMOST_EVERY_CLINIC = frozenset(
    (
        "a an and the of for in at to my near ketamine esketamine clinic clinics center centers centre centres "
        "treatment treatments therapy therapies provider providers who is me find "
        "de en con para ketamina esketamina clinica clinicas tratamiento tratamientos"
    ).split()
)


@dataclass(frozen=True, slots=True)
class Query:
    """What to find. `clauses` maps a group's name to facets of which a clinic must have one; all groups must hold.

    `within_km` counts from (`latitude`, `longitude`); without a radius the point only orders. `order` is "distance" or "name".
    """

    words: str = ""
    latitude: float | None = None
    longitude: float | None = None
    within_km: float | None = None
    clauses: Mapping[str, frozenset[str]] = field(default_factory=dict)
    order: str = "name"


@dataclass(frozen=True, slots=True)
class Result:
    """Rows of the catalogue in order, their distances (kilometres; NaN where a clinic has no point) from `origin` (latitude,
    longitude), and what was made of the words."""

    rows: NDArray[np.int64]
    kilometres: NDArray[np.float64] | None
    corrected: Mapping[str, str]
    matching: Mapping[str, Bits]
    origin: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """One clinic of a result, as its listing shows it. `nearest` is the place name of the location that the distance is to."""

    clinic_id: int
    slug: str
    name: str
    card: Mapping[str, Any]
    kilometres: float | None = None
    nearest: str = ""


class Catalogue:
    """The listing of one generation, in the order of names."""

    def __init__(self, engine: Engine, generation: int) -> None:
        self.engine = engine
        self.generation = generation
        with session(engine) as opened:
            columns = select(Listing.clinic_id, Listing.facets, Listing.points)
            listed = opened.exec(columns.order_by(col(Listing.name_key), col(Listing.clinic_id))).all()
        self.ids = np.array([row[0] for row in listed], dtype=np.int64)
        self.count = len(listed)
        self._by_id = np.argsort(self.ids)
        self._sorted_ids = self.ids[self._by_id]
        self._facets = self._pack(facets for _, facets, _ in listed)
        self.everyone = self._bits(np.arange(self.count))
        self._none = np.zeros_like(self.everyone)
        spots = sorted((lat, lon, row) for row, (_, _, points) in enumerate(listed) for lat, lon, _ in points)
        self._latitudes = np.array([spot[0] for spot in spots], dtype=np.float64)
        self._phi, self._theta = (
            np.radians(self._latitudes),
            np.radians(np.array([spot[1] for spot in spots], dtype=np.float64)),
        )
        self._cosine = np.cos(self._phi)
        self._rows = np.array([spot[2] for spot in spots], dtype=np.int64)
        self._has_branches = len(np.unique(self._rows)) < len(self._rows)
        self._words_of_list = Words(engine)
        self._rare = lru_cache(maxsize=512)(self._word)
        # The more clinics have a word, the longer it takes to look up; those of many are looked up before anybody asks.
        many = self._words_of_list.of_many(self.count // 100) if self.count > SHORT else ()
        self._common = {word: self._word(word) for word in many}

    def search(self, query: Query) -> Result:
        """Everything that matches, in order, with what facet counts are made from."""
        mask, corrected = self._words(query.words)
        kilometres = None
        if query.latitude is not None and query.longitude is not None:
            kilometres = self.distances(query.latitude, query.longitude, query.within_km)
            if query.within_km is not None:
                mask = mask & self._bits(np.flatnonzero(kilometres <= query.within_km))
        held = {name: self.any_of(facets) for name, facets in query.clauses.items()}
        matching = {"": _all([mask, *held.values()])}
        for name in held:
            matching[name] = _all([mask, *(bits for other, bits in held.items() if other != name)])
        rows = self._rows_of(matching[""])
        if kilometres is not None:
            kilometres = kilometres[rows]
            if query.order == "distance":
                order = np.argsort(kilometres, kind="stable")  # NaN last; equal distances stay in the order of names
                rows, kilometres = rows[order], kilometres[order]
        origin = None if query.latitude is None or query.longitude is None else (query.latitude, query.longitude)
        return Result(rows, kilometres, corrected, matching, origin)

    def count_of(self, result: Result, facets: Iterable[str], group: str = "") -> int:
        """How many clinics would match with one of these facets, all groups but `group` holding."""
        bits = result.matching.get(group, result.matching[""])
        return int(np.bitwise_count(bits & self.any_of(facets)).sum())

    def any_of(self, facets: Iterable[str]) -> Bits:
        """Clinics that have at least one of these facets."""
        found = self._none
        for facet in facets:
            if facet in self._facets:
                found = found | self._facets[facet]
        return found

    def values(self, prefix: str) -> list[str]:
        """The values that facets of one name have: values("country") -> ["CA", "US"]."""
        return sorted(facet[len(prefix) + 1 :] for facet in self._facets if facet.startswith(prefix + ":"))

    def distances(self, latitude: float, longitude: float, within_km: float | None) -> NDArray[np.float64]:
        """Kilometres from a point to each clinic's nearest location, by haversine; NaN where it has none or is beyond the radius."""
        first, last = 0, len(self._latitudes)
        if within_km is not None:
            band = within_km / 111.0 + 0.1  # a degree of latitude is never less than 110.5 km
            first = int(np.searchsorted(self._latitudes, latitude - band))
            last = int(np.searchsorted(self._latitudes, latitude + band))
        phi, theta = self._phi[first:last], self._theta[first:last] - np.radians(longitude)
        origin = np.radians(latitude)
        half = np.sin((phi - origin) / 2) ** 2 + np.cos(origin) * self._cosine[first:last] * np.sin(theta / 2) ** 2
        spans = 2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(half, 1.0)))
        nearest = np.full(self.count, np.nan)
        farthest_first = np.argsort(-spans) if self._has_branches else slice(None)  # the last one written stays
        nearest[self._rows[first:last][farthest_first]] = spans[farthest_first]
        return nearest

    def hits(self, result: Result, start: int, length: int) -> list[Hit]:
        """The clinics from `start` on, read from the database in one statement."""
        rows = result.rows[start : start + length]
        with session(self.engine) as opened:
            shown = select(Listing).where(col(Listing.clinic_id).in_(self.ids[rows].tolist()))
            found = {row.clinic_id: row for row in opened.exec(shown)}
        hits = []
        for place, row in enumerate(rows):
            listed = found.get(int(self.ids[row]))
            if listed is None:  # taken off the list since this catalogue was made
                continue
            span = np.nan if result.kilometres is None else float(result.kilometres[start + place])
            if np.isnan(span) or result.origin is None:
                hits.append(Hit(listed.clinic_id, listed.slug, listed.name, listed.card))
            else:
                nearest = _nearest(listed.points, result.origin)
                hits.append(Hit(listed.clinic_id, listed.slug, listed.name, listed.card, span, nearest))
        return hits

    def position(self, result: Result, clinic_id: int) -> int | None:
        """Where a clinic stands in a result: what a cursor is made of."""
        row = self._row(clinic_id)
        if row is None:
            return None
        found = np.flatnonzero(result.rows == row)
        return int(found[0]) if len(found) else None

    def _row(self, clinic_id: int) -> int | None:
        place = int(np.searchsorted(self._sorted_ids, clinic_id))
        if place == self.count or self._sorted_ids[place] != clinic_id:
            return None
        return int(self._by_id[place])

    def _words(self, words: str) -> tuple[Bits, dict[str, str]]:
        wanted = [word for word in plain(words).split() if word not in ALMOST_EVERY_CLINIC][:12]
        mask, corrected = self.everyone, {}
        for word in wanted:
            found = self.word(word)
            if not found.any() and (better := self._words_of_list.nearest(word)):
                corrected[word], found = better, self.word(better)
            mask = mask & found
        return mask, corrected

    def word(self, word: str) -> Bits:
        """Clinics with a word that begins so."""
        found = self._common.get(word)
        return self._rare(word) if found is None else found

    def _word(self, word: str) -> Bits:
        ids = self._words_of_list.clinics_with(word)
        places = np.searchsorted(self._sorted_ids, ids)
        known = places < self.count
        known[known] = self._sorted_ids[places[known]] == ids[known]
        return self._bits(self._by_id[places[known]])

    def _pack(self, facets: Iterable[str]) -> dict[str, Bits]:
        having: dict[str, list[int]] = {}
        for row, words in enumerate(facets):
            for word in words.split():
                having.setdefault(word, []).append(row)
        return {word: self._bits(np.array(rows)) for word, rows in having.items()}

    def _bits(self, rows: NDArray[np.int64]) -> Bits:
        flags = np.zeros(self.count, dtype=bool)
        flags[rows] = True
        return np.packbits(flags)

    def _rows_of(self, bits: Bits) -> NDArray[np.int64]:
        return np.flatnonzero(np.unpackbits(bits, count=self.count))


class Search:
    """The newest catalogue, kept up to date: every `every` seconds it looks whether clinics or readings changed.

    In a long list (LONG) that look takes most of a second, so it is taken less often (RARELY); another process's refresh is
    seen at once all the same, by the generation that it leaves.
    """

    LONG, RARELY = 5_000, 60.0

    def __init__(
        self, engine: Engine, places: Places | None, every: float = 5.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine, self._places, self._every, self._clock = engine, places, every, clock
        self._lock = threading.Lock()
        self._catalogue: Catalogue | None = None
        self._looked = self._caught_up = float("-inf")

    def catalogue(self) -> Catalogue:
        """The newest catalogue. While one thread makes a new one the others go on with the one before."""
        if self._catalogue is not None and self._clock() - self._looked < self._every:
            return self._catalogue
        if not self._lock.acquire(blocking=self._catalogue is None):
            assert self._catalogue is not None
            return self._catalogue
        try:
            if self._catalogue is None or self._clock() - self._looked >= self._every:
                self._catalogue = self._look()
                self._looked = self._clock()
            return self._catalogue
        finally:
            self._lock.release()

    def _look(self) -> Catalogue:
        patience = self._every if self._catalogue is None or self._catalogue.count < self.LONG else self.RARELY
        if self._clock() - self._caught_up >= patience:
            catch_up(self._engine, self._places)
            self._caught_up = self._clock()
        with session(self._engine) as opened:
            state = opened.get(ListingState, 1)
        generation = state.generation if state else 0
        if self._catalogue is not None and self._catalogue.generation == generation:
            return self._catalogue
        return Catalogue(self._engine, generation)


def _nearest(points: Sequence[Sequence[Any]], origin: tuple[float, float]) -> str:
    """The name of the point that lies nearest; so near together that the globe may be taken for flat."""
    east = math.cos(math.radians(origin[0]))

    def apart(point: Sequence[Any]) -> float:
        turned = (float(point[1]) - origin[1] + 180) % 360 - 180
        return math.hypot(float(point[0]) - origin[0], turned * east)

    return str(min(points, key=apart)[2]) if points else ""


def _all(parts: list[Bits]) -> Bits:
    found = parts[0]
    for bits in parts[1:]:
        found = found & bits
    return found
