"""Teaching pages: text with marked sentences, ours, under data/teaching.

A file holds pages; each begins with `=== clinic: ... | kind: ... | title: ... | path: ...`. A mark is
`{{criterion=verdict: exact text}}`; several criteria are parted by `;`, marks may nest. What carries no mark is silent.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scorer.markdown import read_markdown
from scorer.page import Page
from scorer.verdicts import Verdict

_MARK = re.compile(r"\{\{\s*([a-z][a-z\-=; ]*?)\s*:[ ]?")


class LessonError(ValueError):
    """A teaching file that cannot be read; the message names file, line and mend."""


@dataclass(frozen=True, slots=True)
class Mark:
    """`page.text[start:end]` makes `verdict` on `criterion`."""

    criterion: str
    verdict: Verdict
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Lesson:
    """One labelled page. `name` is its file and number; `publisher` its kind in the header (clinic, article, ...)."""

    name: str
    publisher: str
    page: Page
    marks: tuple[Mark, ...]


def lessons(paths: list[Path]) -> Iterator[Lesson]:
    """Every page of the files, in order. Raises LessonError with file and line."""
    for path in paths:
        parts = re.split(r"(?m)^=== (.*)$", path.read_text(encoding="utf-8"))
        line = 1 + parts[0].count("\n")
        for number, (header, body) in enumerate(zip(parts[1::2], parts[2::2], strict=True), start=1):
            fields = {key.strip(): value.strip() for key, _, value in (p.partition(":") for p in header.split(" | "))}
            where = f"{path}:{line}"
            if missing := {"clinic", "kind", "title", "path"} - fields.keys():
                raise LessonError(
                    f"{where}: the header lacks {', '.join(sorted(missing))}; write `=== clinic: ... | kind: ...`"
                )
            text, marks = unmark(body.strip("\n"), where)
            page = read_markdown(text, title=fields["title"], address=fields["path"], clinic=fields["clinic"])
            yield Lesson(f"{path.stem}#{number}", fields["kind"], page, marks)
            line += body.count("\n")


def unmark(source: str, where: str = "") -> tuple[str, tuple[Mark, ...]]:
    """The plain text of a marked one, and its marks. Raises LessonError for a mark that does not open or close."""
    text: list[str] = []
    length = position = 0
    open_marks: list[tuple[list[tuple[str, str]], int]] = []
    marks: list[Mark] = []
    while position < len(source):
        if source.startswith("{{", position):
            match = _MARK.match(source, position)
            if not match:
                raise LessonError(
                    f"{where}: no mark at {source[position : position + 40]!r}; write {{{{criterion=verdict: text}}}}"
                )
            pairs = [(c.strip(), v.strip()) for c, _, v in (pair.partition("=") for pair in match[1].split(";"))]
            open_marks.append((pairs, length))
            position = match.end()
        elif source.startswith("}}", position):
            if not open_marks:
                raise LessonError(f"{where}: }}}} closes nothing near {source[max(0, position - 40) : position]!r}")
            pairs, start = open_marks.pop()
            marks += [Mark(criterion, Verdict(verdict), start, length) for criterion, verdict in pairs]
            position += 2
        else:
            text.append(source[position])
            length += 1
            position += 1
    if open_marks:
        raise LessonError(f"{where}: a mark {open_marks[-1][0]} is not closed; add }}}}")
    return "".join(text), tuple(marks)
