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

WORDS = ("title", "question", "why", "states", "rule")
_PLACE = re.compile(r"\s*\{(heading|before): (.*?)\}(?=\s*(?:\{(?:heading|before): .*?\}\s*)*$)")


class EditError(ValueError):
    """A form that cannot be put into the file; the message says why."""


@dataclass(frozen=True)
class Form:
    """One criterion as its form shows it: words by name; lists of lines by "stated.any", "stated.unless", "examples.stated"."""

    id: str
    words: Mapping[str, str]
    lists: Mapping[str, Sequence[str]]


def criterion_form(text: str, criterion: str, verdicts: Sequence[str]) -> Form:
    """The form of a criterion of that file. Raises EditError where the file or the criterion cannot be read."""
    entry = _entry(load(text), criterion)
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
        if first == "examples":
            _put(entry.setdefault("examples", CommentedMap()), second, [_example(line) for line in kept])
        elif kept or (entry.get(first) or {}).get(second):
            if second == "any" and not kept:
                entry.pop(first, None)
            else:
                _put(entry.setdefault(first, CommentedMap()), second, [DoubleQuotedScalarString(line) for line in kept])
    return dumped(document)


def load(text: str) -> Any:
    """The file as a document that keeps comments and order. Raises EditError where it is none."""
    try:
        document = _yaml().load(text)
    except YAMLError as error:
        raise EditError("the draft is no YAML any more; mend it in the whole text first") from error
    if not isinstance(document, CommentedMap):
        raise EditError("the draft holds no checklist; mend it in the whole text first")
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
    places = {match[1]: match[2] for match in _PLACE.finditer(line)}
    words = _PLACE.sub("", line).strip()
    if not places:
        return DoubleQuotedScalarString(words)
    made = CommentedMap({"text": DoubleQuotedScalarString(words)})
    for name, value in places.items():
        made[name] = DoubleQuotedScalarString(value)
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
    for entry in document.get("criteria") or []:
        if isinstance(entry, CommentedMap) and entry.get("id") == criterion:
            return entry
    raise EditError(f"there is no criterion {criterion} in this draft")


def _yaml() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 1_000_000
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml
