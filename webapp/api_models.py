"""What the API takes and gives."""

from typing import Literal

from pydantic import BaseModel, Field

Limit = Field(default=20, ge=1, le=100, description="How many rows to give at most")
Cursor = Field(default=None, max_length=200, description="Where to go on: `next_cursor` of the answer before")


class ClinicQuery(BaseModel):
    """The same as the site's search box and filters."""

    q: str = Field(default="", max_length=200, description="Words, a place, a postcode, or 'near' a place")
    within: int | None = Field(default=None, ge=1, le=20000, description="Radius around the place of `q`")
    unit: Literal["mi", "km"] = Field(default="mi", description="Of `within`")
    sort: Literal["name", "distance"] | None = Field(default=None, description="distance needs a place in `q`")
    states: list[str] | None = Field(default=None, description="Ids of practices that must be stated")
    without: list[str] | None = Field(default=None, description="Ids of flags that must be not found, or denied")
    lead: list[Literal["psychiatrist", "anaesthesiologist", "physician", "nurse"]] | None = None
    route: list[Literal["infusion", "injection", "esketamine", "oral", "nasal"]] | None = None
    care: list[Literal["in-person", "telehealth"]] | None = None
    price: list[Literal["stated"]] | None = None
    country: list[str] | None = Field(default=None, description="ISO 3166-1 alpha-2 codes")
    limit: int = Limit
    cursor: str | None = Cursor


class PageQuery(BaseModel):
    """A list that is given in pieces."""

    limit: int = Limit
    cursor: str | None = Cursor


class ClinicSummary(BaseModel):
    """One clinic in a list."""

    slug: str
    name: str
    website: str
    country: str
    places: list[str]
    kilometres: float | None
    pages_read: int
    last_read_at: str
    verdicts: dict[str, str] = Field(
        description="By criterion; 'being checked' while a person has it; empty if not read yet"
    )
    href: str


class ClinicList(BaseModel):
    """Clinics that match, in order."""

    total: int
    understood: str = Field(description="The place that the search is about, as it was understood; empty for none")
    clinics: list[ClinicSummary]
    next_cursor: str | None


class Evidence(BaseModel):
    """One sentence of a page."""

    verdict: str
    quote: str
    url: str
    title: str
    page_kind: str
    heading_path: list[str]
    fetched_at: str
    archived: str | None
    confidence: str


class CriterionFinding(BaseModel):
    """One criterion of one clinic."""

    criterion: str
    verdict: str
    evidence: list[Evidence]


class Place(BaseModel):
    """One location, as the list has it."""

    name: str
    street: str
    city: str
    region: str
    postcode: str
    country: str
    phone: str
    latitude: float | None
    longitude: float | None


class Fact(BaseModel):
    """Something told beside the verdicts, with its quote."""

    name: str
    value: str
    quote: str
    url: str


class ClinicDetail(BaseModel):
    """One clinic with all that was found."""

    slug: str
    name: str
    url: str
    country: str
    status: str
    locations: list[Place]
    assessed_at: str
    checklist_version: str
    pages_read: int
    last_read_at: str
    findings: list[CriterionFinding]
    facts: list[Fact]


class SourceEntry(BaseModel):
    """What a criterion rests on."""

    publisher: str
    title: str
    address: str
    date: str
    standing: str


class CriterionEntry(BaseModel):
    """One entry of the checklist."""

    id: str
    title: str
    group: str
    kind: str
    core: bool
    question: str
    why: str
    states: str
    rule: str
    sources: list[SourceEntry]


class ChecklistAnswer(BaseModel):
    """The checklist."""

    version: str
    title: str
    criteria: list[CriterionEntry]


class ChangeEntry(BaseModel):
    """A verdict that differs from the one before."""

    id: int
    clinic: str
    criterion: str
    before: str
    after: str
    cause: str
    at: str


class ChangeList(BaseModel):
    """Changes, newest first."""

    changes: list[ChangeEntry]
    next_cursor: str | None


class CriterionStatistics(BaseModel):
    """How many clinics have each verdict."""

    criterion: str
    read: int
    verdicts: dict[str, int]


class StatisticsAnswer(BaseModel):
    """Counts over all clinics that could be read."""

    listed: int
    read: int
    criteria: list[CriterionStatistics]
