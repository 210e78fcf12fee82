"""About fifteen invented clinics, on reserved domains, with every verdict, fact, outcome and kind of change that the site shows.

`fill(engine)` writes them as the crawler and the scorer would. Every quote is a true substring of its page's text.
"""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from store.engine import session
from store.models import (
    Assessment,
    Change,
    Clinic,
    ClinicVerdict,
    CrawlRun,
    Finding,
    Location,
    Outcome,
    Page,
    Snapshot,
    Visit,
    now,
)

CRITERIA = (
    "physician-oversight", "trained-staff", "emergency-readiness", "screening", "contraindications", "substance-use-history",
    "treatment-resistance", "informed-consent", "care-coordination", "vital-signs", "mental-state", "observation-after",
    "follow-up", "integration", "course-limits", "crisis-plan", "risks-disclosed", "limits-disclosed", "regulatory-status",
    "costs-disclosed", "registered", "home-use", "minimises-risk", "overclaims",
)  # fmt: skip
VERSION = "invented0001"

STATED = {
    "physician-oversight": "A board-certified psychiatrist oversees every course of treatment at our clinic.",
    "trained-staff": "A registered nurse stays in the building for every session.",
    "emergency-readiness": "We keep oxygen and a crash cart in each treatment room.",
    "screening": "Before you book, our psychiatrist takes a full medical and psychiatric history.",
    "contraindications": "We do not treat people with uncontrolled high blood pressure or active psychosis.",
    "informed-consent": "We go over risks, benefits and alternatives with you, and you sign a consent form.",
    "vital-signs": "We check your blood pressure and oxygen every ten minutes during the infusion.",
    "mental-state": "A nurse stays with you in the room from beginning to end.",
    "observation-after": "You rest with us until a nurse has cleared you to leave.",
    "follow-up": "We call you the next day and measure your mood each week.",
    "risks-disclosed": "Common side effects are nausea, dizziness and a rise in blood pressure.",
    "limits-disclosed": "It does not help everyone, and the effect often fades.",
    "regulatory-status": "Ketamine is used off-label for depression; esketamine is the approved form.",
    "costs-disclosed": "Each infusion costs $450.",
    "course-limits": "After four sessions we review together whether to go on or to stop.",
    "care-coordination": "We write to your own psychiatrist before the first session and after the last.",
}
PARTIAL = {
    "physician-oversight": "Our medical director is a physician.",
    "screening": "A short online questionnaire tells you whether you are a candidate.",
    "vital-signs": "You will be monitored throughout.",
    "mental-state": "Staff are nearby and check in regularly.",
    "integration": "Talking therapy can be arranged on request.",
}
OPPOSITE = {
    "screening": "No evaluation is needed: walk in and start today.",
    "observation-after": "Drive yourself home right after your session.",
    "regulatory-status": "Ketamine is approved for depression.",
}
RAISED = {
    "home-use": "We mail lozenges to your door and you take them at home.",
    "minimises-risk": "It is completely safe and not addictive.",
    "overclaims": "Nine of ten of our patients are cured.",
}
DENIED = {
    "home-use": "We never prescribe ketamine for use at home.",
    "overclaims": "This is not a cure and nobody can promise you one.",
}

# name, slug, places (city, region, postcode, country, latitude, longitude), what it states, facts, outcome
CLINICS: tuple[Mapping[str, Any], ...] = (
    {
        "name": "Alder Street Psychiatry",
        "places": [("Portland", "OR", "97205", "US", 45.5202, -122.6742), ("Salem", "OR", "97301", "US", 44.9429, -123.0351)],
        "stated": list(STATED),
        "denied": list(DENIED),
        "facts": [("leads", "psychiatrist"), ("route", "iv"), ("place", "clinic"), ("price", "$450 a session"), ("minutes-observed", "60")],
    },
    {
        "name": "Cedar Hill Infusion Center",
        "places": [("Portland", "OR", "97210", "US", 45.5441, -122.7256)],
        "stated": ["trained-staff", "emergency-readiness", "vital-signs", "mental-state", "costs-disclosed"],
        "partial": ["physician-oversight", "screening"],
        "facts": [("leads", "crna"), ("route", "iv"), ("place", "clinic"), ("price", "$400")],
    },
    {
        "name": "Lantern At Home",
        "places": [("Portland", "OR", "97209", "US", 45.53, -122.69)],
        "partial": ["screening", "mental-state"],
        "raised": ["home-use", "minimises-risk"],
        "facts": [("leads", "nurse-practitioner"), ("route", "oral"), ("place", "home"), ("telehealth", "yes")],
    },
    {
        "name": "Quick Calm Ketamine Spa",
        "places": [("Vancouver", "WA", "98660", "US", 45.6257, -122.6761)],
        "opposite": ["screening", "observation-after", "regulatory-status"],
        "raised": ["overclaims"],
        "waiting": ["screening", "overclaims"],
        "facts": [("route", "im"), ("place", "clinic")],
    },
    {
        "name": "Two Rivers Interventional Psychiatry",
        "places": [("Bend", "OR", "97701", "US", 44.0582, -121.3153)],
        "stated": ["physician-oversight", "screening", "vital-signs", "observation-after", "regulatory-status"],
        "conflicting": ["home-use"],
        "facts": [("leads", "psychiatrist"), ("route", "esketamine"), ("place", "clinic")],
        "days": 120,
    },
    {
        "name": "St Bride's Hospital Ketamine Service",
        "places": [("Manchester", "England", "M1 3BN", "GB", 53.4775, -2.2363)],
        "stated": ["physician-oversight", "screening", "contraindications", "vital-signs", "informed-consent", "course-limits"],
        "facts": [("leads", "psychiatrist"), ("route", "iv"), ("place", "clinic")],
    },
    {
        "name": "Harbour Quay Clinic",
        "places": [("London", "England", "SE1 9GF", "GB", 51.5045, -0.0865), ("Leeds", "England", "LS1 4DY", "GB", 53.7965, -1.5478)],
        "stated": ["physician-oversight", "vital-signs"],
        "partial": ["integration"],
        "facts": [("leads", "anaesthesiologist"), ("route", "iv")],
    },
    {
        "name": "Maple Grove Ketamine Therapy",
        "places": [("Toronto", "ON", "M5V 2T6", "CA", 43.6426, -79.3871)],
        "stated": ["screening"],
        "partial": ["integration", "physician-oversight"],
        "facts": [("leads", "other-physician"), ("route", "oral"), ("place", "both")],
    },
    {
        "name": "Banksia Mood Clinic",
        "places": [("Melbourne", "VIC", "3000", "AU", -37.8136, 144.9631)],
        "stated": ["physician-oversight", "screening"],
        "facts": [("leads", "psychiatrist"), ("route", "esketamine")],
    },
    {"name": "Kauri Wellbeing", "places": [("Auckland", "Auckland", "1010", "NZ", -36.8485, 174.7633)], "stated": ["screening"]},
    {
        "name": "Glasshouse Ketamine",
        "places": [("Seattle", "WA", "98101", "US", 47.6101, -122.3344)],
        "unread": True,
        "outcome": Outcome.NEEDS_JAVASCRIPT,
    },
    {
        "name": "Closed Gate Pain Clinic",
        "places": [("Spokane", "WA", "99201", "US", 47.6588, -117.4260)],
        "unread": True,
        "outcome": Outcome.ROBOTS_DISALLOWED,
    },
    {
        "name": "Old Mill Ketamine",
        "places": [("Boise", "ID", "83702", "US", 43.6150, -116.2023)],
        "status": "closed",
        "stated": ["vital-signs"],
        "outcome": Outcome.GONE,
        "days": 200,
    },
    {"name": "New On The List", "places": [("Eugene", "OR", "97401", "US", 44.0521, -123.0868)], "never_visited": True},
    {"name": "Gone By Request", "places": [("Eugene", "OR", "97402", "US", 44.05, -123.1)], "status": "opted-out", "stated": ["screening"]},
    {
        "name": "O'Brien & Sons <b>Ketamine</b>",
        "slug": "obrien-and-sons-ketamine",
        "places": [("St. Louis", "MO", "63101", "US", 38.6270, -90.1994)],
        "stated": ["vital-signs", "follow-up"],
        "facts": [("leads", "crna"), ("route", "iv")],
    },
)  # fmt: skip


def fill(engine: Engine) -> None:
    """Write all of them, with one finished crawl run."""
    with session(engine) as opened:
        run = CrawlRun(
            state="finished",
            finished_at=now(),
            counts={"complete": 12, "pages": 90, "requests": 140, "bytes": 9_000_000},
        )
        opened.add(run)
        opened.flush()
        assert run.id is not None
        for entry in CLINICS:
            _clinic(opened, run.id, entry)


def _clinic(opened: Session, run_id: int, entry: Mapping[str, Any]) -> None:
    slug = entry.get("slug") or entry["name"].lower().replace("'", "").replace(" ", "-")
    host = f"{slug}.example"
    clinic = Clinic(
        slug=slug,
        name=entry["name"],
        url=f"https://{host}/",
        website=host,
        country=entry["places"][0][3],
        status=entry.get("status", "active"),
    )
    opened.add(clinic)
    opened.flush()
    assert clinic.id is not None
    for city, region, postcode, country, latitude, longitude in entry["places"]:
        opened.add(
            Location(
                clinic_id=clinic.id,
                name=clinic.name,
                url=clinic.url,
                street="1 Example Street",
                city=city,
                region=region,
                postcode=postcode,
                country=country,
                phone="555-0100",
                latitude=latitude,
                longitude=longitude,
            )
        )
    if entry.get("never_visited"):
        return
    when = now() - timedelta(days=entry.get("days", 2))
    visit = Visit(
        run_id=run_id,
        clinic_id=clinic.id,
        started_at=when,
        finished_at=when,
        outcome=entry.get("outcome", Outcome.COMPLETE),
        counts={"stored": 4},
    )
    opened.add(visit)
    opened.flush()
    _assessment(opened, clinic, visit, entry, host)


def _sentences(entry: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """What its page says: criterion -> (verdict, sentence)s."""
    said: dict[str, list[tuple[str, str]]] = {}
    for key, verdict, texts in (
        ("stated", "stated", STATED),
        ("partial", "partial", PARTIAL),
        ("opposite", "contradicted", OPPOSITE),
        ("raised", "raised", RAISED),
        ("denied", "denied", DENIED),
    ):
        for criterion in entry.get(key, ()):
            said[criterion] = [(verdict, texts[criterion])]
    for criterion in entry.get("conflicting", ()):
        said[criterion] = [("raised", RAISED[criterion]), ("denied", DENIED[criterion])]
    return said


def _assessment(opened: Session, clinic: Clinic, visit: Visit, entry: Mapping[str, Any], host: str) -> None:
    assert clinic.id is not None
    assert visit.id is not None
    said = _sentences(entry)
    opening = "What to expect. This page is about our ketamine service."
    text, blocks, spots = opening, [["heading", 0, len(opening), [], "main"]], {}
    for criterion, sentences in said.items():
        for verdict, sentence in sentences:
            start = len(text) + 1
            text += "\n" + sentence + " Ask us anything."
            blocks.append(["paragraph", start, len(text), ["What to expect"], "main"])
            spots[(criterion, verdict)] = (start, start + len(sentence))
    page = Page(
        clinic_id=clinic.id,
        text_digest=hashlib.sha256(text.encode()).hexdigest(),
        title="What to expect",
        kind="process",
        language="en",
        text=text,
        blocks=blocks,
        read_version="1",
        scored_with=VERSION,
    )
    opened.add(page)
    opened.flush()
    assert page.id is not None
    snapshot = Snapshot(
        clinic_id=clinic.id,
        visit_id=visit.id,
        url=f"https://{host}/what-to-expect",
        status=200,
        fetched_at=visit.started_at,
        content_type="text/html; charset=utf-8",
        digest="sha1:" + hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest().upper()[:32],
        size=len(text),
        page_id=page.id,
    )
    opened.add(snapshot)
    opened.flush()
    unread = bool(entry.get("unread"))
    coverage = {"read": 0 if unread else 4, "robots": 1 if unread else 0, "failed": 0, "needs-javascript": 0}
    if not unread:
        coverage |= {"first": visit.started_at.isoformat(), "last": visit.started_at.isoformat()}
    facts = [
        {"name": name, "value": value, "quote": opening, "start": 0, "end": len(opening), "url": snapshot.url}
        for name, value in entry.get("facts", ())
    ]
    before = Assessment(
        clinic_id=clinic.id, made_at=visit.started_at - timedelta(days=30), checklist_version=VERSION, current=False
    )
    made = Assessment(
        clinic_id=clinic.id,
        made_at=visit.started_at,
        checklist_version=VERSION,
        engine_version="1",
        coverage=coverage,
        facts=facts,
    )
    opened.add_all([before, made])
    opened.flush()
    assert made.id is not None
    for criterion in CRITERIA:
        sentences = said.get(criterion, [])
        verdict = (
            "unread" if unread else "conflicting" if len(sentences) > 1 else sentences[0][0] if sentences else "silent"
        )
        evidence = []
        for which, sentence in sentences:
            start, end = spots[(criterion, which)]
            evidence.append(
                {
                    "verdict": which,
                    "quote": sentence,
                    "start": start,
                    "end": end,
                    "heading_path": ["What to expect"],
                    "page_id": page.id,
                    "snapshot_id": snapshot.id,
                    "url": snapshot.url,
                    "title": page.title,
                    "page_kind": page.kind,
                    "fetched_at": visit.started_at.isoformat(),
                    "confidence": "likely",
                    "reason": {},
                    "sentence_digest": hashlib.sha256(sentence.encode()).hexdigest(),
                }
            )
            opened.add(
                Finding(
                    page_id=page.id,
                    clinic_id=clinic.id,
                    criterion=criterion,
                    verdict=which,
                    quote=sentence,
                    start=start,
                    end=end,
                    heading_path=["What to expect"],
                    checklist_version=VERSION,
                    engine_version="1",
                )
            )
        opened.add(
            ClinicVerdict(
                assessment_id=made.id,
                clinic_id=clinic.id,
                criterion=criterion,
                verdict=verdict,
                published=criterion not in entry.get("waiting", ()),
                evidence=evidence,
            )
        )
    for criterion in list(said)[:2]:
        opened.add(
            Change(
                clinic_id=clinic.id,
                assessment_id=made.id,
                criterion=criterion,
                before="silent",
                after=said[criterion][0][0],
                cause="page changed",
                at=visit.started_at,
            )
        )
