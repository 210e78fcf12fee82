"""Scrapy's settings for a crawl. The lists of middlewares and pipelines, in their order, are the map of the crawler."""

from importlib.metadata import version
from typing import Any

from crawler.pace import MAX_SLOW
from store.settings import Settings

BODY_SHARE = 0.7  # of the time for one answer: a body that drips longer is cut, and its beginning kept


def user_agent(settings: Settings) -> str:
    """Who we are; the first word is the product token that robots.txt may name."""
    contact = f"; {settings.contact}" if settings.contact else ""
    return f"vetting/{version('vetting')} (directory of what clinics state{contact})"


def scrapy_settings(settings: Settings) -> dict[str, Any]:
    """Everything that differs from Scrapy's defaults."""
    return {
        "USER_AGENT": user_agent(settings),
        "TELNETCONSOLE_ENABLED": False,
        "LOG_ENABLED": False,
        "STATS_DUMP": False,
        "HTTPPROXY_ENABLED": False,  # a proxy would make the connections that the guard of networks watches
        "DOWNLOAD_VERIFY_CERTIFICATES": True,  # what is quoted must come from whom it names
        # One request a visit is under way at any time (spider.py), so the number of visits is the only bound.
        "CONCURRENT_REQUESTS": 0,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        # Items of one answer go one after another; Scrapy would start a hundred tasks for each answer.
        "CONCURRENT_ITEMS": 1,
        "SCRAPER_SLOT_MAX_ACTIVE_SIZE": 100_000_000,
        "DOWNLOAD_DELAY": settings.crawl_delay,
        "DOWNLOAD_DELAY_JITTER": 0.0,
        "AUTOTHROTTLE_ENABLED": settings.crawl_delay > 0,
        "AUTOTHROTTLE_START_DELAY": settings.crawl_delay,
        "AUTOTHROTTLE_MAX_DELAY": max(MAX_SLOW, settings.crawl_delay),
        "AUTOTHROTTLE_TARGET_CONCURRENCY": 1.0,
        "DOWNLOAD_TIMEOUT": settings.crawl_timeout,
        "DOWNLOAD_MAXSIZE": 0,  # limits.py cuts and keeps the beginning, where Scrapy would drop it
        "DOWNLOAD_WARNSIZE": 0,
        "BODY_BYTES": settings.crawl_body_bytes,
        "BODY_SECONDS": settings.crawl_timeout * BODY_SHARE,
        "ROBOTSTXT_OBEY": False,  # robots.py obeys, by the letter and closed
        "RETRY_ENABLED": False,  # spider.py asks again, in the order of worth
        "REDIRECT_ENABLED": False,  # a redirect is a new request: checked, paced and archived like any
        "METAREFRESH_ENABLED": False,
        "HTTPERROR_ALLOW_ALL": True,
        "DEPTH_STATS_VERBOSE": False,
        "COMPRESSION_ENABLED": False,
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "text/html,application/xhtml+xml,application/pdf;q=0.8,text/plain;q=0.7,*/*;q=0.1",
            "Accept-Language": "en",
        },
        "RENDER": settings.render,
        "COOKIES_ENABLED": False,  # cookies.py keeps them for one visit
        "DOWNLOADER_MIDDLEWARES": {
            "crawler.render.RenderMiddleware": 50,
            "crawler.robots.RobotsMiddleware": 100,
            "crawler.pace.PaceMiddleware": 200,
            "crawler.cookies.CookiesMiddleware": 300,
            "crawler.decompress.DecompressMiddleware": 590,
            "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
        },
        "SPIDER_MIDDLEWARES": {
            "scrapy.spidermiddlewares.referer.RefererMiddleware": None,
            "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
            "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
        },
        "EXTENSIONS": {
            "scrapy.extensions.throttle.AutoThrottle": None,
            "scrapy.extensions.logstats.LogStats": None,
            "crawler.limits.Limits": 10,
            "crawler.pace.Gap": 20,
            "crawler.pace.Throttle": 30,
        },
        "ITEM_PIPELINES": {
            "crawler.archive_pipeline.ArchivePipeline": 100,
            "crawler.ledger_pipeline.LedgerPipeline": 200,
        },
    }
