"""The command line. Each command is a few lines that call one package; errors name what is wrong and how to mend it."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine

from store.settings import Settings

CRISIS = (
    "In crisis? US and Canada: call or text 988. UK: 116 123. Australia: 13 11 14. New Zealand: 1737. "
    "Emergency: 911, 999, 112, 000, 111."
)
EXPORTS = ["clinics.csv", "clinics.jsonl", "findings.jsonl", "pages.jsonl", "changes.jsonl", "vetting.sqlite"]


class Vetting(click.Group):
    """The group of all commands. What people can mend is printed as one line and ends with status 2."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; turn the rooms' own errors into one line."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            click.echo("interrupted; start again and it goes on where it was", err=True)
            ctx.exit(130)
        except BrokenPipeError:  # whoever read our output has read enough, as `head` does
            sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115  stays open to the end, so that the last flush finds it
            ctx.exit(0)
        except (ValueError, RuntimeError, OSError) as error:
            if ctx.find_root().params.get("debug"):
                raise
            click.echo(f"error: {error}", err=True)
            ctx.exit(2)


@click.group(cls=Vetting, epilog=CRISIS)
@click.option("--debug", is_flag=True, help="Show where an error arose.")
@click.version_option(package_name="vetting")
def main(debug: bool) -> None:
    """What ketamine and esketamine clinics state on their websites, with the exact quote."""


@main.command()
@click.argument("inputs", nargs=-1)
@click.option(
    "--jsonl", type=click.Path(path_type=Path), help="A file with one page as JSON a line; prints one object a line."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
@click.option(
    "--explain", is_flag=True, help="Also what matched, what set it aside, what turned it round, sentence by sentence."
)
@click.option("--clinic", default="", help="The clinic's name, so that its own name counts as “we”.")
def check(inputs: Sequence[str], jsonl: Path | None, as_json: bool, explain: bool, clinic: str) -> None:
    """Findings of pages from files (.html .txt .md .pdf .jsonl .warc.gz) or addresses; no database."""
    from jobs import check as job
    from jobs.score import make_judge
    from jobs.show import explained, told

    settings = _settings()
    if bool(inputs) == bool(jsonl):
        raise click.UsageError("give INPUT... or --jsonl FILE, one of the two")
    judge = make_judge(settings)
    if jsonl:
        for given in job.lines(jsonl):
            click.echo(json.dumps(job.as_json(judge, given), ensure_ascii=False))
        return
    pages = job.inputs(inputs, settings, clinic=clinic)
    if as_json:
        found = [{"source": given.source, **job.as_json(judge, given)} for given in pages]
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for given in pages:
        click.echo(explained(judge, given.page) if explain else told(judge, given.source, given.page))


@main.command()
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

    settings, engine = _open()
    slugs: list[str] | None = list(only) or None
    if file:
        with session(engine) as opened:
            report = import_csv(opened, file, source=str(file))
        _problems(report)
        slugs = [*(slugs or []), *report.slugs]
    with _bar("crawling", as_json) as move:
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


@main.command()
@click.option("--only", multiple=True, metavar="SLUG", help="Only this clinic; may be given several times.")
@click.option("--json", "as_json", is_flag=True)
def score(only: Sequence[str], as_json: bool) -> None:
    """Findings and assessments for what changed: pages, the checklist or the reader."""
    from jobs.score import score as run

    settings, engine = _open()
    with _bar("scoring", as_json) as move:
        done = run(engine, settings, slugs=list(only) or None, progress=move)
    if as_json:
        click.echo(
            json.dumps({"read": done.read, "judged": done.judged, "assessed": done.assessed, "changes": done.changes})
        )
    else:
        click.echo(
            f"{done.read} pages read, {done.judged} judged, {done.assessed} clinics assessed, {done.changes} verdicts changed"
        )


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
def serve(host: str, port: int) -> None:
    """The site."""
    from webapp.server import serve as run

    settings, engine = _open()
    run(settings, engine, host, port)


@main.command()
@click.option(
    "--every-minutes", default=15, show_default=True, type=click.IntRange(1), help="How often to look for due clinics."
)
def schedule(every_minutes: int) -> None:
    """Crawl and score on a calendar, until it is told to stop."""
    from jobs.schedule import run_forever

    settings, engine = _open()
    run_forever(engine, settings, every_minutes=every_minutes)


@main.group()
def checklist() -> None:
    """The rulebook: check it, test it, show it, compare two of them."""


@checklist.command("lint")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True)
def checklist_lint(file: Path | None, as_json: bool) -> None:
    """Everything that is wrong with a checklist: line, field and mend."""
    from scorer.lint import lint

    path = file or _settings().checklist
    problems = lint(path)
    if as_json:
        click.echo(
            json.dumps([{"line": p.line, "field": p.field, "what": p.what, "mend": p.mend} for p in problems], indent=2)
        )
    else:
        for problem in problems:
            click.echo(f"{path}:{problem}")
        click.echo(f"{len(problems)} problems" if problems else "no problems")
    if problems:
        sys.exit(1)


@checklist.command("test")
@click.argument("file", required=False, type=click.Path(path_type=Path))
def checklist_test(file: Path | None) -> None:
    """Run the checklist's own examples."""
    from jobs.score import make_judge
    from jobs.yardsticks import failing_examples

    judge = make_judge(_settings(file))
    failed = failing_examples(judge)
    for one in failed:
        click.echo(f"line {one.line}: {one.criterion}: “{one.text}” is {one.found}, not {one.wanted}")
    click.echo(f"{sum(len(c.examples) for c in judge.checklist.criteria)} examples, {len(failed)} failed")
    if failed:
        sys.exit(1)


@checklist.command("diff")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True)
def checklist_diff(old: Path, new: Path, as_json: bool) -> None:
    """What an edit would change over the stored pages: verdicts that flip, findings that come and go, examples that fail."""
    from jobs.preview import preview
    from jobs.told import as_text
    from scorer.checklist import load_checklist

    settings, engine = _open()
    with _bar("comparing", as_json) as move:
        found = preview(engine, load_checklist(old), load_checklist(new), move, settings=settings)
    click.echo(json.dumps(found.as_json(), ensure_ascii=False) if as_json else as_text(found))


@checklist.command("show")
@click.argument("criterion", required=False)
def checklist_show(criterion: str | None) -> None:
    """The criteria, or one of them with its phrases and examples."""
    from jobs.show import shown_checklist
    from scorer.checklist import load_checklist

    click.echo(shown_checklist(load_checklist(_settings().checklist), criterion))


@main.command()
@click.argument("gold", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True)
@click.option("--errors", is_flag=True, help="Every disagreement with its text.")
@click.option("--by-clinic", is_flag=True, help="Roll the pages of a clinic up first, as the site does.")
@click.option("--publish", is_flag=True, help="Write docs/accuracy.md and data/accuracy.json, which the site shows.")
def evaluate(gold: Path, as_json: bool, errors: bool, by_clinic: bool, publish: bool) -> None:
    """Precision, recall, F1, kappa per criterion, against labelled pages: a file in the gold format, or the folder of
    lessons, of which those are taken that no reader was taught with."""
    from jobs import evaluate as job
    from jobs.score import make_judge
    from store.models import now
    from teaching.held_out import measured_lessons

    pages = measured_lessons(gold) if gold.is_dir() else job.labelled_file(gold)
    if by_clinic:
        clinics = job.evaluate_clinics(make_judge(_settings()), pages)
        click.echo(job.as_json(clinics) if as_json else job.table(clinics))
        return
    evaluation, disagreements = job.evaluate_pages(make_judge(_settings()), pages)
    click.echo(job.as_json(evaluation) if as_json else job.table(evaluation))
    for line in disagreements if errors else ():
        click.echo(line)
    if publish:
        corpus = job.corpus_digest(pages)
        figures = job.figures(evaluation, corpus, now().date().isoformat())
        Path("data/accuracy.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        text = job.markdown(evaluation, corpus, f"vetting evaluate {gold} --publish")
        Path("docs/accuracy.md").write_text(text, encoding="utf-8")


@main.group()
def clinics() -> None:
    """The list of clinics."""


@clinics.command("import")
@click.argument("file", type=click.Path(path_type=Path))
def clinics_import(file: Path) -> None:
    """Take in a CSV list; rows that share a website become locations of one clinic."""
    from store.clinics import import_csv
    from store.engine import session

    _, engine = _open()
    with session(engine) as opened:
        report = import_csv(opened, file, source=str(file))
    _problems(report)
    click.echo(
        f"{report.added} clinics added, {report.merged} rows joined one as a location, {report.unchanged} rows known already"
    )
    for double in report.likely_doubles:
        click.echo(f"likely the same: {double}")


@clinics.command("list")
@click.option("--json", "as_json", is_flag=True)
def clinics_list(as_json: bool) -> None:
    """Every clinic with its status."""
    from store.clinics import list_clinics
    from store.engine import session

    _, engine = _open()
    with session(engine) as opened:
        for clinic in list_clinics(opened):
            row = {
                "slug": clinic.slug,
                "name": clinic.name,
                "url": clinic.url,
                "country": clinic.country,
                "status": clinic.status,
            }
            click.echo(
                json.dumps(row, ensure_ascii=False)
                if as_json
                else f"{clinic.slug}\t{clinic.status}\t{clinic.name}\t{clinic.url}"
            )


@clinics.command("opt-out")
@click.argument("slug")
@click.option("--reason", required=True)
def clinics_opt_out(slug: str, reason: str) -> None:
    """Never request this clinic's website again, and say so on its page."""
    from store.clinics import opt_out
    from store.engine import session

    _, engine = _open()
    with session(engine) as opened:
        click.echo(f"{opt_out(opened, slug, reason).name} is not visited any more")


@clinics.command("accept-move")
@click.argument("slug")
def clinics_accept_move(slug: str) -> None:
    """Take over the new address that a redirect proposed."""
    from store.clinics import accept_proposed_url
    from store.engine import session

    _, engine = _open()
    with session(engine) as opened:
        click.echo(f"{slug}: {accept_proposed_url(opened, slug).url}")


@main.group()
def user() -> None:
    """The people of the maintainers' desk."""


@user.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(["editor", "reviewer", "administrator"]), default="editor", show_default=True)
@click.password_option(help="Asked for when it is not given.")
def user_add(name: str, role: str, password: str) -> None:
    """Let somebody sign in at /desk."""
    from store.people_accounts import add_user

    _, engine = _open()
    add_user(engine, name, role, password)
    click.echo(f"{name} can sign in as {role}")


@main.command()
def notices() -> None:
    """Write today's digest for maintainers, and send it where SMTP is set: what waits, what changed, what failed, what is due."""
    from jobs.daily import daily

    settings, engine = _open()
    click.echo(daily(engine, settings))


@main.group()
def archive() -> None:
    """The page archive (WARC)."""


@archive.command("verify")
def archive_verify() -> None:
    """Read every record and compare its digests."""
    from store.archive import Archive

    verified = Archive(_settings().archive_dir).verify()
    for problem in verified.problems:
        click.echo(problem)
    click.echo(f"{verified.files} files, {verified.records} records, {len(verified.problems)} problems")
    if verified.problems:
        sys.exit(1)


@archive.command("show")
@click.argument("url")
def archive_show(url: str) -> None:
    """The newest archived body of an address."""
    from store.archive import Archive

    sys.stdout.buffer.write(Archive(_settings().archive_dir).show(url).body)


@archive.command("gc")
def archive_gc() -> None:
    """Delete files that are past their keeping time and that nothing needs."""
    from store.archive import Archive
    from store.engine import session

    settings, engine = _open()
    with session(engine) as opened:
        for name in Archive(settings.archive_dir).gc(opened, settings.archive_keep_days):
            click.echo(name)


@main.command()
@click.argument("kind", type=click.Choice(EXPORTS))
@click.option("--to", type=click.Path(path_type=Path), help="Write here; text kinds go to standard output without it.")
def export(kind: str, to: Path | None) -> None:
    """The data, for others."""
    from jobs.export import write_export

    _, engine = _open()
    if to is None:
        if kind == "vetting.sqlite":
            raise click.UsageError("vetting.sqlite is no text: give --to FILE")
        write_export(engine, kind, sys.stdout.buffer)
        return
    with to.open("wb") as stream:
        write_export(engine, kind, stream)


@main.command()
@click.option("--json", "as_json", is_flag=True)
def status(as_json: bool) -> None:
    """Last runs, outcomes by cause, what is overdue."""
    from jobs.status import status as read
    from jobs.status import status_text

    _, engine = _open()
    found = read(engine)
    click.echo(json.dumps(found, indent=2) if as_json else status_text(found))


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--web-port", default=8790, show_default=True, help="The port of the invented clinics' websites.")
@click.option("--no-serve", is_flag=True, help="Crawl and score, then end.")
def demo(host: str, port: int, web_port: int, no_serve: bool) -> None:
    """A small web of invented clinics on loopback, crawled, scored and served."""
    from demonstration.run import demonstrate

    demonstrate(_settings(), host, port, serve=not no_serve, web_port=web_port)


def _settings(checklist_file: Path | None = None) -> Settings:
    named = {"VETTING_CHECKLIST": str(checklist_file)} if checklist_file else {}
    return Settings.from_environment({**os.environ, **named})


def _open() -> tuple[Settings, Engine]:
    from store.engine import open_engine

    settings = _settings()
    return settings, open_engine(settings.database_url)


def _problems(report: Any) -> None:
    if report.problems:
        for line, message in report.problems:
            click.echo(f"line {line}: {message}", err=True)
        raise click.ClickException("nothing was imported; mend these lines and import again")


@contextmanager
def _bar(label: str, quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """A progress line on standard error, drawn anew at each step; none where nobody watches."""
    if quiet or not sys.stderr.isatty():
        yield lambda step, done, total: None
        return

    def move(step: str, done: int, total: int) -> None:
        filled = int(30 * done / total) if total else 30
        click.echo(f"\r{step or label} [{'#' * filled}{'-' * (30 - filled)}] {done}/{total}\033[K", nl=False, err=True)

    yield move
    click.echo(err=True)


if __name__ == "__main__":
    main()
