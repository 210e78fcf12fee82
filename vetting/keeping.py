"""What is kept: clinics, archive, exports, and the people of the desk."""

import json
import sys
from contextlib import nullcontext
from pathlib import Path

import click

from vetting.opening import must_be_whole, open_database, read_settings

EXPORTS = ["clinics.csv", "clinics.jsonl", "findings.jsonl", "pages.jsonl", "changes.jsonl", "vetting.sqlite"]


@click.group()
def clinics() -> None:
    """The list of clinics."""


@clinics.command("import")
@click.argument("file", type=click.Path(path_type=Path))
def clinics_import(file: Path) -> None:
    """Take in a CSV list; rows that share a website become locations of one clinic."""
    from store.clinics import import_csv
    from store.engine import session

    _, engine = open_database()
    with session(engine) as opened:
        report = import_csv(opened, file, source=str(file))
    must_be_whole(report)
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

    _, engine = open_database()
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

    _, engine = open_database()
    with session(engine) as opened:
        click.echo(f"{opt_out(opened, slug, reason).name} is not visited any more")


@clinics.command("accept-move")
@click.argument("slug")
def clinics_accept_move(slug: str) -> None:
    """Take over the new address that a redirect proposed."""
    from store.clinics import accept_proposed_url
    from store.engine import session

    _, engine = open_database()
    with session(engine) as opened:
        click.echo(f"{slug}: {accept_proposed_url(opened, slug).url}")


@click.group()
def archive() -> None:
    """The page archive (WARC)."""


@archive.command("verify")
def archive_verify() -> None:
    """Read every record and compare its digests."""
    from store.archive import Archive

    verified = Archive(read_settings().archive_dir).verify()
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

    sys.stdout.buffer.write(Archive(read_settings().archive_dir).show(url).body)


@archive.command("gc")
def archive_gc() -> None:
    """Delete files that are past their keeping time and that nothing needs."""
    from store.archive import Archive
    from store.engine import session

    settings, engine = open_database()
    with session(engine) as opened:
        for name in Archive(settings.archive_dir).gc(opened, settings.archive_keep_days):
            click.echo(name)


@click.command()
@click.argument("kind", type=click.Choice(EXPORTS))
@click.option("--to", type=click.Path(path_type=Path), help="Write here; text kinds go to standard output without it.")
def export(kind: str, to: Path | None) -> None:
    """The data, for others."""
    from jobs.export import write_export

    _, engine = open_database()
    if to is None:
        if kind == "vetting.sqlite":
            raise click.UsageError("vetting.sqlite is no text: give --to FILE")
        write_export(engine, kind, sys.stdout.buffer)
        return
    with to.open("wb") as stream:
        write_export(engine, kind, stream)


@click.group()
def user() -> None:
    """The people of the maintainers' desk."""


@user.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(["editor", "reviewer", "administrator"]), default="editor", show_default=True)
@click.password_option(help="Asked for when it is not given.")
def user_add(name: str, role: str, password: str) -> None:
    """Let somebody sign in at /desk."""
    from store.people_accounts import add_user

    _, engine = open_database()
    add_user(engine, name, role, password)
    click.echo(f"{name} can sign in as {role}")


@click.group()
def desk() -> None:
    """What people put in at the maintainers' desk."""


@desk.command("export")
@click.argument("kind", type=click.Choice(["audit", "gold", "decisions"]))
@click.option("--to", type=click.Path(path_type=Path), help="Write here; standard output without it.")
def desk_export(kind: str, to: Path | None) -> None:
    """The audit log, the settled gold pages, or reviewers' decisions as gold records: one JSON object a line."""
    from jobs.decided import desk_lines

    _, engine = open_database()
    with to.open("w", encoding="utf-8") if to else nullcontext(sys.stdout) as stream:
        stream.writelines(desk_lines(engine, kind))
