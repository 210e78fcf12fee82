"""Pages that are empty without JavaScript, rendered with Chromium, where VETTING_RENDER says so and Playwright is installed.

The browser never makes a connection of its own: whatever it asks for goes through this crawl's downloader, so robots.txt, the
guard of networks, the pace and the limits hold for it, and it is archived. Only what belongs to the clinic's website is fetched.
"""

import asyncio
import logging
import os
from importlib.util import find_spec
from shutil import which
from typing import Any

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawler.address import is_acting, tidy, website
from crawler.reading import read_html

log = logging.getLogger("vetting.crawl")
SECONDS = 60.0  # for one page with all its parts, at the site's pace
MAX_PARTS = 40  # requests that one page may make
MAX_BYTES = 500_000  # of a page that is still worth the question whether it is an empty shell
AT_ONCE = 2
_KINDS = frozenset({"document", "script", "xhr", "fetch"})
_ARGUMENTS = [
    # Belt and braces: nothing resolves and nothing connects, should a request slip past the routes.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=http://127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",
    "--disable-background-networking",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-dev-shm-usage",
]


class RenderMiddleware:
    """Puts the rendered page into request.meta["rendered"] beside the answer as it came."""

    def __init__(self, crawler: Crawler) -> None:
        self._chromium = which("chromium") or which("chromium-browser") or which("google-chrome")
        if not crawler.settings.getbool("RENDER"):
            raise NotConfigured
        if find_spec("playwright") is None or self._chromium is None:
            log.warning(
                "VETTING_RENDER is yes, but Playwright or Chromium is not installed; pages that need JavaScript stay unread"
            )
            raise NotConfigured
        self._crawler = crawler
        self._playwright: Any = None
        self._browser: Any = None
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._starting = asyncio.Lock()
        crawler.signals.connect(self.close, signal=signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "RenderMiddleware":
        """Scrapy's constructor."""
        return cls(crawler)

    async def process_response(self, request: Request, response: Response) -> Response:
        """Render an empty shell; whatever goes wrong, the page stays what it was."""
        candidate = request.meta.get("candidate")
        if candidate is None or candidate.kind != "page" or response.status != 200 or len(response.body) > MAX_BYTES:
            return response
        kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
        if "html" not in kind or not read_html(response.body, kind, response.url).needs_javascript:
            return response
        async with self._turn:
            try:
                async with asyncio.timeout(SECONDS + 10):
                    request.meta["rendered"] = await self._render(request, response)
            except Exception as error:  # noqa: BLE001  the browser is a stranger: its failures are many, and none may end a visit
                log.warning("%s could not be rendered: %s", response.url, error)
        return response

    async def close(self) -> None:
        """Let the browser go."""
        if self._browser is not None:
            await self._browser.close()
            await self._playwright.stop()

    async def _render(self, request: Request, response: Response) -> bytes:
        from playwright.async_api import Error

        browser = await self._start()
        context = await browser.new_context(
            user_agent=self._crawler.settings["USER_AGENT"], service_workers="block", accept_downloads=False
        )
        try:
            parts = _Parts(self._crawler, request, response)
            await context.route("**/*", parts.answer)
            await context.route_web_socket("**/*", lambda socket: socket.close())
            page = await context.new_page()
            try:
                await page.goto(response.url, wait_until="networkidle", timeout=SECONDS * 1000)
            except Error as error:
                log.debug("%s: %s", response.url, error)  # what is there by now is taken
            return str(await page.content()).encode("utf-8", "replace")
        finally:
            await context.close()

    async def _start(self) -> Any:
        from playwright.async_api import async_playwright

        async with self._starting:
            if self._browser is None:
                self._playwright = await async_playwright().start()
                # Chromium cannot put root into its sandbox; run crawls as a user of their own.
                arguments = [*_ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
                self._browser = await self._playwright.chromium.launch(executable_path=self._chromium, args=arguments)
        return self._browser


class _Parts:
    """Answers what one page asks for, from the answer we have and from the crawl's own downloader."""

    def __init__(self, crawler: Crawler, request: Request, response: Response) -> None:
        self._crawler, self._response = crawler, response
        self._visit = request.meta["visit"]
        self._number = 0

    async def answer(self, route: Any) -> None:
        """One request of the browser's."""
        asked = route.request
        url = tidy(asked.url)
        if asked.url == self._response.url and asked.resource_type == "document":
            await _fulfil(route, self._response)
            return
        self._number += 1
        if (
            url is None
            or asked.method != "GET"
            or asked.resource_type not in _KINDS
            or website(url) not in self._visit.websites
            or is_acting(url)
            or self._number > MAX_PARTS
        ):
            await route.abort()
            return
        spider: Any = self._crawler.spider
        part = Request(
            asked.url,
            callback=NO_CALLBACK,
            dont_filter=True,
            meta={"visit": self._visit, "is_part": True, "handle_httpstatus_all": True},
        )
        try:
            response = await self._crawler.engine.download_async(part)
        except IgnoreRequest:
            await route.abort()
            return
        self._visit.requests += 1
        spider.note_exchange(part, response)
        await _fulfil(route, response)


async def _fulfil(route: Any, response: Response) -> None:
    headers = {
        name.decode("latin-1"): values[-1].decode("latin-1")
        for name, values in response.headers.items()
        if values and name.lower() not in (b"content-encoding", b"transfer-encoding", b"content-length", b"set-cookie")
    }
    await route.fulfill(status=response.status, headers=headers, body=response.body)
