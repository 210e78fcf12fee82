"""What a person means by the words in the one search box: names, a place, a region, a postcode, "near"."""

import re
from dataclasses import dataclass, field, replace

from store.places import Place, Places
from store.search import ALMOST_EVERY_CLINIC

_NEAR = re.compile(r"^(.*?)(?:^|\s)(near|around|close to|in|at|by|within reach of|cerca de|en)\s+(.+)$", re.IGNORECASE)
_NEAR_ME = re.compile(r"\b((?:near|around|close to|by) me|nearby|cerca de m[ií])\b", re.IGNORECASE)
# What follows "at" or "in" and is no town: "ketamine at home", "in person".
_NO_PLACE = frozenset("home person clinic office hospital group".split())
LONGEST_PLACE = 4  # words of a place's name at the end of the box
A_TOWN_ANYWHERE = 15_000  # people: a smaller town must be named with its region, or after "near"


@dataclass(frozen=True)
class Box:
    """Words to look for, and a point or an area to look in. `others` are further places of the same name.

    `bare`: nothing but a town's name was typed, which may as well be a clinic's; `asked`: the place was asked for with "near".
    """

    words: str = ""
    place: Place | None = None
    area: Place | None = None
    others: list[Place] = field(default_factory=list)
    guessed: bool = False
    bare: bool = False
    asked: bool = False
    near_me: bool = False


def read_box(text: str, places: Places, *, only_words: bool = False) -> Box:
    """Take the box apart. `only_words`: the reader said that no place was meant."""
    text = " ".join(text.replace("\x00", " ").split())[:200]
    if only_words or not text:
        return Box(words=text)
    near_me = bool(_NEAR_ME.search(text))
    text = _NEAR_ME.sub(" ", text).strip()
    found = _after_near(text, places) or _postcode(text, places) or _whole(text, places) or _at_the_end(text, places)
    if found is None:
        return Box(words=text, near_me=near_me)
    return found


def box_of_likeness(text: str, places: Places) -> Box | None:
    """For a text that nothing was found for: the city that it nearly names."""
    bare = " ".join(word for word in text.split() if word.lower() not in ALMOST_EVERY_CLINIC)
    place = places.like(bare)
    return Box(place=place, guessed=True) if place else None


def _after_near(text: str, places: Places) -> Box | None:
    match = _NEAR.match(text)
    if match is None:
        return None
    words, where = match.group(1).strip(), match.group(3).strip()
    if where.lower() in _NO_PLACE:
        return None
    found = places.find(where)
    asked = match.group(2).lower() in {"near", "around", "close to", "within reach of", "cerca de"}
    if found is not None:
        return replace(_box(words, found, places, where), asked=asked)
    if asked and (like := places.like(where)):
        return Box(words=words, place=like, guessed=True, asked=True)
    return None


def _postcode(text: str, places: Places) -> Box | None:
    if "," in text and (named := places.find(text)) and named.kind == "postcode":  # with its region or country
        return Box(place=named)
    found = places.postcode_in(text)
    return _box(found[1], found[0], places, found[0].name) if found else None


def _whole(text: str, places: Places) -> Box | None:
    if text.lower() in ALMOST_EVERY_CLINIC:
        return None
    found = places.find(text)
    if found is None:
        return None
    return replace(_box("", found, places, text), bare="," not in text and found.kind not in {"region", "country"})


def _at_the_end(text: str, places: Places) -> Box | None:
    words = text.split()
    for length in range(min(LONGEST_PLACE, len(words) - 1), 0, -1):
        tail = " ".join(words[-length:])
        if tail.lower() in ALMOST_EVERY_CLINIC or (length == 1 and len(tail) < 4):
            continue
        found = places.find(tail)
        if found and (
            found.kind in {"region", "country"} or found.population >= A_TOWN_ANYWHERE or "," in tail or length > 1
        ):
            return _box(" ".join(words[:-length]), found, places, tail)
    return None


def _is_around(found: Place, named: Place | None) -> bool:
    """Whether the words beside a place only tell where it lies: its region or country, or the town of a postcode."""
    if named is None or named.country != found.country:
        return False
    if named.kind == "country":
        return True
    return named.region == found.region and (named.kind == "region" or found.kind == "postcode")


def _box(words: str, found: Place, places: Places, asked: str) -> Box:
    if found.kind in {"region", "country"}:
        return Box(words=words, area=found)
    if words and _is_around(found, places.find(words)):
        words = ""
    same = places.postcodes(found.name) if found.kind == "postcode" else places.named(asked)
    if found not in same:  # its region was named too
        return Box(words=words, place=found)
    others = [place for place in same if (place.region, place.country) != (found.region, found.country)]
    return Box(words=words, place=found, others=others[:4])
