"""The clinic's page, its questions, its history and its pages as archived."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from flask import Blueprint, abort, render_template, url_for
from markupsafe import Markup, escape
from sqlmodel import col, select

from store.engine import session
from store.models import Assessment, Clinic, ClinicStatus, ClinicVerdict, Page, Snapshot
from webapp.caching import cached
from webapp.reading import ClinicReading, anchor, read_clinic
from webapp.site import get_site
from webapp.wording import web_address

clinics = Blueprint("clinics", __name__)
QUESTIONS_ON_A_SHEET = 10


def reading(slug: str) -> ClinicReading:
    """The clinic of that slug, or the answer 404."""
    site = get_site()
    found = read_clinic(site.engine, site.checklist, slug)
    if found is None:
        abort(404)
    return found


@clinics.get("/clinics/<slug>")
@cached
def page(slug: str) -> str:
    """All that was found on one clinic's pages, criterion by criterion."""
    found = reading(slug)
    return render_template(
        "clinics/page.html", reading=found, linked_data=_linked_data(found), country=found.clinic.country
    )


@clinics.get("/clinics/<slug>/history")
@cached
def history(slug: str) -> str:
    """What changed, when and why; every assessment that was made."""
    found = reading(slug)
    with session(get_site().engine) as opened:
        made = opened.exec(
            select(Assessment)
            .where(Assessment.clinic_id == found.clinic.id)
            .order_by(col(Assessment.made_at).desc(), col(Assessment.id).desc())
            .limit(100)
        ).all()
    return render_template("clinics/history.html", reading=found, assessments=made, country=found.clinic.country)


@clinics.get("/clinics/<slug>/questions")
@cached
def questions(slug: str) -> str:
    """A sheet of paper with what to ask this clinic: what was not found first, core criteria before all."""
    found = reading(slug)
    rows = sorted(
        (row for row in found.rows if row.is_open), key=lambda row: (not row.criterion.core, row.verdict == "partial")
    )
    asked, more = rows[:QUESTIONS_ON_A_SHEET], rows[QUESTIONS_ON_A_SHEET:]
    return render_template(
        "clinics/questions.html", reading=found, asked=asked, more=more, country=found.clinic.country
    )


@clinics.get("/clinics/<slug>/pages/<int:page_id>")
@cached
def archived(slug: str, page_id: int) -> str:
    """The text of one page as it was read, with the sentences marked that findings rest on."""
    with session(get_site().engine) as opened:
        clinic = opened.exec(select(Clinic).where(Clinic.slug == slug)).first()
        kept = opened.get(Page, page_id) if page_id < 2**31 else None
        if clinic is None or kept is None or kept.clinic_id != clinic.id or clinic.status == ClinicStatus.OPTED_OUT:
            abort(404)
        snapshots = opened.exec(
            select(Snapshot).where(Snapshot.page_id == page_id).order_by(col(Snapshot.fetched_at).desc()).limit(20)
        ).all()
        verdicts = opened.exec(
            select(ClinicVerdict).where(
                ClinicVerdict.clinic_id == clinic.id, col(ClinicVerdict.current), col(ClinicVerdict.published)
            )
        ).all()
    marks = [
        (int(piece["start"]), int(piece["end"]), verdict.criterion)
        for verdict in verdicts
        for piece in verdict.evidence
        if piece.get("page_id") == page_id and kept.text[int(piece["start"]) : int(piece["end"])] == piece.get("quote")
    ]
    blocks = marked_blocks(kept, marks)
    quoted_only = any("noarchive" in snapshot.marks for snapshot in snapshots)
    if quoted_only:  # the page asks that no copy be shown: what findings quote must stand, the rest need not
        blocks = [(kind, text) for kind, text in blocks if "<mark" in text]
    return render_template(
        "clinics/archived.html",
        clinic=clinic,
        page=kept,
        snapshots=snapshots,
        blocks=blocks,
        quoted_only=quoted_only,
        country=clinic.country,
    )


def marked_blocks(page: Page, marks: Sequence[tuple[int, int, str]]) -> list[tuple[str, Markup]]:
    """The page's blocks as (kind, escaped text) with each mark (start, end, criterion) as <mark id="criterion-start">."""
    blocks = page.blocks or [["paragraph", 0, len(page.text), [], "main"]]
    return [(str(kind), _marked(page.text, int(start), int(end), marks)) for kind, start, end, *_ in blocks]


def _marked(text: str, start: int, end: int, marks: Sequence[tuple[int, int, str]]) -> Markup:
    here = [mark for mark in marks if mark[0] < end and mark[1] > start]
    edges = sorted({start, end, *(min(max(edge, start), end) for mark in here for edge in mark[:2])})
    parts = []
    for low, high in pairwise(edges):
        over = [mark for mark in here if mark[0] <= low and high <= mark[1]]
        piece = escape(text[low:high])
        if over:
            names = " ".join(sorted({mark[2] for mark in over}))
            piece = Markup('<mark title="{}">{}</mark>').format(names, piece)
        for mark in over:
            if mark[0] == low:
                piece = Markup('<span class="spot" id="{}"></span>{}').format(anchor(mark[2], mark[0]), piece)
        parts.append(piece)
    return Markup("").join(parts)


def _linked_data(found: ClinicReading) -> dict[str, Any]:
    """schema.org: that this page is about a clinic, with its address as the list gives it. No rating, ever."""
    clinic, site = found.clinic, get_site()
    about: dict[str, Any] = {"@type": "MedicalClinic", "name": clinic.name, "url": web_address(clinic.url)}
    about["location"] = [
        {
            "@type": "Place",
            "name": location.name,
            "address": {
                "@type": "PostalAddress",
                "streetAddress": location.street,
                "addressLocality": location.city,
                "addressRegion": location.region,
                "postalCode": location.postcode,
                "addressCountry": location.country,
            },
        }
        for location in found.locations
    ]
    return {
        "@context": "https://schema.org",
        "@type": "WebPage",
        "url": site.address + url_for("clinics.page", slug=clinic.slug),
        "dateModified": found.last_read or None,
        "about": about,
    }
