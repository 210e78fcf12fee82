"""Taking clinics: leases, their visits, and what is known of their pages from before."""

from typing import Any

from sqlmodel import Session, select

from crawler.address import page_key
from crawler.exchange import is_html
from crawler.reading import read_copy
from crawler.visit import Known, SiteVisit
from store import leases, visits
from store.archive import Archive, ArchiveError
from store.models import Clinic, ClinicStatus, Snapshot


def open_visits(spider: Any, session: Session, room: int, left: set[int] | None) -> list[SiteVisit]:
    """Lease up to `room` clinics and open their visits; visits that an interrupted worker left are taken up where they were."""
    ids = None if left is None else sorted(left)
    opened = []
    taken = leases.take_due(session, spider.owner, spider.vetting.lease_seconds, room, ids=ids, every=spider.every)
    left_alone = _left_alone(session)
    for lease in taken:
        clinic = session.get_one(Clinic, lease.clinic_id)
        row, resumed = visits.open_visit(session, spider.run_id, lease)
        assert row.id is not None
        visit = SiteVisit(
            lease=lease,
            visit_id=row.id,
            run_id=spider.run_id,
            slug=clinic.slug,
            start_url=clinic.url,
            further_starts=visits.places(session, lease.clinic_id),
            websites=frozenset({clinic.website} | (set(clinic.hosts) - left_alone)),
            known=known_pages(session, lease.clinic_id),
            max_pages=spider.max_pages,
            max_seconds=spider.vetting.crawl_site_seconds,
            max_bytes=spider.vetting.crawl_site_bytes,
        )
        visit.open()
        if resumed:
            _take_up(visit, visits.stored_in(session, row.id), spider.archive)
        opened.append(visit)
    return opened


def _left_alone(session: Session) -> set[str]:
    """The websites of clinics that opted out: the row of another clinic may name them, and they are not asked all the same."""
    rows = session.exec(select(Clinic.website, Clinic.hosts).where(Clinic.status == ClinicStatus.OPTED_OUT))
    return {name for website, hosts in rows for name in (website, *hosts)}


def known_pages(session: Session, clinic_id: int) -> dict[str, Known]:
    """The current readings of a clinic by the key of their page."""
    return {
        page_key(reading.snapshot.url): as_known(reading.snapshot, reading.original)
        for reading in visits.current_readings(session, clinic_id)
    }


def as_known(snapshot: Snapshot, original: Snapshot) -> Known:
    """A snapshot and the one whose payload it repeats, without the session."""
    assert snapshot.id is not None and original.id is not None
    return Known(
        id=snapshot.id,
        url=snapshot.url,
        fetched_at=snapshot.fetched_at,
        content_type=snapshot.content_type,
        digest=snapshot.digest,
        text_digest=snapshot.text_digest,
        etag=snapshot.etag,
        last_modified=snapshot.last_modified,
        status=snapshot.status,
        size=snapshot.size,
        original=original.id,
        original_url=original.url,
        original_at=original.fetched_at,
        original_digest=original.digest,
        file=original.warc_file,
        offset=original.warc_offset,
        marks=tuple(snapshot.marks),
    )


def _take_up(visit: SiteVisit, stored: list[Snapshot], archive: Archive) -> None:
    """Offer the links of what was stored before the interruption, without asking for it again."""
    visit.resume(snapshot.url for snapshot in stored)
    for snapshot in stored:
        changed = snapshot.revisit_of is None
        visit.counts["stored" if changed else "unchanged"] += 1
        visit.counts["changed"] += changed
        visit.texts.add(snapshot.text_digest)
        try:
            copy = archive.read(snapshot)
        except ArchiveError:
            continue
        said = read_copy(copy, snapshot.url) if is_html(snapshot.content_type) else None
        if said is not None and "nofollow" not in said.robots:
            for link in said.links:
                visit.offer(link.url, link.text)
