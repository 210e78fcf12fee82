"""Judging at the desk: the checklist as the site shows it, or a draft, with the taught reader loaded once."""

import tempfile
from functools import cache, lru_cache
from pathlib import Path

from flask import current_app
from sqlalchemy import Engine

from jobs.reassess import reassess
from scorer.checklist import Checklist, load_checklist
from scorer.findings import Judge
from scorer.lint import lint
from scorer.reader import Reader, has_model
from scorer.rulefile import Problem
from store.encodings import Encodings
from webapp.site import get_site


def current_judge() -> Judge:
    """A judge with the checklist that the site shows."""
    return _judge(get_site().checklist)


def judge_of_text(text: str) -> Judge:
    """A judge with the checklist of that text. Raises ChecklistError with its faults."""
    return _judge(checklist_of_text(text))


@lru_cache(maxsize=8)
def checklist_of_text(text: str) -> Checklist:
    """The checklist of that text. Raises ChecklistError with its faults."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "checklist.yaml"
        path.write_text(text, encoding="utf-8")
        return load_checklist(path)


@lru_cache(maxsize=8)
def lint_of_text(text: str) -> tuple[Problem, ...]:
    """Every fault of a text that is to be the checklist, with line and mend."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "checklist.yaml"
        path.write_text(text, encoding="utf-8")
        return tuple(lint(path))


def take_effect(clinic_id: int) -> bool:
    """Assess a clinic again after a person's decision; False where that waits for a scoring that is under way."""
    site = get_site()
    return reassess(site.engine, current_judge(), site.settings, clinic_id)


def _judge(checklist: Checklist) -> Judge:
    judges: dict[str, Judge] = current_app.extensions.setdefault("desk.judges", {})
    if checklist.version not in judges:
        while len(judges) >= 4:
            judges.pop(next(iter(judges)))
        site = get_site()
        judges[checklist.version] = Judge(
            checklist, _reader(site.engine) if site.settings.taught_reader and has_model() else None
        )
    return judges[checklist.version]


@cache
def _reader(engine: Engine) -> Reader:
    return Reader(keep=Encodings(engine))
