"""What differs between two checklists, in words and as a filter: which pages can have other findings under the new one."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from scorer.checklist import Checklist, Criterion
from scorer.examples import example_digest
from scorer.phrases import Phrase, PhraseMatcher

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_WORD = re.compile(r"[a-z0-9]+")
_WORDS = ("title", "group", "core", "question", "why", "states", "rule", "sources")


@dataclass(frozen=True)
class Difference:
    """`judged` are the criteria whose findings can differ, `gone` those that the new checklist lacks; `words` tell each change
    in a sentence; `filter` finds every page that a changed phrase touches (None where no phrase changed); `taught` tells that
    examples changed that the taught reader does not know, so that any page may be near one."""

    judged: tuple[str, ...]
    gone: tuple[str, ...]
    words: tuple[str, ...]
    filter: Checklist | None
    taught: bool

    def words_to_look_for(self) -> frozenset[str] | None:
        """Small letters of which at least one stands on every page that `filter` finds: a quick look before the search.

        None where a phrase holds no word, so that any page may be meant.
        """
        if self.filter is None:
            return None
        phrases = [p for c in self.filter.criteria for p in c.phrases] + [
            p for many in self.filter.context.values() for p in many
        ]
        chosen = [_needed_words(phrase.text) for phrase in phrases]
        return frozenset().union(*chosen) if all(chosen) else None

    def matcher(self) -> PhraseMatcher | None:
        """The filter made ready."""
        return PhraseMatcher(self.filter) if self.filter is not None else None


def difference(old: Checklist, new: Checklist, taught: frozenset[str] | None = None) -> Difference:
    """What differs. `taught` are the digests of the examples that the taught reader knows; None where it is not used."""
    judged: list[str] = []
    words: list[str] = []
    touched: list[Criterion] = []
    near_examples = False
    for criterion in new.criteria:
        before = old.by_id.get(criterion.id)
        if before is None:
            words.append(f"{criterion.id}: a new criterion")
            judged.append(criterion.id)
            touched.append(replace(criterion, phrases=_bare(criterion.phrases)))
            near_examples = near_examples or taught is not None
            continue
        words += _in_words(before, criterion)
        phrases = _changed(before.phrases, criterion.phrases)
        if (before.kind, before.general_counts) != (criterion.kind, criterion.general_counts):
            phrases = _bare((*before.phrases, *criterion.phrases))
        examples = taught is not None and _untaught(before, taught) != _untaught(criterion, taught)
        near_examples = near_examples or examples
        if phrases or examples:
            judged.append(criterion.id)
            touched.append(replace(criterion, phrases=phrases))
    gone = tuple(criterion.id for criterion in old.criteria if criterion.id not in new.by_id)
    words += [f"{name}: removed" for name in gone]
    context = {
        label: _changed(old.context.get(label, ()), new.context.get(label, ()))
        for label in {**old.context, **new.context}
    }
    context = {label: phrases for label, phrases in context.items() if phrases}
    for label, phrases in context.items():
        words.append(f"context {label}: {len(phrases)} phrases added, removed or changed; this touches every criterion")
    if context:
        judged = [criterion.id for criterion in new.criteria]
    narrow = None
    if any(criterion.phrases for criterion in touched) or context:
        narrow = replace(new, criteria=tuple(touched), context=context)
    return Difference(tuple(judged), gone, tuple(words), narrow, near_examples)


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


def _needed_words(text: str) -> frozenset[str]:
    """Words of which one stands wherever the phrase does: its longest plain word, else one of each choice; none where unsure."""
    plain = _WORD.findall(_CHOICE.sub(" ", text.lower()))
    if plain:
        return frozenset({max(plain, key=len)})
    for choice in _CHOICE.findall(text.lower()):
        words = [_WORD.findall(option) for option in choice.split("|")]
        if words and all(words):
            return frozenset(max(found, key=len) for found in words)
    return frozenset()


def _key(phrase: Phrase) -> tuple[object, ...]:
    """A phrase without the line that it stands in."""
    return (phrase.text, phrase.verdict, phrase.unless, phrase.negation_inside)


def _changed(before: Iterable[Phrase], after: Iterable[Phrase]) -> tuple[Phrase, ...]:
    old, new = {_key(p): p for p in before}, {_key(p): p for p in after}
    return _bare([p for key, p in {**old, **new}.items() if key not in old or key not in new])


def _bare(phrases: Iterable[Phrase]) -> tuple[Phrase, ...]:
    """The phrases without their exceptions: a filter must let too much through, never too little."""
    return tuple({p.text: replace(p, unless=()) for p in phrases}.values())


def _untaught(criterion: Criterion, taught: frozenset[str]) -> set[str]:
    return {digest for example in criterion.examples if (digest := example_digest(criterion.id, example)) not in taught}
