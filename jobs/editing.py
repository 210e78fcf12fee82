"""One criterion of checklist.yaml edited as a form: only what changed is touched, comments and order stay (ruamel.yaml)."""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from scorer.checklist import VERDICTS_OF_KIND
from scorer.rulefile import DEEPEST

WORDS = ("title", "question", "why", "states", "rule")
_PLACE = re.compile(r"\{(heading|before): ")
_VERDICTS = tuple(verdict.value for verdicts in VERDICTS_OF_KIND.values() for verdict in verdicts)
_PARTS = {**dict.fromkeys(_VERDICTS, ("any", "unless")), "examples": (*_VERDICTS, "silent")}
_MEND = "mend it in the whole text first"


class EditError(ValueError):
    """A form that cannot be put into the file; the message says why."""


@dataclass(frozen=True)
class Form:
    """One criterion as its form shows it: words by name; lists of lines by "stated.any", "stated.unless", "examples.stated"."""

    id: str
    words: Mapping[str, str]
    lists: Mapping[str, Sequence[str]]

    @property
    def verdicts(self) -> list[str]:
        """The verdicts that it has phrases for."""
        return [place.removesuffix(".any") for place in self.lists if place.endswith(".any")]


def criterion_form(text: str, criterion: str, verdicts: Sequence[str] = ()) -> Form:
    """The form of a criterion of that file, with the verdicts of its kind unless others are given.

    Raises EditError where the file or the criterion cannot be read.
    """
    entry = _entry(load(text), criterion)
    if not verdicts:
        kind = str(entry.get("kind"))
        if kind not in VERDICTS_OF_KIND:
            raise EditError(f"{criterion}: kind is none of {', '.join(VERDICTS_OF_KIND)}; {_MEND}")
        verdicts = [verdict.value for verdict in VERDICTS_OF_KIND[kind]]
    lists: dict[str, list[str]] = {}
    for verdict in verdicts:
        written = entry.get(verdict) or {}
        lists[f"{verdict}.any"] = [str(one) for one in written.get("any") or []]
        lists[f"{verdict}.unless"] = [str(one) for one in written.get("unless") or []]
    for verdict in (*verdicts, "silent"):
        lists[f"examples.{verdict}"] = [example_line(one) for one in (entry.get("examples") or {}).get(verdict) or []]
    return Form(criterion, {name: str(entry.get(name, "")) for name in WORDS}, lists)


def with_form(text: str, form: Form) -> str:
    """The file with the form's criterion changed, all else as it was, byte for byte. Raises EditError as `criterion_form`."""
    document = load(text)
    entry = _entry(document, form.id)
    for name, value in form.words.items():
        if name in WORDS and str(entry.get(name, "")).strip() != value.strip():
            entry[name] = DoubleQuotedScalarString(" ".join(value.split()))
    for place, lines in form.lists.items():
        first, _, second = place.partition(".")
        kept = [line.strip() for line in lines if line.strip()]
        if not kept and not (entry.get(first) or {}).get(second):
            continue
        if second == "any" and not kept:
            entry.pop(first)
            continue
        if entry.get(first) is None:
            entry[first] = CommentedMap()
        made = _example if first == "examples" else DoubleQuotedScalarString
        _put(entry[first], second, [made(line) for line in kept])
    return dumped(document)


def load(text: str) -> Any:
    """The file as a document that keeps comments and order. Raises EditError where it is none or cannot be walked through."""
    try:
        document = _yaml().load(text)
    # A day that there is not, a !!int that is none: the library lets through whatever the making of a value raises.
    except (YAMLError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise EditError(f"the draft is no YAML any more; {_MEND}") from error
    if not isinstance(document, CommentedMap):
        raise EditError(f"the draft holds no checklist; {_MEND}")
    _refuse_mazes(document, DEEPEST, set())
    return document


def dumped(document: Any) -> str:
    """The document as text, what was not touched byte for byte as it was."""
    stream = io.StringIO()
    _yaml().dump(document, stream)
    return stream.getvalue()


def example_line(example: Any) -> str:
    """An example as one line: its text, then {heading: ...} and {before: ...} where it needs them."""
    if isinstance(example, str):
        return str(example)
    tail = "".join(f" {{{name}: {example[name]}}}" for name in ("heading", "before") if example.get(name))
    return f"{example['text']}{tail}"


def _example(line: str) -> Any:
    places, end = dict[str, str](), len(line)
    for opening in reversed(list(_PLACE.finditer(line))):
        value = line[opening.end() : end].rstrip()
        if not value.endswith("}"):
            break
        places.setdefault(opening[1], value[:-1])
        end = opening.start()
    words = line[:end].strip()
    if not places:
        return DoubleQuotedScalarString(words)
    made = CommentedMap({"text": DoubleQuotedScalarString(words)})
    for name in reversed(places):
        made[name] = DoubleQuotedScalarString(places[name])
    made.fa.set_flow_style()
    return made


def _put(mapping: CommentedMap, key: str, wanted: list[Any]) -> None:
    """Make the list hold what is wanted, touching only the lines that differ."""
    have = mapping.get(key)
    if not wanted:
        mapping.pop(key, None)
        return
    if not isinstance(have, CommentedSeq):
        mapping[key] = CommentedSeq(wanted)
        return
    old, new = [example_line(one) for one in have], [example_line(one) for one in wanted]
    for act, a, b, c, d in reversed(SequenceMatcher(None, old, new, autojunk=False).get_opcodes()):
        if act == "replace" and b - a == d - c:
            for at in range(b - a):
                have[a + at] = wanted[c + at]
        elif act != "equal":
            for at in reversed(range(a, b)):
                del have[at]
            for at, one in enumerate(wanted[c:d]):
                have.insert(a + at, one)


def _entry(document: Any, criterion: str) -> CommentedMap:
    criteria = document.get("criteria")
    for entry in criteria if isinstance(criteria, list) else ():
        if isinstance(entry, CommentedMap) and entry.get("id") == criterion:
            _check(entry)
            return entry
    raise EditError(f"there is no criterion {criterion} in this draft")


def _check(entry: CommentedMap) -> None:
    """Raise EditError where something else stands than the lists of lines that a form shows."""
    for name, parts in _PARTS.items():
        held = entry.get(name)
        if held is None:
            continue
        if not isinstance(held, dict):
            raise EditError(f"{entry['id']}: {name} holds no {parts[0]}: with a list below it; {_MEND}")
        for part in parts:
            lines = held.get(part)
            if lines is not None and not (isinstance(lines, list) and all(_is_line(one, name) for one in lines)):
                raise EditError(f"{entry['id']}: {name}: {part} is no list of sentences; {_MEND}")


def _is_line(value: Any, name: str) -> bool:
    return isinstance(value, str) or (
        name == "examples" and isinstance(value, dict) and isinstance(value.get("text"), str)
    )


def _refuse_mazes(value: Any, levels: int, met: set[int]) -> None:
    """Raise EditError where lists and mappings stand deeper in each other than `levels`, or where one of them stands in two places:
    a few lines of such references (& and *) can name more than any machine writes out."""
    if not isinstance(value, dict | list):
        return
    if not levels:
        raise EditError(f"the draft is nested too deep; {_MEND}")
    if id(value) in met:
        raise EditError(f"the draft refers to one of its parts with & and *, which is to be written out; {_MEND}")
    met.add(id(value))
    for one in value.values() if isinstance(value, dict) else value:
        _refuse_mazes(one, levels - 1, met)


def _yaml() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 1_000_000
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml
