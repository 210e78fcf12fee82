"""Pipeline: readings, vanished addresses and ends of visits become rows, each in one transaction with the lease's fence."""

import logging
from typing import Any

from scrapy.crawler import Crawler
from sqlmodel import Session

from crawler.items import Ended, Fetched, Vanished
from store import due, visits
from store.leases import LeaseLost, guard, release
from store.models import Clinic, ClinicStatus, Outcome, Visit, now
from store.visits import READ, NewReading

log = logging.getLogger("vetting.crawl")


class LedgerPipeline:
    """Writes the run ledger."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "LedgerPipeline":
        """Scrapy's constructor."""
        return cls(crawler)

    def process_item(self, item: Any) -> Any:
        """One item, one transaction. A lost lease ends the visit for this worker; nothing is written then."""
        spider: Any = self._crawler.spider
        try:
            if item.visit.lost:
                return item
            with Session(spider.engine, expire_on_commit=False) as session, session.begin():
                if isinstance(item, Fetched):
                    if item.is_page:
                        _keep(session, item)
                elif isinstance(item, Vanished):
                    visits.note_gone(session, item.visit.lease, item.known.id)
                elif isinstance(item, Ended):
                    _end(session, item, spider)
        except LeaseLost as error:
            item.visit.lost = True
            log.warning("%s: left to another worker (%s)", item.visit.slug, error)
        finally:
            if isinstance(item, Ended):
                spider.ended(item)
        return item


def _keep(session: Session, item: Fetched) -> None:
    assert item.place is not None
    exchange, headers = item.exchange, {name.lower(): value for name, value in item.exchange.headers}
    visits.keep_reading(
        session,
        item.visit.lease,
        item.visit.visit_id,
        NewReading(
            url=exchange.url,
            status=item.repeats.status if item.repeats and exchange.status == 304 else exchange.status,
            fetched_at=exchange.fetched_at,
            content_type=item.content_type,
            digest=item.digest,
            text_digest=item.text_digest,
            size=len(exchange.body) if item.repeats is None else item.repeats.size,
            etag=headers.get("etag", item.repeats.etag if item.repeats else ""),
            last_modified=headers.get("last-modified", item.repeats.last_modified if item.repeats else ""),
            warc_file=item.place.file,
            warc_offset=item.place.offset,
            warc_length=item.place.length,
            revisit_of=item.repeats.original if item.repeats else None,
            marks=item.marks,
            replaces=[item.replaces.id] if item.replaces else [],
        ),
    )


def _end(session: Session, item: Ended, spider: Any) -> None:
    visit, settings = item.visit, spider.vetting
    guard(session, visit.lease)
    row = session.get_one(Visit, visit.visit_id)
    row.finished_at, row.outcome, row.detail = now(), item.outcome, item.detail
    row.transient, row.counts, row.problems = item.transient, dict(visit.counts), visit.problems
    session.flush()
    clinic = session.get_one(Clinic, visit.lease.clinic_id)
    history = visits.last_visits(session, visit.lease.clinic_id)
    clinic.due_at = due.next_due(
        now(), history, settings.revisit_min_days, settings.revisit_max_days, visit.retry_later
    )
    if item.outcome == Outcome.REDIRECTED_AWAY:
        clinic.proposed_url = visit.redirected_to
    if clinic.status == ClinicStatus.ACTIVE and (why := due.closed_because(history)):
        clinic.status, clinic.status_reason = ClinicStatus.CLOSED, why
    elif clinic.status == ClinicStatus.CLOSED and item.outcome in READ:
        clinic.status, clinic.status_reason = ClinicStatus.ACTIVE, ""
    session.flush()
    release(session, visit.lease)
