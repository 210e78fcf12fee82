"""What differs between two checklists: in words, and as what decides which pages can have other findings under the new one."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from scorer.checklist import Checklist, Criterion, Example
from scorer.examples import example_digest
from scorer.phrases import Phrase

_WORDS = ("title", "group", "core", "question", "why", "states", "rule", "sources")


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two checklists, and all that is needed to tell which pages' findings can differ.

    `judged` are the criteria whose findings can differ, `gone` those that the new checklist lacks; `words` tell each change in a
    sentence. Findings can differ on pages where one of `phrases` stands, on pages with a sentence near one of `examples`, and on
    every page where `everywhere` is true. The phrases stand without their exceptions: too many pages may be looked at, never too few.
    `contexts` tells whether a context label changed, and with it perhaps whose practice a sentence tells of.
    """

    judged: tuple[str, ...]
    gone: tuple[str, ...]
    words: tuple[str, ...]
    phrases: tuple[Phrase, ...] = ()
    examples: tuple[Example, ...] = ()
    everywhere: bool = False
    contexts: bool = False


def difference(old: Checklist, new: Checklist, known: Collection[str] | None = None) -> Difference:
    """What differs. `known` are the criteria that the taught reader gives probabilities for; None where it is not used."""
    judged: list[str] = []
    words: list[str] = []
    phrases: list[Phrase] = []
    examples: list[Example] = []
    everywhere = contexts = False
    for criterion in new.criteria:
        before = old.by_id.get(criterion.id)
        if before is None:
            words.append(f"{criterion.id}: a new criterion")
            judged.append(criterion.id)
            phrases += criterion.phrases
            everywhere = everywhere or criterion.id in (known or ())
            continue
        words += _in_words(before, criterion)
        changed = _changed(before.phrases, criterion.phrases)
        if (before.kind, before.general_counts) != (criterion.kind, criterion.general_counts):
            changed = [*before.phrases, *criterion.phrases]
            everywhere = everywhere or (before.kind != criterion.kind and criterion.id in (known or ()))
        shown = [] if known is None else _changed_examples(before, criterion)
        if changed or shown:
            judged.append(criterion.id)
            phrases += changed
            examples += shown
    gone = tuple(criterion.id for criterion in old.criteria if criterion.id not in new.by_id)
    words += [f"{name}: removed" for name in gone]
    for label in {**old.context, **new.context}:
        if changed := _changed(old.context.get(label, ()), new.context.get(label, ())):
            words.append(
                f"context {label}: {len(changed)} phrases added, removed or changed; this touches every criterion"
            )
            judged = [criterion.id for criterion in new.criteria]
            phrases += changed
            contexts = True
    bare = {phrase.text: replace(phrase, unless=()) for phrase in phrases}
    return Difference(tuple(judged), gone, tuple(words), tuple(bare.values()), tuple(examples), everywhere, contexts)


def _in_words(before: Criterion, after: Criterion) -> list[str]:
    told = [f"{after.id}: {name} reworded" for name in _WORDS if getattr(before, name) != getattr(after, name)]
    if before.kind != after.kind or before.general_counts != after.general_counts:
        told.append(f"{after.id}: its kind, or whether general prose counts, changed")
    old, new = {_key(p): p for p in before.phrases}, {_key(p): p for p in after.phrases}
    told += [
        f'{after.id}: {p.verdict or "silent"}: phrase added or changed: "{p.text}"'
        for key, p in new.items()
        if key not in old
    ]
    told += [
        f'{after.id}: {p.verdict or "silent"}: phrase removed or changed: "{p.text}"'
        for key, p in old.items()
        if key not in new
    ]
    had, has = ({(e.verdict, e.text, e.heading, e.before) for e in one.examples} for one in (before, after))
    told += [f'{after.id}: example of {e[0]} added: "{e[1]}"' for e in sorted(has - had)]
    told += [f'{after.id}: example of {e[0]} removed: "{e[1]}"' for e in sorted(had - has)]
    return told


def _key(phrase: Phrase) -> tuple[object, ...]:
    """A phrase without the line that it stands in."""
    return (phrase.text, phrase.verdict, phrase.unless, phrase.negation_inside)


def _changed(before: Iterable[Phrase], after: Iterable[Phrase]) -> list[Phrase]:
    """The phrases of only one side, and those whose place among the common ones differs: where two match the same words, the
    first is given as the reason."""
    old, new = {_key(p): p for p in before}, {_key(p): p for p in after}
    stayed, now = [key for key in old if key in new], [key for key in new if key in old]
    moved = {one for one, other in zip(stayed, now, strict=True) if one != other}
    return [p for key, p in {**old, **new}.items() if key not in old or key not in new or key in moved]


def _changed_examples(before: Criterion, after: Criterion) -> list[Example]:
    old, new = ({example_digest(one.id, e): e for e in one.examples} for one in (before, after))
    return [e for digest, e in {**old, **new}.items() if digest not in old or digest not in new]
