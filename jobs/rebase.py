"""A draft that was begun on an older checklist, brought onto the checklist as it is: field by field, criterion by criterion.

What only the draft changed is taken over. Lists of phrases and examples are joined line by line. Where both sides changed one field,
the checklist as it is stands unless the editor prefers the draft's.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from jobs.editing import dumped, example_line, load


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that both sides changed, each in its way ("" where a side removed it)."""

    place: str
    mine: str
    theirs: str


def rebase(base: str, mine: str, theirs: str, prefer_mine: Collection[str] = ()) -> tuple[str, tuple[Conflict, ...]]:
    """The text of `theirs` with what `mine` changed since `base`, and the conflicts; at the places of `prefer_mine` the draft's
    side is taken. Comments and order are those of `theirs`. Raises EditError where a text is no checklist."""
    document = load(theirs)
    conflicts: list[Conflict] = []
    _mapping(load(base), load(mine), document, "", frozenset(prefer_mine), conflicts)
    return dumped(document), tuple(conflicts)


def _mapping(base: Any, mine: Any, theirs: Any, place: str, prefer: Collection[str], conflicts: list[Conflict]) -> None:
    for key in dict.fromkeys((*base, *mine)):
        had, has, now = base.get(key), mine.get(key), theirs.get(key)
        here = f"{place} {key}".strip()
        if has in (had, now):
            continue
        if now != had and isinstance(has, dict) and isinstance(now, dict):
            _mapping(had if isinstance(had, dict) else {}, has, now, here, prefer, conflicts)
        elif isinstance(has, list) and isinstance(now, list):
            _list(had if isinstance(had, list) else [], has, now, here, prefer, conflicts)
        elif now == had or _choose(here, has, now, prefer, conflicts):
            if has is None:
                del theirs[key]
            else:
                theirs[key] = has


def _list(
    base: Sequence[Any],
    mine: Sequence[Any],
    theirs: Any,
    place: str,
    prefer: Collection[str],
    conflicts: list[Conflict],
) -> None:
    if not all(isinstance(one, dict) and isinstance(one.get("id"), str) for one in (*base, *mine, *theirs)):
        gone = [one for one in base if one not in mine]
        for one in gone:
            if one in theirs:
                theirs.remove(one)
        for at, one in enumerate(mine):
            if one not in base and one not in theirs:
                before = next((theirs.index(other) + 1 for other in reversed(mine[:at]) if other in theirs), 0)
                theirs.insert(before, one)
        return
    had, has = ({one["id"]: one for one in many} for many in (base, mine))
    for name in dict.fromkeys((*had, *has)):
        now = next((one for one in theirs if one["id"] == name), None)
        here = f"{place} {name}"
        if had.get(name) == has.get(name) or has.get(name) == now:
            continue
        if name in has and now is not None:
            _mapping(had.get(name, {}), has[name], now, here, prefer, conflicts)
        elif now == had.get(name) or _choose(here, has.get(name), now, prefer, conflicts):
            if now is not None:
                theirs.remove(now)
            if name in has:
                theirs.append(has[name])


def _choose(place: str, mine: Any, theirs: Any, prefer: Collection[str], conflicts: list[Conflict]) -> bool:
    """Note the conflict; whether the draft's side is taken."""
    conflicts.append(Conflict(place, _told(mine), _told(theirs)))
    return place in prefer


def _told(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return (
            example_line(value) if "text" in value else "\n".join(f"{key}: {_told(one)}" for key, one in value.items())
        )
    return "\n".join(_told(one) for one in value) if isinstance(value, list) else str(value)
