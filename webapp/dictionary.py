"""The data dictionary: what every field of the downloads means, as a Frictionless Data Package."""

from typing import Any

from jobs.rows import FIELDS

LICENCE = {
    "name": "CC-BY-4.0",
    "title": "Creative Commons Attribution 4.0 (our records; quotes remain their authors')",
    "path": "https://creativecommons.org/licenses/by/4.0/",
}
DESCRIPTIONS = {
    "clinic": "Name of the clinic, as the list has it",
    "slug": "The clinic's name in addresses of this site",
    "url": "Address: of the location's website in clinics, of the page fetched elsewhere",
    "country": "ISO 3166-1 alpha-2 code of the clinic",
    "status": "In clinics: active or closed",
    "street": "Street of the location",
    "city": "Town of the location",
    "region": "State, province or nation of the location",
    "postcode": "Postcode of the location",
    "location_country": "ISO 3166-1 alpha-2 code of the location",
    "phone": "Telephone number, as the list has it",
    "latitude": "Degrees north, WGS 84; empty where the list gives none",
    "longitude": "Degrees east, WGS 84; empty where the list gives none",
    "assessed_at": "When the current assessment was made, ISO 8601 UTC; empty if the clinic has not been read",
    "checklist_version": "Version of the checklist behind the verdict",
    "pages_read": "Pages that the assessment rests on",
    "last_read_at": "When the newest of them was fetched",
    "verdicts": "JSON object of criterion and verdict; 'being checked' while a person has it; silent means not found on the pages read",
    "criterion": "Id of the criterion on the checklist",
    "verdict": "What the page states: stated, partial, contradicted, raised or denied",
    "quote": "The exact words of the page",
    "fetched_at": "When the page was fetched, ISO 8601 UTC",
    "title": "Title of the page",
    "page_kind": "What the page is for: home, service, process, faq, team, pricing, safety, contact, blog, testimonials, legal, other",
    "page_id": "Number of the page's text in the archive",
    "start": "Where the quote begins in the page's text, in characters",
    "end": "Where it ends",
    "heading_path": "JSON list of the headings above the quote, outermost first",
    "confidence": "How sure the program is: certain, likely or doubtful",
    "engine_version": "Version of the program that read the page",
    "before": "Verdict before the change; empty for a first reading",
    "after": "Verdict after the change",
    "cause": "page changed, page gone, checklist changed or review",
    "detail": "More on the cause",
    "at": "When the change was seen, ISO 8601 UTC",
}
TYPES = {
    "latitude": "number",
    "longitude": "number",
    "pages_read": "integer",
    "page_id": "integer",
    "start": "integer",
    "end": "integer",
    "verdicts": "object",
    "heading_path": "array",
}


def datapackage(address: str, day: str) -> dict[str, Any]:
    """The package's description; `address` is the site's, `day` the ISO date of these data."""
    resources = [
        _resource(address, "clinics", "clinics.csv", "csv"),
        _resource(address, "clinics-lines", "clinics.jsonl", "jsonl"),
        _resource(address, "findings", "findings.jsonl", "jsonl"),
        _resource(address, "changes", "changes.jsonl", "jsonl"),
        {
            "name": "points",
            "path": f"{address}/data/clinics.geojson",
            "format": "geojson",
            "mediatype": "application/geo+json",
        },
        {
            "name": "database",
            "path": f"{address}/data/vetting.sqlite",
            "format": "sqlite",
            "mediatype": "application/vnd.sqlite3",
        },
    ]
    return {
        "name": "vetting",
        "title": "What ketamine clinics state on their own pages",
        "description": "Quotes, not judgements of care: a statement is not an act, and silence is not an omission.",
        "homepage": address,
        "created": day,
        "licenses": [LICENCE],
        "resources": resources,
    }


def _resource(address: str, name: str, file: str, kind: str) -> dict[str, Any]:
    table = name.removesuffix("-lines")
    fields = [
        {"name": field, "type": TYPES.get(field, "string"), "description": DESCRIPTIONS[field]}
        for field in FIELDS[table]
    ]
    return {
        "name": name,
        "path": f"{address}/data/{file}",
        "format": kind,
        "mediatype": "text/csv" if kind == "csv" else "application/jsonl",
        "encoding": "utf-8",
        "schema": {"fields": fields},
    }
