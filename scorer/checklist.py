"""checklist.yaml as frozen records: the rulebook that everything else is judged by."""

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scorer.entries import ChecklistEntry, CriterionEntry, ExampleEntry, PhrasesEntry
from scorer.phrases import Phrase, has_negation
from scorer.rulefile import Lines, Problem, read_rules, unreadable
from scorer.verdicts import Verdict

VERDICTS_OF_KIND: Mapping[str, tuple[Verdict, ...]] = {
    "practice": (Verdict.STATED, Verdict.PARTIAL, Verdict.CONTRADICTED),
    "flag": (Verdict.RAISED, Verdict.DENIED),
}


class ChecklistError(ValueError):
    """A checklist that cannot be used. `problems` holds each fault; the message lists them with line and mend."""

    def __init__(self, path: Path, problems: list[Problem]) -> None:
        self.path = path
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{path}:{problem}" for problem in problems))


@dataclass(frozen=True, slots=True)
class Source:
    """A document that a criterion rests on. `standing` is verified, secondary or seed article."""

    id: str
    publisher: str
    title: str
    address: str
    date: str
    standing: str


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence that the checklist gives with its verdict; the tests run it, the learned reader is taught with it."""

    verdict: Verdict
    text: str
    heading: str = ""
    before: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Criterion:
    """One entry of the checklist; `line` is where it begins in the file."""

    id: str
    title: str
    group: str
    kind: str
    core: bool
    question: str
    why: str
    states: str
    rule: str
    sources: tuple[Source, ...]
    general_counts: bool
    phrases: tuple[Phrase, ...]
    examples: tuple[Example, ...]
    line: int = 0

    @property
    def is_flag(self) -> bool:
        """Whether it is a red flag: raised or denied, where a practice is stated, partial or contradicted."""
        return self.kind == "flag"

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts that its kind allows, silent left out."""
        return VERDICTS_OF_KIND[self.kind]


@dataclass(frozen=True, slots=True)
class Group:
    """A part of the checklist, such as Monitoring."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class CrisisLine:
    """Whom to call in a country (ISO 3166 letters). `verified` is false where nobody has opened the line's own page."""

    country: str
    name: str
    call: str
    emergency: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Banner:
    """A sentence shown with the clinics of a country, such as that its law restricts what they may publish."""

    country: str
    text: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class ContextExample:
    """A sentence that shows what a context label means."""

    label: str
    text: str
    line: int = 0


@dataclass(frozen=True)
class Checklist:
    """The rulebook.

    `version` is the first 12 hex digits of the SHA-256 of everything that a verdict or a printed word depends on: comments,
    layout and line numbers do not change it, a phrase or an example does.
    """

    path: Path
    version: str
    title: str
    groups: tuple[Group, ...]
    criteria: tuple[Criterion, ...]
    context: Mapping[str, tuple[Phrase, ...]]
    context_examples: tuple[ContextExample, ...] = ()
    crisis_lines: tuple[CrisisLine, ...] = ()
    banners: tuple[Banner, ...] = ()
    sources: tuple[Source, ...] = field(default=())

    @functools.cached_property
    def by_id(self) -> Mapping[str, Criterion]:
        """The criteria by their id."""
        return {criterion.id: criterion for criterion in self.criteria}

    def of_group(self, group: str) -> tuple[Criterion, ...]:
        """The criteria of one group, in order."""
        return tuple(criterion for criterion in self.criteria if criterion.group == group)


def load_checklist(path: Path | str) -> Checklist:
    """The checklist in a file. Raises ChecklistError with every fault that makes it unusable."""
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ChecklistError(path, [unreadable(error)]) from error
    return _loaded(path, content)


@functools.lru_cache(maxsize=8)
def _loaded(path: Path, content: bytes) -> Checklist:
    """Reading takes most of a second, and a page of the desk asks for a version or two: the last ones are kept."""
    entry, lines, problems = read_rules(content)
    if problems or entry is None:
        raise ChecklistError(path, problems)
    return _checklist(path, entry, lines)


def _checklist(path: Path, entry: ChecklistEntry, lines: Lines) -> Checklist:
    sources = {
        source.id: Source(source.id, source.publisher, source.title, source.address or "", source.date, source.standing)
        for source in entry.sources
    }
    return Checklist(
        path=path,
        version=_version(entry),
        title=entry.title,
        groups=tuple(Group(group.id, group.title) for group in entry.groups),
        criteria=tuple(_criterion(number, one, sources, lines) for number, one in enumerate(entry.criteria)),
        context={
            label.id: tuple(
                Phrase(text, None, lines[("context", number, "any", position)], (), has_negation(text))
                for position, text in enumerate(label.any)
            )
            for number, label in enumerate(entry.context)
        },
        context_examples=tuple(
            ContextExample(label.id, text, lines[("context", number, "examples", position)])
            for number, label in enumerate(entry.context)
            for position, text in enumerate(label.examples)
        ),
        crisis_lines=tuple(
            CrisisLine(one.country, one.name, one.call, one.emergency, one.verified) for one in entry.crisis_lines
        ),
        banners=tuple(
            Banner(one.country, one.text, tuple(sources[name] for name in one.sources)) for one in entry.banners
        ),
        sources=tuple(sources.values()),
    )


def _criterion(number: int, entry: CriterionEntry, sources: Mapping[str, Source], lines: Lines) -> Criterion:
    phrases: list[Phrase] = []
    examples: list[Example] = []
    for verdict in (*VERDICTS_OF_KIND[entry.kind], Verdict.SILENT):
        written: PhrasesEntry | None = getattr(entry, verdict.value, None)
        if written is not None:
            for position, text in enumerate(written.any):
                line = lines[("criteria", number, verdict.value, "any", position)]
                inside = written.negation == "part-of-it" or has_negation(text)
                phrases.append(Phrase(text, verdict, line, tuple(written.unless), inside))
        shown: list[str | ExampleEntry] = getattr(entry.examples, verdict.value)
        for position, example in enumerate(shown):
            line = lines[("criteria", number, "examples", verdict.value, position)]
            examples.append(_example(verdict, example, line))
    return Criterion(
        id=entry.id,
        title=entry.title,
        group=entry.group,
        kind=entry.kind,
        core=entry.core,
        question=entry.question,
        why=entry.why,
        states=entry.states,
        rule=entry.rule,
        sources=tuple(sources[name] for name in entry.sources),
        general_counts=entry.general == "counts",
        phrases=tuple(phrases),
        examples=tuple(examples),
        line=lines[("criteria", number)],
    )


def _example(verdict: Verdict, entry: str | ExampleEntry, line: int) -> Example:
    if isinstance(entry, str):
        return Example(verdict, entry, line=line)
    return Example(verdict, entry.text, entry.heading or "", entry.before or "", line)


def _version(entry: ChecklistEntry) -> str:
    content = json.dumps(entry.model_dump(exclude_defaults=True), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()[:12]
