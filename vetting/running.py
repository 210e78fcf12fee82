"""Work that a machine does: crawl, score, serve, schedule, notices, status, demo."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from vetting.opening import bar, must_be_whole, open_database, read_settings


@click.command()
@click.option(
    "--clinics", "file", type=click.Path(path_type=Path), help="Import this list first and crawl its clinics."
)
@click.option("--only", multiple=True, metavar="SLUG", help="Only this clinic; may be given several times.")
@click.option("--all", "every", is_flag=True, help="All active clinics, due or not.")
@click.option("--max-pages", default=40, show_default=True, type=click.IntRange(1, 1000), help="Pages a clinic.")
@click.option("--json", "as_json", is_flag=True, help="The run's summary as JSON.")
def crawl(file: Path | None, only: Sequence[str], every: bool, max_pages: int, as_json: bool) -> None:
    """Visit the clinics that are due: politely, within robots.txt, archived."""
    from crawler.run import crawl as run
    from store.clinics import import_csv
    from store.engine import session

    settings, engine = open_database()
    slugs: list[str] | None = list(only) or None
    if file:
        with session(engine) as opened:
            report = import_csv(opened, file, source=str(file))
        must_be_whole(report)
        slugs = [*(slugs or []), *report.slugs]
    with bar("crawling", as_json) as move:
        summary = run(
            engine, settings, slugs=slugs, every=every and not file, max_pages=max_pages,
            progress=lambda p: move(f"{p.pages} pages", p.clinics_done, p.clinics_expected),
        )  # fmt: skip
    if as_json:
        click.echo(json.dumps(asdict(summary)))
    else:
        click.echo(
            f"{summary.clinics} clinics visited in {summary.seconds:.0f} s: {summary.pages} pages, {summary.requests} requests"
        )
        for outcome, count in sorted(summary.outcomes.items()):
            click.echo(f"  {outcome}: {count}")
        for alert in summary.alerts:
            click.echo(f"alert: {alert}", err=True)
    if summary.state != "finished":
        sys.exit(130)
    if summary.alerts or (summary.clinics and not summary.outcomes.keys() & {"complete", "partial", "unchanged"}):
        sys.exit(1)


@click.command()
@click.option("--only", multiple=True, metavar="SLUG", help="Only this clinic; may be given several times.")
@click.option("--json", "as_json", is_flag=True)
def score(only: Sequence[str], as_json: bool) -> None:
    """Findings and assessments for what changed: pages, the checklist or the reader."""
    from jobs.score import score as run

    settings, engine = open_database()
    with bar("scoring", as_json) as move:
        done = run(engine, settings, slugs=list(only) or None, progress=move)
    if as_json:
        click.echo(
            json.dumps({"read": done.read, "judged": done.judged, "assessed": done.assessed, "changes": done.changes})
        )
    else:
        click.echo(
            f"{done.read} pages read, {done.judged} judged, {done.assessed} clinics assessed, {done.changes} verdicts changed"
        )


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
def serve(host: str, port: int) -> None:
    """The site."""
    from webapp.server import serve as run

    settings, engine = open_database()
    run(settings, engine, host, port)


@click.command()
@click.option(
    "--every-minutes", default=15, show_default=True, type=click.IntRange(1), help="How often to look for due clinics."
)
def schedule(every_minutes: int) -> None:
    """Crawl and score on a calendar, until it is told to stop."""
    from jobs.schedule import run_forever

    settings, engine = open_database()
    run_forever(engine, settings, every_minutes=every_minutes)


@click.command()
def notices() -> None:
    """Write today's digest for maintainers, and send it where SMTP is set: what waits, what changed, what failed, what is due."""
    from jobs.daily import daily

    settings, engine = open_database()
    published, file = daily(engine, settings)
    click.echo(f"{published} clinics assessed again, their time to answer is over; the digest is {file}")


@click.command()
@click.option("--json", "as_json", is_flag=True)
def status(as_json: bool) -> None:
    """Last runs, outcomes by cause, what is overdue."""
    from jobs.status import status as read
    from jobs.status import status_text

    _, engine = open_database()
    found = read(engine)
    click.echo(json.dumps(found, indent=2) if as_json else status_text(found))


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--web-port", default=8790, show_default=True, help="The port of the invented clinics' websites.")
@click.option("--no-serve", is_flag=True, help="Crawl and score, then end.")
def demo(host: str, port: int, web_port: int, no_serve: bool) -> None:
    """A small web of invented clinics on loopback, crawled, scored and served."""
    from demonstration.run import demonstrate

    demonstrate(read_settings(), host, port, serve=not no_serve, web_port=web_port)
