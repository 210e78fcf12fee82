"""What every command begins with: settings, database, a progress line."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine

from store.settings import Settings


def read_settings(checklist_file: Path | None = None) -> Settings:
    """The settings of the environment, with another file for the checklist where one is given."""
    named = {"VETTING_CHECKLIST": str(checklist_file)} if checklist_file else {}
    return Settings.from_environment({**os.environ, **named})


def open_database() -> tuple[Settings, Engine]:
    """The settings and their database."""
    from store.engine import open_engine

    settings = read_settings()
    return settings, open_engine(settings.database_url)


def must_be_whole(report: Any) -> None:
    """Tells the lines that could not be imported, and ends."""
    if report.problems:
        for line, message in report.problems:
            click.echo(f"line {line}: {message}", err=True)
        raise click.ClickException("nothing was imported; mend these lines and import again")


@contextmanager
def bar(label: str, quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """A progress line on standard error, drawn anew at each step; none where nobody watches."""
    if quiet or not sys.stderr.isatty():
        yield lambda step, done, total: None
        return

    def move(step: str, done: int, total: int) -> None:
        filled = int(30 * done / total) if total else 30
        click.echo(f"\r{step or label} [{'#' * filled}{'-' * (30 - filled)}] {done}/{total}\033[K", nl=False, err=True)

    yield move
    click.echo(err=True)
