"""Pipeline: every exchange into the WARC archive, before the ledger points at it."""

from typing import Any

from scrapy.crawler import Crawler

from crawler.items import Fetched
from store.archive import ArchiveError
from store.warc_writer import ArchiveWriter, payload_digest


class ArchivePipeline:
    """Writes the archive. A disk that is full ends the crawl: fetching what cannot be kept would waste others' time."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "ArchivePipeline":
        """Scrapy's constructor."""
        return cls(crawler)

    def process_item(self, item: Any) -> Any:
        """Archive one exchange and say where it lies."""
        if not isinstance(item, Fetched) or item.visit.lost:
            return item
        spider: Any = self._crawler.spider
        writer: ArchiveWriter = spider.writer
        try:
            item.place = writer.write(item.exchange)
        except ArchiveError as error:
            item.visit.lost = True
            spider.fail(error)
            return item
        if item.exchange.original is not None:
            item.digest = item.exchange.original.digest
        elif item.is_page:
            item.digest = payload_digest(item.exchange.body)
        return item
