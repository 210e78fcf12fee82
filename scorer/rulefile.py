"""Reads checklist.yaml with the line of every value, and names each fault with its line, its field and its mend."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from scorer.entries import ChecklistEntry, CriterionEntry, PhrasesEntry
from scorer.phrases import NotationError, check_notation

Place = tuple[str | int, ...]
DEEPEST = 20  # lists and mappings in each other; a checklist has seven
_KEYS_OF = {"practice": ("stated", "partial", "contradicted"), "flag": ("raised", "denied")}
# Other YAML readers and editors take these words for true and false.
_SWITCHES = frozenset("yes no on off y n true false null ~".split())


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: the line (1 is the first), the field it is in, what is wrong, and how to mend it."""

    line: int
    field: str
    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.line}: {self.field}: {self.what}. {self.mend}"


class Lines:
    """The line of each place in the file; of the nearest place around it where that place has none."""

    def __init__(self) -> None:
        self._lines: dict[Place, int] = {}

    def __setitem__(self, place: Place, line: int) -> None:
        self._lines[place] = line

    def __getitem__(self, place: Place) -> int:
        while place and place not in self._lines:
            place = place[:-1]
        return self._lines.get(place, 1)


def read_rules(content: bytes) -> tuple[ChecklistEntry | None, Lines, list[Problem]]:
    """The checked content of a file, its lines, and all faults that make it unusable (then the content may be None)."""
    lines = Lines()
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        return None, lines, [unreadable(error)]
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        what = f"is no YAML here: {error.problem or error.context or 'it cannot be read'}"
        mend = "Look at this line and the one above: mostly quotes that do not close, an indent, or a phrase without quotes"
        return None, lines, [Problem(line, "file", what, mend)]
    except YAMLError as error:
        return None, lines, [Problem(1, "file", f"is no YAML: {error}", "Restore the last version that worked")]
    except RecursionError:
        return None, lines, [_too_deep(_deep_line(text), ())]
    if root is None:
        return None, lines, [Problem(1, "file", "is empty", "Restore the last version that worked")]
    problems: list[Problem] = []
    content = _Plain(lines, problems).of(root, ())
    try:
        entry = ChecklistEntry.model_validate(content)
    except ValidationError as error:
        problems += _faults(error, lines)
        return None, lines, _sorted(problems)
    problems += _inconsistencies(entry, lines)
    return entry, lines, _sorted(problems)


def unreadable(error: Exception) -> Problem:
    """The fault of a file that is not there, may not be read or is no text."""
    return Problem(1, "file", f"cannot be read: {error}", "Check the path; the file is UTF-8 text")


def _sorted(problems: list[Problem]) -> list[Problem]:
    return sorted(set(problems), key=lambda problem: (problem.line, problem.field, problem.what))


class _Plain:
    """A node as lists, dictionaries and scalars; the line of each place and the faults are noted on the way."""

    def __init__(self, lines: Lines, problems: list[Problem]) -> None:
        self._lines, self._problems = lines, problems
        self._met: set[int] = set()

    def of(self, node: Node, place: Place, around: int = 1) -> Any:
        """The node that stands at this place; `around` is the line of what holds it."""
        again = id(node) in self._met
        self._met.add(id(node))
        line = self._lines[place] = around if again else node.start_mark.line + 1
        if again:  # a few lines of references to references name more than any machine writes out
            self._problems.append(
                Problem(line, _field(place), "is referred to with & and *", "Write it out in both places")
            )
        elif isinstance(node, ScalarNode):
            return _scalar(node, place, self._lines, self._problems)
        elif len(place) >= DEEPEST:  # the file itself is the first of them
            self._problems.append(_too_deep(line, place[:1]))
        elif isinstance(node, SequenceNode):
            return [self.of(one, (*place, number), line) for number, one in enumerate(node.value)]
        else:
            return self._mapping(cast("MappingNode", node), place)
        return {} if isinstance(node, MappingNode) else [] if isinstance(node, SequenceNode) else str(node.value)

    def _mapping(self, node: MappingNode, place: Place) -> dict[str, Any]:
        content: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                self._problems.append(
                    Problem(line, _field(place), "has a key that is no word", "Write the key as one word")
                )
                continue
            key = str(key_node.value)
            if key in content:
                self._problems.append(
                    Problem(line, _field((*place, key)), "stands here twice", "Join the two into one")
                )
            content[key] = self.of(value_node, (*place, key), line)
            self._lines[(*place, key)] = line
        return content


def _deep_line(text: str) -> int:
    """The line at which a text nests too deep to be composed: events are read one after the other, however deep they stand."""
    depth = line = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        line = event.start_mark.line + 1
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > DEEPEST:
            break
    return line


def _too_deep(line: int, place: Place) -> Problem:
    return Problem(
        line,
        _field(place),
        "is nested too deep",
        "Look for brackets that do not close; put a phrase with brackets in quotes",
    )


def _scalar(node: ScalarNode, place: Place, lines: Lines, problems: list[Problem]) -> Any:
    text = str(node.value)
    if node.style is not None:
        return text
    if text in ("true", "false"):
        return text == "true"
    if text.lower() in _SWITCHES:
        mend = f'Write "{text}" in quotes; for a switch write true or false'
        problems.append(
            Problem(lines[place], _field(place), f"the word {text or '(nothing)'} without quotes is no text", mend)
        )
        return text
    if str(node.tag).rpartition(":")[2] in ("int", "float", "timestamp"):
        problems.append(
            Problem(
                lines[place], _field(place), f"{text} without quotes is a number or date", f'Write "{text}" in quotes'
            )
        )
    return text


def _faults(error: ValidationError, lines: Lines) -> Iterator[Problem]:
    """What pydantic found, in a maintainer's words."""
    for fault in error.errors():
        place = tuple(part for part in fault["loc"] if part not in ("str", "constrained-str", "ExampleEntry"))
        field, kind = _field(place), fault["type"]
        if kind == "extra_forbidden":
            yield Problem(lines[place], field, f'the key "{place[-1]}" is unknown', _nearest(place))
        elif kind == "missing":
            yield Problem(lines[place], field, "is missing", f"Add {place[-1]}: to the entry that begins here")
        elif kind == "string_type":
            yield Problem(lines[place], field, "is no text", "Put this sentence in quotes; brackets, # and : need them")
        elif kind == "string_pattern_mismatch":
            yield Problem(
                lines[place],
                field,
                f"{fault['input']!r} has not the right form",
                "Small letters and hyphens: vital-signs",
            )
        elif kind == "literal_error":
            yield Problem(
                lines[place], field, f"{fault['input']!r} is none of the choices", f"Use {fault['ctx']['expected']}"
            )
        elif kind in ("model_type", "dict_type"):
            yield Problem(lines[place], field, "holds no keys", "Indent its keys below it, such as any: or text:")
        elif kind == "list_type":
            yield Problem(lines[place], field, "is no list", 'Begin each line below it with "- "')
        elif kind == "bool_type":
            yield Problem(lines[place], field, "is no switch", "Write true or false")
        else:
            yield Problem(lines[place], field, str(fault["msg"]).lower(), "See docs/checklist.md")


def _nearest(place: Place) -> str:
    known = set(CriterionEntry.model_fields) | set(PhrasesEntry.model_fields) | set(ChecklistEntry.model_fields)
    close = difflib.get_close_matches(str(place[-1]), sorted(known), n=1)
    if close:
        return f"Did you mean {close[0]}?"
    return "Remove it; if it is the start of a sentence, put the sentence in quotes"


def _inconsistencies(entry: ChecklistEntry, lines: Lines) -> Iterator[Problem]:
    """Faults between entries, and phrases that break the notation."""
    yield from _repeated("criteria", [one.id for one in entry.criteria], lines)
    yield from _repeated("context", [one.id for one in entry.context], lines)
    yield from _repeated("sources", [one.id for one in entry.sources], lines)
    yield from _repeated("groups", [one.id for one in entry.groups], lines)
    yield from _repeated("crisis_lines", [one.country for one in entry.crisis_lines], lines)
    groups = {group.id for group in entry.groups}
    sources = {source.id for source in entry.sources}
    for number, criterion in enumerate(entry.criteria):
        place: Place = ("criteria", number)
        if criterion.group not in groups:
            yield _unknown((*place, "group"), criterion.group, groups, lines)
        for position, name in enumerate(criterion.sources):
            if name not in sources:
                yield _unknown((*place, "sources", position), name, sources, lines)
        yield from _verdicts(place, criterion, lines)
    for number, label in enumerate(entry.context):
        yield from _notation(("context", number, "any"), label.any, lines)
    for number, banner in enumerate(entry.banners):
        for position, name in enumerate(banner.sources):
            if name not in sources:
                yield _unknown(("banners", number, "sources", position), name, sources, lines)


def _verdicts(place: Place, criterion: CriterionEntry, lines: Lines) -> Iterator[Problem]:
    allowed = _KEYS_OF[criterion.kind]
    for verdict in (*_KEYS_OF["practice"], *_KEYS_OF["flag"]):
        phrases: PhrasesEntry | None = getattr(criterion, verdict)
        if verdict not in allowed:
            mend = f"A {criterion.kind} has {', '.join(allowed)}; move the lines or change kind"
            if phrases is not None:
                yield Problem(
                    lines[(*place, verdict)], _field((*place, verdict)), f"a {criterion.kind} is never {verdict}", mend
                )
            if getattr(criterion.examples, verdict):
                where = (*place, "examples", verdict)
                yield Problem(lines[where], _field(where), f"a {criterion.kind} is never {verdict}", mend)
        if phrases is not None:
            yield from _notation((*place, verdict, "any"), phrases.any, lines)
            yield from _notation((*place, verdict, "unless"), phrases.unless, lines)
    if getattr(criterion, allowed[0]) is None:
        yield Problem(
            lines[place], _field((*place, allowed[0])), "has no phrases", f"Add {allowed[0]}: with any: and phrases"
        )


def _notation(place: Place, phrases: list[str], lines: Lines) -> Iterator[Problem]:
    for position, phrase in enumerate(phrases):
        where = (*place, position)
        try:
            check_notation(phrase)
        except NotationError as error:
            what, _, mend = str(error).rpartition("; ")
            yield Problem(lines[where], _field(where), f'in the phrase "{phrase}": {what}', mend[:1].upper() + mend[1:])
        if phrase in phrases[:position]:
            yield Problem(lines[where], _field(where), f'the phrase "{phrase}" stands here twice', "Remove one")


def _repeated(section: str, names: list[str], lines: Lines) -> Iterator[Problem]:
    for number, name in enumerate(names):
        if name in names[:number]:
            first = lines[(section, names.index(name))]
            yield Problem(
                lines[(section, number)],
                f"{section}[{name}]",
                f"the id {name} is taken by line {first}",
                "Choose another id",
            )


def _unknown(place: Place, name: str, known: set[str], lines: Lines) -> Problem:
    close = difflib.get_close_matches(name, sorted(known), n=1)
    mend = f"Did you mean {close[0]}?" if close else f"Known are: {', '.join(sorted(known))}"
    return Problem(lines[place], _field(place), f'"{name}" is not in this file', mend)


def _field(place: Place | Mapping[str, Any]) -> str:
    """A place as a path: criteria[3].stated.any[0]."""
    path = ""
    for part in place:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path or "file"
