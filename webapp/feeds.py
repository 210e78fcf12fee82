"""Changes as Atom feeds (RFC 4287), for all clinics and for one."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from flask import Blueprint, Response, abort, url_for
from flask_babel import force_locale
from sqlmodel import col, select

from store.engine import session
from store.models import Change, Clinic, ClinicStatus
from store.people_reviews import waits_for_a_person
from webapp.caching import cached
from webapp.site import get_site
from webapp.wording import SHORT

feeds = Blueprint("feeds", __name__)
ENTRIES = 100
ATOM = "http://www.w3.org/2005/Atom"


@feeds.get("/feeds/changes.atom")
@cached
def changes() -> Response:
    """The newest changes of all clinics."""
    return _feed("Vetting: changes in what clinics state", "feeds.changes", None)


@feeds.get("/feeds/clinics/<slug>.atom")
@cached
def clinic(slug: str) -> Response:
    """The newest changes of one clinic."""
    with session(get_site().engine) as opened:
        found = opened.exec(select(Clinic).where(Clinic.slug == slug, Clinic.status != ClinicStatus.OPTED_OUT)).first()
    if found is None:
        abort(404)
    return _feed(f"Vetting: {found.name}", "feeds.clinic", found)


def newest_changes(clinic_id: int | None, limit: int, before_id: int | None = None) -> Sequence[tuple[Change, Clinic]]:
    """Published changes, newest first; those to a verdict that waits for a person are left out."""
    statement = (
        select(Change, Clinic)
        .join(Clinic, col(Clinic.id) == col(Change.clinic_id))
        .where(Clinic.status != ClinicStatus.OPTED_OUT, ~waits_for_a_person(Change))
        .order_by(col(Change.id).desc())
        .limit(limit)
    )
    if clinic_id is not None:
        statement = statement.where(Change.clinic_id == clinic_id)
    if before_id is not None:
        statement = statement.where(col(Change.id) < before_id)
    with session(get_site().engine) as opened:
        return [(change, clinic) for change, clinic in opened.exec(statement)]


def _feed(title: str, endpoint: str, of: Clinic | None) -> Response:
    """In English, whoever asks: programs that read feeds say nothing of their reader's language."""
    with force_locale("en"):
        body = _body(title, endpoint, of)
    return Response(body, content_type="application/atom+xml; charset=utf-8")


def _body(title: str, endpoint: str, of: Clinic | None) -> bytes:
    site = get_site()
    own = site.address + (url_for(endpoint, slug=of.slug) if of else url_for(endpoint))
    found = newest_changes(of.id if of else None, ENTRIES)
    feed = Element("feed", {"xmlns": ATOM, "xml:lang": "en"})
    updated = max((change.at for change, _ in found), default=datetime(2026, 1, 1, tzinfo=UTC))
    _texts(feed, {"title": title, "id": own, "updated": updated.isoformat()})
    SubElement(feed, "link", {"rel": "self", "href": own})
    SubElement(feed, "link", {"rel": "alternate", "href": site.address + "/"})
    SubElement(SubElement(feed, "author"), "name").text = "Vetting"
    for change, clinic in found:
        criterion = site.checklist.by_id.get(change.criterion)
        name = criterion.title if criterion else change.criterion
        address = f"{site.address}{url_for('clinics.page', slug=clinic.slug)}#{change.criterion}"
        entry = SubElement(feed, "entry")
        words = f"{clinic.name}: {name}: {_word(change.before)} → {_word(change.after)}"
        _texts(entry, {"title": words, "id": f"{address}-change-{change.id}", "updated": change.at.isoformat()})
        SubElement(entry, "link", {"rel": "alternate", "href": address})
        _texts(entry, {"summary": f"Cause: {change.cause}. {change.detail}"})
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + bytes(tostring(feed, encoding="utf-8"))


def _texts(parent: Any, parts: dict[str, str]) -> None:
    for name, text in parts.items():
        SubElement(parent, name).text = printable(text)


def printable(text: str) -> str:
    """The text without the characters that XML 1.0 cannot hold."""
    return "".join(
        char
        for char in text
        if char in "\t\n\r" or (ord(char) >= 32 and not 0xD800 <= ord(char) <= 0xDFFF and char not in "\ufffe\uffff")
    )


def _word(verdict: str) -> str:
    return str(SHORT.get(verdict, verdict)) if verdict else "not read yet"
