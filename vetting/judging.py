"""What a page states, how well it is read, and the rulebook: check, evaluate, checklist."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from vetting.opening import bar, open_database, read_settings


@click.command()
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

    settings = read_settings()
    if bool(inputs) == bool(jsonl):
        raise click.UsageError("give INPUT... or --jsonl FILE, one of the two")
    if explain and (as_json or jsonl):
        raise click.UsageError(
            "--explain is told as text; leave out --json and give the file as INPUT, without --jsonl"
        )
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


@click.command()
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
        clinics = job.evaluate_clinics(make_judge(read_settings()), pages)
        click.echo(job.as_json(clinics) if as_json else job.table(clinics))
        return
    evaluation, disagreements = job.evaluate_pages(make_judge(read_settings()), pages)
    click.echo(job.as_json(evaluation) if as_json else job.table(evaluation))
    for line in disagreements if errors else ():
        click.echo(line)
    if publish:
        corpus = job.corpus_digest(pages)
        figures = job.figures(evaluation, corpus, now().date().isoformat())
        Path("data/accuracy.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        text = job.markdown(evaluation, corpus, f"vetting evaluate {gold} --publish")
        Path("docs/accuracy.md").write_text(text, encoding="utf-8")


@click.group()
def checklist() -> None:
    """The rulebook: check it, test it, show it, compare two of them."""


@checklist.command("lint")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True)
def checklist_lint(file: Path | None, as_json: bool) -> None:
    """Everything that is wrong with a checklist: line, field and mend."""
    from scorer.lint import lint

    path = file or read_settings().checklist
    problems = lint(path)
    if as_json:
        click.echo(
            json.dumps([{"line": p.line, "field": p.field, "what": p.what, "mend": p.mend} for p in problems], indent=2)
        )
    else:
        for problem in problems:
            click.echo(f"{path}:{problem}")
        click.echo(f"{len(problems) or 'no'} problem{'' if len(problems) == 1 else 's'}")
    if problems:
        sys.exit(1)


@checklist.command("test")
@click.argument("file", required=False, type=click.Path(path_type=Path))
def checklist_test(file: Path | None) -> None:
    """Run the checklist's own examples."""
    from jobs.score import make_judge
    from jobs.yardsticks import failing_examples

    judge = make_judge(read_settings(file))
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

    settings, engine = open_database()
    with bar("comparing", as_json) as move:
        found = preview(engine, load_checklist(old), load_checklist(new), move, settings=settings)
    click.echo(json.dumps(found.as_json(), ensure_ascii=False) if as_json else as_text(found))


@checklist.command("show")
@click.argument("criterion", required=False)
def checklist_show(criterion: str | None) -> None:
    """The criteria, or one of them with its phrases and examples."""
    from jobs.show import shown_checklist
    from scorer.checklist import load_checklist

    click.echo(shown_checklist(load_checklist(read_settings().checklist), criterion))
