"""One crawl run in this process: what it needs is made, Scrapy runs, the run's row is closed whatever happens."""

import asyncio
import logging
import signal
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select

from crawler.closing import close_run
from crawler.items import Ended
from crawler.loop import allow_files, resolve_with, run_in_loop
from crawler.names import Guard, GuardedResolver
from crawler.pace import Pace
from crawler.settings import scrapy_settings, user_agent
from crawler.spider import ClinicSpider
from crawler.turns import Turns
from crawler.wire import bear_bad_headers
from store import visits
from store.archive import Archive
from store.leases import release_dead, worker_name
from store.models import Clinic, ClinicStatus, now
from store.settings import Settings
from store.warc_writer import ArchiveWriter, mend

log = logging.getLogger("vetting.crawl")
GRACE = 5.0  # seconds that answers under way are waited for after Ctrl-C
_one_at_a_time = threading.Lock()


class CrawlError(RuntimeError):
    """A crawl that cannot start or go on; the message says what to do."""


@dataclass(frozen=True)
class Progress:
    """How far a run is. `clinic` and `outcome` are those of a visit that just ended, empty otherwise."""

    clinics_done: int
    clinics_active: int
    clinics_expected: int
    pages: int
    requests: int
    bytes: int
    clinic: str = ""
    outcome: str = ""


@dataclass
class RunSummary:
    """What a run did. `state` is finished or interrupted; `outcomes` counts clinics, `causes` addresses."""

    run_id: int
    state: str
    clinics: int
    outcomes: dict[str, int]
    causes: dict[str, int]
    pages: int
    requests: int
    bytes: int
    seconds: float
    alerts: list[str] = field(default_factory=list)


def crawl(
    engine: Engine,
    settings: Settings,
    *,
    slugs: Sequence[str] | None = None,
    every: bool = False,
    max_pages: int = 40,
    progress: Callable[[Progress], None] | None = None,
) -> RunSummary:
    """Visit the clinics that are due; or those named by `slugs`, due or not; or `every` one. Blocks until all visits ended.

    Ctrl-C ends the run cleanly: what was read is kept, and the next run takes the open visits up where they were.
    Raises CrawlError for unknown slugs, for a crawl of public hosts without VETTING_CONTACT and while another crawl runs in
    this process; ArchiveError when the archive cannot be written.
    """
    if not _one_at_a_time.acquire(blocking=False):
        raise CrawlError("a crawl is already running in this process")
    try:
        return _Run(engine, settings, slugs, every, max_pages, progress).go()
    finally:
        _one_at_a_time.release()


class _Run:
    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        slugs: Sequence[str] | None,
        every: bool,
        max_pages: int,
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self._engine, self._settings, self._every, self._max_pages = engine, settings, every, max_pages
        self._progress = progress
        self._ids = self._find(slugs, every)
        self._began = monotonic()
        self._done = 0
        self._causes: Counter[str] = Counter()
        self._interrupted = False
        self._expected = 0

    def go(self) -> RunSummary:
        """The whole run."""
        return run_in_loop(self._crawl())

    async def _crawl(self) -> RunSummary:
        settings, owner = self._settings, worker_name()
        resolver = GuardedResolver(Guard(settings.crawl_allow_networks, public=bool(settings.contact)))
        if not settings.contact:
            await self._refuse_public(resolver)
        resolve_with(resolver)
        bear_bad_headers()
        archive = Archive(settings.archive_dir)
        writer = ArchiveWriter(
            settings.archive_dir, owner.rpartition(":")[2], user_agent(settings), settings.archive_rotate_bytes
        )
        with Session(self._engine) as session, session.begin():
            mend(settings.archive_dir, lambda line: visits.is_orphan(session, line))
            release_dead(session)
            run_id = visits.start_run(session, owner, user_agent(settings)).id
            self._expected = len(self._due(session))
        assert run_id is not None
        allow_files(4 * settings.crawl_sites + 200)
        turns = Turns(settings.data_dir / "cache" / "pace")
        pace = Pace(settings.crawl_delay, settings.crawl_delay_ceiling, turns)
        crawler = Crawler(ClinicSpider, scrapy_settings(settings))
        state = "interrupted"
        spider: Any = None
        try:
            await self._drive(
                crawler,
                engine=self._engine,
                vetting=settings,
                owner=owner,
                run_id=run_id,
                ids=self._ids,
                every=self._every,
                max_pages=self._max_pages,
                resolver=resolver,
                pace=pace,
                writer=writer,
                archive=archive,
                listener=self._hear,
            )
            spider = crawler.spider
            state = "interrupted" if self._interrupted or (spider and spider.failure) else "finished"
        finally:
            writer.close()
            resolver.close()
            turns.close()
            summary = self._close(run_id, state, owner, crawler.spider)
        if spider is not None and spider.failure is not None:
            raise spider.failure
        return summary

    async def _drive(self, crawler: Crawler, **parts: Any) -> None:
        pace: Pace = parts["pace"]
        crawling = asyncio.ensure_future(crawler.crawl_async(**parts))
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        caught = threading.current_thread() is threading.main_thread()
        if caught:
            for name in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(name, self._interrupt, pace, stop)
        renewing = asyncio.ensure_future(self._renew(crawler))
        try:
            stopping = asyncio.ensure_future(stop.wait())
            failing = asyncio.ensure_future(pace.stopping.wait())
            await asyncio.wait({crawling, stopping, failing}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            failing.cancel()
            if not crawling.done():
                # Answers under way may still be kept; nothing new is asked for.
                ending = asyncio.ensure_future(crawler.stop_async())
                await asyncio.wait({crawling, ending}, timeout=GRACE, return_when=asyncio.ALL_COMPLETED)
            if crawling.done():
                await crawling
            else:
                crawling.cancel()
        finally:
            renewing.cancel()
            if caught:
                for name in (signal.SIGINT, signal.SIGTERM):
                    loop.remove_signal_handler(name)

    def _interrupt(self, pace: Pace, stop: asyncio.Event) -> None:
        self._interrupted = True
        pace.stop()
        stop.set()

    async def _renew(self, crawler: Crawler) -> None:
        while True:
            await asyncio.sleep(self._settings.lease_seconds / 3)
            spider: Any = crawler.spider
            try:
                if spider is not None:
                    spider.renew()
            except SQLAlchemyError:
                log.exception("the leases could not be renewed; trying again before they run out")

    def _hear(self, spider: ClinicSpider, ended: Ended | None) -> None:
        if ended is not None and not ended.visit.lost:
            self._done += 1
            self._causes.update(ended.visit.counts)
        if self._progress is not None:
            pages = (
                self._causes["stored"]
                + self._causes["unchanged"]
                + sum(visit.pages for visit in spider.active.values())
            )
            self._progress(
                Progress(
                    clinics_done=self._done,
                    clinics_active=len(spider.active),
                    clinics_expected=max(self._expected, self._done),
                    pages=pages,
                    requests=spider.requests,
                    bytes=spider.bytes,
                    clinic=ended.visit.slug if ended else "",
                    outcome=str(ended.outcome) if ended else "",
                )
            )

    def _close(self, run_id: int, state: str, owner: str, spider: Any) -> RunSummary:
        requests, size = (spider.requests, spider.bytes) if spider is not None else (0, 0)
        closed = close_run(self._engine, run_id, state, owner, requests, size)
        return RunSummary(
            run_id=run_id,
            state=state,
            clinics=closed.clinics,
            outcomes=closed.outcomes,
            causes=dict(self._causes),
            pages=closed.pages,
            requests=requests,
            bytes=size,
            seconds=monotonic() - self._began,
            alerts=closed.alerts,
        )

    def _find(self, slugs: Sequence[str] | None, every: bool) -> list[int] | None:
        """The clinics to visit, each once; None for those that are due when their turn comes."""
        if slugs is None and not every:
            return None
        with Session(self._engine) as session:
            if slugs is None:
                return [number for number in session.exec(select(Clinic.id)) if number is not None]
            found = dict(session.exec(select(Clinic.slug, Clinic.id).where(col(Clinic.slug).in_(list(slugs)))).all())
        if missing := [slug for slug in slugs if slug not in found]:
            raise CrawlError(f"no clinic is called {missing[0]!r}; `vetting clinics list` shows them all")
        return [number for number in found.values() if number is not None]

    def _due(self, session: Session) -> list[str]:
        """The addresses that this run is about to visit."""
        query = select(Clinic.url).where(Clinic.status != ClinicStatus.OPTED_OUT)
        if self._ids is not None:
            query = query.where(col(Clinic.id).in_(self._ids))
        elif not self._every:
            query = query.where(col(Clinic.due_at) <= now())
        return list(session.exec(query))

    async def _refuse_public(self, resolver: GuardedResolver) -> None:
        """Without a contact only the named networks may be crawled. A name that leads nowhere is no public host yet."""
        with Session(self._engine) as session:
            urls = self._due(session)
        public = Guard((), public=True)
        for host in dict.fromkeys(urlsplit(url).hostname or "" for url in urls):
            try:
                await resolver.addresses(host)
            except IgnoreRequest as error:
                addresses = resolver.seen(host)
                if any(public.permits(address) for address in addresses):
                    raise CrawlError(
                        f"{host} is a public host, and VETTING_CONTACT is not set: set it to an e-mail address or URL where "
                        "a clinic can reach you; it becomes part of the user agent"
                    ) from error


logging.getLogger("scrapy").setLevel(logging.ERROR)
logging.getLogger("twisted").setLevel(logging.CRITICAL)
