"""`vetting demo`: the whole way, from a list of clinics to a page that a family can read, over a web of invented clinics."""

import socket
from collections import Counter
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from time import monotonic

from sqlalchemy import Engine

from crawler.run import Progress, RunSummary, crawl
from demonstration.server import LIST, PORT, SITES, SmallWeb
from demonstration.site import WebError
from jobs.score import score
from store.clinics import ImportReport, import_csv
from store.engine import open_engine, session
from store.settings import Settings
from webapp.server import serve as serve_site

LOOPBACK = ip_network("127.0.0.0/8")


def demonstrate(
    settings: Settings,
    host: str = "127.0.0.1",
    port: int = 8000,
    *,
    serve: bool = True,
    web_port: int = PORT,
    sites: Path = SITES,
    clinics: Path = LIST,
) -> None:
    """Serve the small web, import its list, crawl it, score it and serve the site until Ctrl-C, telling each step.

    Its database, archive and list lie in a folder `demo` of the data folder, whatever VETTING_DATABASE_URL says. A second
    run asks for every page again, keeps what has not changed and judges only what has. Raises WebError for a port in use.
    """
    here = demonstration_settings(settings)
    if serve:
        _must_be_free(host, port)
    print("Vetting shows its whole way on a small web. Every clinic, person and price on it is invented.\n")
    with SmallWeb(sites, web_port) as web:
        first = web.sites[0].origin
        print(f"1. The small web is up: {len(web.sites)} websites, each on its own loopback address ({first} ...).")
        engine = open_engine(here.database_url)
        report = _import(engine, web, here.data_dir / "clinics.csv", clinics)
        _crawl(engine, here, report.slugs)
        _score(engine, here)
        if not serve:
            print("5. Not served, as asked. `vetting demo` without --no-serve shows the site.")
            return
        shown = f"[{host}]" if ":" in host else host
        print(
            f"5. The site: http://{shown}:{port}\n   The clinics' own pages stay up, so its links lead somewhere. Ctrl-C ends all."
        )
        serve_site(here, engine, host, port)
    print("\nEnded: the site and the small web are down.")


def demonstration_settings(settings: Settings) -> Settings:
    """The settings of the demonstration: data apart from the operator's own, loopback and nothing else may be asked for.

    Without a contact a crawl cannot leave the networks that it is allowed.
    """
    folder = settings.data_dir / "demo"
    return replace(
        settings,
        data_dir=folder,
        database_url=f"sqlite:///{folder / 'vetting.sqlite'}",
        contact="",
        crawl_allow_networks=(LOOPBACK,),
        publish_without_review=True,
        demonstration=True,
    )


def _import(engine: Engine, web: SmallWeb, to: Path, clinics: Path) -> ImportReport:
    web.write_list(to, clinics)
    with session(engine) as opened:
        report = import_csv(opened, to, source="the demonstration")
    if report.problems:
        line, what = report.problems[0]
        raise WebError(f"{clinics}:{line}: {what}")
    print(
        f"2. The list {to}: {len(report.slugs)} clinics; {report.added} new, {report.merged} further locations, "
        f"{report.unchanged} rows known already."
    )
    return report


def _crawl(engine: Engine, settings: Settings, slugs: list[str]) -> None:
    print(
        f"3. The crawl: robots.txt first, at most one request every {settings.crawl_delay:g} s to a site, all sites side by side ..."
    )
    summary = crawl(engine, settings, slugs=slugs, progress=_told)
    if summary.state != "finished":
        raise KeyboardInterrupt
    print(_summed(summary))


def _told(progress: Progress) -> None:
    if progress.clinic:
        width = len(str(progress.clinics_expected))
        print(
            f"   {progress.clinics_done:{width}} of {progress.clinics_expected}  {progress.clinic:38} {progress.outcome}",
            flush=True,
        )


def _summed(summary: RunSummary) -> str:
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in sorted(summary.outcomes.items()))
    causes = Counter(summary.causes)
    return (
        f"   {summary.clinics} clinics in {summary.seconds:.0f} s with {summary.requests} requests: {outcomes}.\n"
        f"   {causes['stored']} pages new or changed, {causes['unchanged']} unchanged."
    )


def _score(engine: Engine, settings: Settings) -> None:
    print("4. The score: pages into findings, findings into assessments ...", flush=True)
    began = monotonic()
    done = score(engine, settings)
    print(
        f"   {done.read} pages read, {done.judged} judged, {done.assessed} clinics assessed, {done.changes} verdicts changed, "
        f"in {monotonic() - began:.0f} s."
    )


def _must_be_free(host: str, port: int) -> None:
    """Better to hear of a port in use before the crawl than after it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise WebError(
            f"{host}:{port}: cannot listen there ({error.strerror}); another program may be using the port: "
            "stop it, or choose another with --port"
        ) from error
