"""Politeness in one place: who shares a pace, how long the gap is, and when a site asked to be left alone for a while.

A downloader slot is one address: sites on one shared host or hosting platform share it, so its owner sees one polite visitor.
A website keeps its slot for the whole crawl, though its name may lead to another of its addresses after a while; then it waits for
that one's turn, too. Networks that the setting names have one pace a port: where a machine has one loopback address only (macOS),
a demonstration puts all its sites there.
"""

import asyncio
from functools import partial
from time import monotonic
from typing import Any

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response
from scrapy.utils.httpobj import urlparse_cached

from crawler.address import website
from crawler.names import GuardedResolver
from crawler.turns import Turns

MAX_SLOW = 30.0  # seconds between requests to a site that is slow to answer


class Pace:
    """The gaps and pauses of all addresses of one crawl; seconds everywhere."""

    def __init__(self, delay: float, ceiling: float, turns: Turns) -> None:
        self.delay = delay
        self.ceiling = ceiling
        self.turns = turns
        self.stopping = asyncio.Event()
        self._woken = asyncio.Event()
        self._floors: dict[str, float] = {}
        self._holds: dict[str, float] = {}
        self._sharers: dict[str, set[int]] = {}
        self._homes: dict[str, str] = {}

    def home(self, website: str, key: str) -> str:
        """The slot of a website: that of the address where it was first found."""
        return self._homes.setdefault(website, key)

    def join(self, key: str, visit_id: int) -> None:
        """A visit asks something of this address."""
        self._sharers.setdefault(key, set()).add(visit_id)

    def leave(self, visit_id: int) -> None:
        """A visit is over."""
        for key in [key for key, visits in self._sharers.items() if visit_id in visits]:
            self._sharers[key].discard(visit_id)
            if not self._sharers[key]:
                del self._sharers[key]

    def sharers(self, key: str) -> int:
        """How many visits share this address now, at least one."""
        return len(self._sharers.get(key, ())) or 1

    def floor(self, key: str) -> float:
        """The least gap at this address: our own, or a longer Crawl-delay of one of its sites."""
        return self._floors.get(key, self.delay)

    def ask_for(self, key: str, crawl_delay: float) -> float:
        """Honour a Crawl-delay up to the ceiling; the gap that counts now."""
        self._floors[key] = max(self.floor(key), min(crawl_delay, self.ceiling))
        return self._floors[key]

    def hold(self, key: str, seconds: float) -> None:
        """Leave the address alone for a while (Retry-After)."""
        self._holds[key] = max(self._holds.get(key, 0.0), monotonic() + seconds)

    def give_back(self, request: Request) -> None:
        """The request is answered, or never will be: its turns are the next one's."""
        for key in request.meta.pop("turns", ()):
            self.turns.give_back(key)

    def stop(self) -> None:
        """End all pauses: the crawl is stopping."""
        self.stopping.set()
        self._woken.set()

    def wake(self) -> None:
        """Somebody left: whoever naps for room may look."""
        self._woken.set()

    async def nap(self, seconds: float) -> None:
        """Until wake(), stop(), or the time is over; Scrapy's loop must be asked now and then."""
        self._woken.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return

    async def wait(self, key: str, until: float = 0.0) -> None:
        """Wait until the address may be asked again, or the crawl is stopping."""
        while not self.stopping.is_set():
            pause = max(self._holds.get(key, 0.0), until) - monotonic()
            if pause <= 0:
                self._holds.pop(key, None)
                return
            try:
                async with asyncio.timeout(pause):
                    await self.stopping.wait()
            except TimeoutError:
                continue


class PaceMiddleware:
    """Puts every request, robots.txt included, into the slot of the address that it goes to, and waits out pauses."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "PaceMiddleware":
        """Scrapy's constructor."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Resolve, choose the slot, wait. Raises NoSuchHost or Forbidden before anything is sent."""
        spider: Any = self._crawler.spider
        resolver: GuardedResolver = spider.resolver
        parts = urlparse_cached(request)
        host = parts.hostname or ""
        address = (await resolver.addresses(host))[0]
        now = f"{address}:{parts.port or ''}" if resolver.guard.is_named(address) else str(address)
        pace: Pace = spider.pace
        key = request.meta["download_slot"] = pace.home(website(request.url), now)
        visit = request.meta.get("visit")
        if visit is not None:
            pace.join(key, visit.visit_id)
        downloader = self._crawler.engine.downloader
        # Scrapy forgets idle slots after a minute; the floor must outlive that.
        downloader.per_slot_settings[key] = {"concurrency": 1, "delay": pace.floor(key)}
        if (slot := downloader.slots.get(key)) is not None:
            slot.delay = max(slot.delay, pace.floor(key))
        # In one order for all: no two requests may each hold what the other waits for.
        keys = sorted({key, now})
        for each in keys:
            await pace.wait(each, request.meta.get("not_before", 0.0))
        if pace.floor(key) > 0:
            await self._take(pace, keys, request)

    async def _take(self, pace: Pace, keys: list[str], request: Request) -> None:
        taken: list[str] = request.meta.setdefault("turns", [])
        try:
            for key in keys:
                await pace.turns.take(key, partial(pace.floor, key))
                taken.append(key)
                # A pause that somebody here was asked for meanwhile holds for the other crawls, too.
                await pace.wait(key)
        except BaseException:
            pace.give_back(request)
            raise


class Gap:
    """Counts the gap from the end of the last answer rather than from its request: the site sees the whole of it."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        crawler.signals.connect(self._answered, signal=signals.response_downloaded)
        crawler.signals.connect(self._left, signal=signals.request_left_downloader)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Gap":
        """Scrapy's constructor."""
        return cls(crawler)

    def _answered(self, request: Request, spider: Any) -> None:
        slot = self._crawler.engine.downloader.slots.get(request.meta.get("download_slot", ""))
        if slot is not None:
            slot.lastseen = monotonic()

    def _left(self, request: Request, spider: Any) -> None:
        self._answered(request, spider)
        spider.pace.give_back(request)


class Throttle(AutoThrottle):
    """AutoThrottle that never goes below the floor of an address."""

    def _response_downloaded(self, response: Response, request: Request, spider: Any) -> None:
        super()._response_downloaded(response, request, spider)
        key, slot = self._get_slot(request, spider)
        if slot is not None and key is not None:
            slot.delay = max(slot.delay, spider.pace.floor(key))
