"""The spider: takes clinics that are due, and keeps one request a visit going until its frontier or its budget is empty.

The next address is chosen only when the last answer has been read, so it is always the one of most worth that is known.
"""

import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any, Protocol

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session
from twisted.python.failure import Failure

from crawler.answers import Answers
from crawler.failures import describe
from crawler.items import Ended, Fetched, Vanished
from crawler.names import GuardedResolver
from crawler.openings import open_visits
from crawler.outcome import decide, of_failure
from crawler.pace import Pace
from crawler.retry import backoff, retry_after
from crawler.robots import RobotsDisallowed, RobotsMiddleware
from crawler.visit import Candidate, SiteVisit
from store import leases
from store.archive import Archive
from store.models import Outcome
from store.settings import Settings
from store.warc_writer import ArchiveWriter

log = logging.getLogger("vetting.crawl")
MAX_ATTEMPTS = 3  # of one address, the first included
TAKEN_AT_ONCE = 20  # clinics leased in one transaction


class Listener(Protocol):
    """Whoever wants to hear how the crawl goes on."""

    def __call__(self, spider: "ClinicSpider", ended: Ended | None) -> None:
        """After every answer, and with the end of every visit."""


class ClinicSpider(Spider):
    """Visits clinics. Its parts are made by run.py and handed over by keyword."""

    name = "clinics"

    engine: Engine
    vetting: Settings
    owner: str
    run_id: int
    ids: list[int] | None
    every: bool
    max_pages: int
    resolver: GuardedResolver
    pace: Pace
    writer: ArchiveWriter
    archive: Archive
    listener: Listener

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self.active: dict[int, SiteVisit] = {}
        self.answers = Answers(self.archive)
        self.pages = self.requests = self.bytes = 0
        self.failure: BaseException | None = None
        self._left = None if self.ids is None else set(self.ids)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> "ClinicSpider":
        """Scrapy's constructor."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider._no_more, signal=signals.spider_idle)
        crawler.signals.connect(spider._not_kept, signal=signals.item_error)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        """Lease clinics as there is room, until none is left to take."""
        while not self.pace.stopping.is_set():
            room = self.vetting.crawl_sites - len(self.active)
            if room <= 0:
                await self.pace.nap(0.05)
                continue
            try:
                with Session(self.engine, expire_on_commit=False) as session, session.begin():
                    opened = open_visits(self, session, min(room, TAKEN_AT_ONCE), self._left)
            except SQLAlchemyError as error:  # Scrapy would end the run as if nothing were left to do
                self.fail(error)
                return
            if not opened:
                return
            for visit in opened:
                if self._left is not None:
                    self._left.discard(visit.lease.clinic_id)
                self.active[visit.lease.clinic_id] = visit
                for step in self._step(visit):
                    yield step

    def read(self, response: Response) -> Iterator[Any]:
        """One answer: what it gives, then the next request of the same visit."""
        visit: SiteVisit = response.meta["visit"]
        candidate: Candidate = response.meta["candidate"]
        visit.tick(self.pace.sharers(str(response.meta.get("download_slot"))))
        yield from self._pending(visit)
        try:
            yield from self._answer(visit, candidate, response)
        except Exception as error:
            log.exception("%s: cannot be read", response.url)
            visit.note("error", response.url, describe(error))
        self.listener(self, None)
        yield from self._step(visit)

    def failed(self, failure: Failure) -> Iterator[Any]:
        """One request without an answer; then the next one."""
        request: Request = failure.request  # type: ignore[attr-defined]
        visit: SiteVisit = request.meta["visit"]
        candidate: Candidate = request.meta["candidate"]
        visit.tick(self.pace.sharers(str(request.meta.get("download_slot"))))
        yield from self._pending(visit)
        error: BaseException = failure.value or RuntimeError("no reason given")
        outcome = of_failure(error)
        if isinstance(error, RobotsDisallowed):
            visit.note("robots", candidate.url, str(error))
        else:
            if outcome in (Outcome.TIMEOUT, Outcome.REFUSED) and candidate.attempts + 1 < 2 and not visit.lost:
                visit.again(candidate, backoff(self.pace.delay, candidate.attempts))
                yield from self._step(visit)
                return
            visit.failures += 1
            visit.note(str(outcome), candidate.url, describe(error))
        if visit.is_start(candidate) and visit.start_failure is None:
            visit.start_failure = (outcome, describe(error))
        self.listener(self, None)
        yield from self._step(visit)

    def note_exchange(self, request: Request, response: Response) -> None:
        """robots.txt was answered: kept like any exchange, given to the pipelines with the next step of its visit."""
        self._count(request.meta["visit"], response)
        request.meta["visit"].pending.append(self.answers.exchange_item(request.meta["visit"], response))

    def heed_retry_after(self, request: Request, response: Response) -> bool:
        """429 or 503: leave the address alone as long as it asks; false where that is too long for this visit."""
        seconds = retry_after(response)
        if seconds is not None and seconds > self.vetting.crawl_retry_after_ceiling:
            request.meta["visit"].retry_later = seconds
            return False
        attempts = getattr(request.meta.get("candidate"), "attempts", 0)
        self.pace.hold(
            str(request.meta["download_slot"]), seconds if seconds is not None else backoff(self.pace.delay, attempts)
        )
        return True

    def ended(self, item: Ended) -> None:
        """A visit is over, its row is written."""
        self.active.pop(item.visit.lease.clinic_id, None)
        robots = self.crawler.get_downloader_middleware(RobotsMiddleware)
        if robots is not None:
            robots.forget(item.visit)
        self.pace.leave(item.visit.visit_id)
        self.pace.wake()
        self.listener(self, item)

    def fail(self, error: BaseException) -> None:
        """Something that no visit can mend (a full disk): stop the crawl and say so at its end."""
        self.failure = self.failure or error
        self.pace.stop()

    def renew(self) -> None:
        """Prolong the leases of this worker; visits whose lease is gone are dropped."""
        with Session(self.engine) as session, session.begin():
            held = leases.renew(session, self.owner, self.vetting.lease_seconds)
        for number, visit in self.active.items():
            if number not in held:
                visit.lost = True

    def _answer(self, visit: SiteVisit, candidate: Candidate, response: Response) -> Iterator[Any]:
        self._count(visit, response)
        if response.status in (429, 503) or response.status >= 500:
            if candidate.attempts + 1 < MAX_ATTEMPTS and not self.answers.is_wall(response):
                heeded = response.status not in (429, 503) or self.heed_retry_after(
                    response.request or Request(response.url), response
                )
                if heeded:
                    yield self.answers.exchange_item(visit, response)
                    pause = backoff(self.pace.delay, candidate.attempts)
                    visit.again(candidate, 0.0 if response.status in (429, 503) else pause)
                    return
            visit.failures += 1
        elif response.meta.get("cut") != "time":
            visit.failures = 0
        yield from self.answers.read(visit, candidate, response)

    def _step(self, visit: SiteVisit) -> Iterator[Any]:
        if self.pace.stopping.is_set():
            return
        candidate = None if visit.lost else visit.next()
        if candidate is None:
            outcome, detail, transient = decide(visit)
            # Only now is it known whether the visit read anything; one that did not leaves the last good readings as they are.
            yield from [Vanished(visit, known) for known in visit.gone()]
            yield Ended(visit, outcome, detail, transient)
            return
        headers = self.answers.conditions(visit, candidate)
        yield Request(
            candidate.url,
            callback=self.read,
            errback=self.failed,
            dont_filter=True,
            headers=headers,
            meta={
                "visit": visit,
                "candidate": candidate,
                "not_before": candidate.not_before,
                "handle_httpstatus_all": True,
                "download_fail_on_dataloss": False,
            },
        )

    def _pending(self, visit: SiteVisit) -> Iterator[Any]:
        pending, visit.pending = visit.pending, []
        yield from pending

    def _count(self, visit: SiteVisit, response: Response) -> None:
        visit.bytes += len(response.body)
        self.requests += 1
        self.bytes += len(response.body)

    def _not_kept(self, item: Any, failure: Failure) -> None:
        """A pipeline failed on an item: the page is not kept, and that is counted."""
        log.error("%s: not kept: %s", item.visit.slug, failure.getErrorMessage())
        url = item.exchange.url if isinstance(item, Fetched) else item.visit.start_url
        item.visit.note("error", url, failure.getErrorMessage())
        if isinstance(item, Fetched) and item.is_page:
            item.visit.counts["unchanged" if item.repeats else "stored"] -= 1

    def _no_more(self) -> None:
        """Scrapy is idle: every visit must have ended; one that has not (a fault of ours) is left for the next run."""
        for visit in self.active.values():
            log.error("%s: the visit stopped without an end", visit.slug)
        self.active.clear()
