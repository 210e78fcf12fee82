"""robots.txt before anything else of a host, by RFC 9309, and closed when it cannot be known.

2xx: its rules. 4xx but 429: everything is allowed. 5xx, 429, an answer that breaks off before its end and no answer at all:
nothing is, until it answers again; the RFC lets a crawler assume otherwise after thirty days, and this one does not.
Up to five redirects are followed, to other hosts too; more than five count as no answer. An answer is used for at most
24 hours, a refusal to answer for one visit.
"""

import asyncio
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.httpobj import urlparse_cached

from crawler.address import tidy
from crawler.exchange import cut_of, headers_of, location_of
from crawler.failures import describe
from crawler.robotrules import RobotRules
from crawler.walls import wall

KEPT = 24 * 3600.0  # seconds
MAX_REDIRECTS = 5
PRIORITY = 1000


class RobotsDisallowed(IgnoreRequest):
    """robots.txt does not let us ask for this address."""


class RobotsUnknown(RobotsDisallowed):
    """robots.txt could not be had, so nothing of the host is asked for. `cause` is what went wrong, if the network did."""

    def __init__(self, message: str, cause: BaseException | None = None) -> None:
        super().__init__(message)
        self.cause = cause


class RobotsWalled(Exception):
    """A bot wall answered in place of robots.txt."""


@dataclass
class Known:
    """What is known of one host's robots.txt: rules, or why there are none."""

    rules: RobotRules | None = None
    refusal: str = ""
    cause: BaseException | None = None
    until: float = field(default_factory=lambda: monotonic() + KEPT)


class RobotsMiddleware:
    """Asks for robots.txt once a host and stops every request that it does not allow."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._known: dict[tuple[str, int], asyncio.Future[Known]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "RobotsMiddleware":
        """Scrapy's constructor."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Raises RobotsDisallowed for what may not be asked for."""
        if request.meta.get("is_robots"):
            return
        parts = urlparse_cached(request)
        origin = f"{parts.scheme}://{parts.netloc}"
        known = await self._of(origin, request)
        if known.rules is None:
            raise RobotsUnknown(known.refusal, known.cause)
        visit = request.meta.get("visit")
        if visit is not None:
            visit.heard_robots(origin, known.rules)
        if not known.rules.allows(request.url):
            raise RobotsDisallowed(f"robots.txt disallows {request.url}")

    async def _of(self, origin: str, request: Request) -> Known:
        # A visit remembers a refusal to answer for itself only, so that the next visit asks again.
        key = (origin, id(request.meta.get("visit")))
        asked = self._known.get(key)
        if asked is not None and asked.done() and asked.result().until < monotonic():
            asked = None
        if asked is None:
            asked = self._known[key] = asyncio.get_running_loop().create_future()
            try:
                asked.set_result(await self._ask(origin, request))
            except BaseException as error:
                asked.set_result(Known(refusal=f"{origin}/robots.txt could not be had: {describe(error)}", cause=error))
                if not isinstance(error, Exception):
                    raise
        return await asked

    def forget(self, visit: object) -> None:
        """A visit is over: what was heard for it is dropped."""
        for key in [key for key in self._known if key[1] == id(visit)]:
            del self._known[key]

    async def _ask(self, origin: str, request: Request) -> Known:
        url, slot = f"{origin}/robots.txt", ""
        for _hop in range(MAX_REDIRECTS + 1):
            response = await self._fetch(url, request)
            slot = slot or str(response.meta["download_slot"])
            location = location_of(response)
            if 300 <= response.status < 400 and location:
                following = tidy(location, url)
                if following is None:
                    return Known(refusal=f"{origin}/robots.txt redirects to what is no web address")
                url = following
                continue
            if response.status == 429 or not (200 <= response.status < 300 or 400 <= response.status < 500):
                mark = wall(response.status, headers_of(response), response.body, None)
                return Known(
                    refusal=f"{url} answered {response.status} {mark}".strip(), cause=RobotsWalled() if mark else None
                )
            if response.status < 300 and cut_of(response) in ("time", "disconnect"):
                return Known(refusal=f"{url} broke off before its end")
            rules = RobotRules(response.body if response.status < 300 else b"")
            if rules.crawl_delay is not None:
                spider: Any = self._crawler.spider
                spider.pace.ask_for(slot, rules.crawl_delay)
            return Known(rules=rules)
        return Known(refusal=f"{origin}/robots.txt redirects more than {MAX_REDIRECTS} times")

    async def _fetch(self, url: str, request: Request) -> Response:
        """One request for robots.txt; a second one after the pause where the site asks for that."""
        spider: Any = self._crawler.spider
        for attempt in (1, 2):
            asking = Request(
                url,
                priority=PRIORITY,
                callback=NO_CALLBACK,
                dont_filter=True,
                meta={
                    "is_robots": True,
                    "visit": request.meta.get("visit"),
                    "handle_httpstatus_all": True,
                    "download_fail_on_dataloss": False,
                },
            )
            response = await self._crawler.engine.download_async(asking)
            spider.note_exchange(asking, response)
            if attempt == 1 and response.status in (429, 503) and spider.heed_retry_after(asking, response):
                continue
            return response
        raise AssertionError("unreachable")
