"""The tables that a machine fills: everything right of the archive can be deleted and rebuilt from archive + clinics + checklist.

People's input lives in people.py, which no rebuild touches. Times are UTC and aware; JSON columns hold plain lists and
objects whose shape the docstring of their table gives.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Index,
    LargeBinary,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlmodel import Field, SQLModel


def now() -> datetime:
    """The one clock: aware, UTC, whole microseconds."""
    return datetime.now(UTC)


class UTCDateTime(TypeDecorator[datetime]):
    """A moment in UTC. SQLite keeps no zone, so it is put back on the way out; a naive time is refused on the way in."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database: refuses a time without zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; use an aware UTC time")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database: always aware, always UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def Moment(*, nullable: bool = False, index: bool = False) -> Any:
    """A UTC time column; a fresh Column each time, since a Column belongs to one table."""
    if nullable:
        return Field(default=None, sa_column=Column(UTCDateTime(), nullable=True, index=index))
    return Field(default_factory=now, sa_column=Column(UTCDateTime(), nullable=False, index=index))


def Json(default_factory: type) -> Any:
    """A JSON column that starts as an empty list or object."""
    return Field(default_factory=default_factory, sa_column=Column(JSON, nullable=False))


class ClinicStatus(StrEnum):
    """Whether a clinic is crawled and shown."""

    ACTIVE = "active"
    CLOSED = "closed"
    OPTED_OUT = "opted-out"


class Clinic(SQLModel, table=True):
    """A provider with one website. Rows of the list that share a website are locations of one clinic.

    `url` is where a crawl starts; `hosts` are further websites that the list says belong to it; `provenance` is a list of
    {"source", "line", "imported_at"}.
    """

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True, index=True)
    name: str = Field(index=True)
    url: str
    website: str = Field(unique=True, index=True, description="host without www, what makes two rows one clinic")
    hosts: list[str] = Json(list)
    country: str = Field(default="", index=True)
    status: str = Field(default=ClinicStatus.ACTIVE, index=True)
    status_reason: str = ""
    proposed_url: str = ""
    provenance: list[dict[str, Any]] = Json(list)
    created_at: datetime = Moment()
    due_at: datetime = Moment(index=True)
    lease_owner: str = ""
    lease_until: datetime | None = Moment(nullable=True)
    fence: int = 0


class Location(SQLModel, table=True):
    """One address of a clinic, as the list gives it. Degrees are WGS 84; None where no place could be found."""

    __table_args__ = (Index("ix_location_point", "latitude", "longitude"),)

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    name: str
    url: str
    street: str = ""
    city: str = Field(default="", index=True)
    region: str = Field(default="", index=True)
    postcode: str = Field(default="", index=True)
    country: str = Field(default="", index=True)
    phone: str = ""
    latitude: float | None = None
    longitude: float | None = None


class CrawlRun(SQLModel, table=True):
    """One scheduled run. `counts` is {"outcome": number of clinics} plus "pages", "bytes", "requests"; `alerts` are sentences."""

    id: int | None = Field(default=None, primary_key=True)
    started_at: datetime = Moment(index=True)
    finished_at: datetime | None = Moment(nullable=True)
    state: str = Field(default="running", index=True, description="running, finished, interrupted")
    worker: str = ""
    user_agent: str = ""
    counts: dict[str, int] = Json(dict)
    alerts: list[str] = Json(list)


class Outcome(StrEnum):
    """How a visit to a clinic ended."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    UNCHANGED = "unchanged"
    ROBOTS_DISALLOWED = "robots-disallowed"
    DNS_FAILURE = "dns-failure"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    TLS_ERROR = "tls-error"
    HTTP_4XX = "http-4xx"
    HTTP_5XX = "http-5xx"
    BLOCKED = "blocked"
    NEEDS_JAVASCRIPT = "needs-javascript"
    EMPTY = "empty"
    GONE = "gone"
    REDIRECTED_AWAY = "redirected-away"
    TOO_LARGE = "too-large"
    TRAP = "trap"
    ERROR = "error"


class Visit(SQLModel, table=True):
    """What happened at one clinic in one run.

    `counts` is {cause: addresses}: "stored", "unchanged", "robots", "failed", "needs-javascript", "over-budget", "foreign",
    "acting-link", "truncated", "noindex", ... `problems` is a list of {"url", "cause", "detail"} (the first fifty).
    """

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="crawlrun.id", index=True)
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    fence: int = 0
    started_at: datetime = Moment(index=True)
    finished_at: datetime | None = Moment(nullable=True)
    outcome: str = Field(default="", index=True, description="an Outcome; empty while the visit is under way")
    detail: str = ""
    transient: bool = False
    counts: dict[str, int] = Json(dict)
    problems: list[dict[str, str]] = Json(list)


class Snapshot(SQLModel, table=True):
    """One response stored at one time, in WARC words. A revisit names the snapshot whose payload it repeats.

    `url` is the address fetched (WARC-Target-URI). `digest` is the WARC payload digest ("sha1:BASE32"). `marks` lists what
    the response said or suffered: "truncated", "noindex", "rendered", "needs-javascript", "soft-404".
    """

    __table_args__ = (Index("ix_snapshot_clinic_url", "clinic_id", "url"),)

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    visit_id: int = Field(foreign_key="visit.id", index=True)
    url: str = Field(index=True)
    status: int
    fetched_at: datetime = Moment(index=True)
    content_type: str = ""
    digest: str = Field(index=True)
    text_digest: str = Field(
        default="",
        description="sha256 of the visible words as the crawler sees them: tells a real change from a new nonce",
    )
    size: int = 0
    etag: str = ""
    last_modified: str = ""
    warc_file: str = ""
    warc_offset: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    warc_length: int = 0
    revisit_of: int | None = Field(default=None, foreign_key="snapshot.id")
    current: bool = Field(default=True, index=True, description="the newest good reading of this address")
    gone_at: datetime | None = Moment(nullable=True)
    marks: list[str] = Json(list)
    page_id: int | None = Field(default=None, foreign_key="page.id", index=True)


class Page(SQLModel, table=True):
    """A snapshot read as text, once per clinic and text digest.

    `blocks` is a list of [kind, start, end, heading path (list of str), role] with offsets into `text`.
    `read_version` is the version of the reading code; a newer one reads again from the archive. `passages` are the digests of the
    passages that the taught reader read when the page was last judged (see Encoding).
    """

    __table_args__ = (UniqueConstraint("clinic_id", "text_digest"),)

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    text_digest: str = Field(index=True, description="sha256 of title, path kind and text, hexadecimal")
    title: str = ""
    kind: str = "other"
    language: str = ""
    text: str = ""
    blocks: list[list[Any]] = Json(list)
    facts: list[dict[str, Any]] = Json(list)
    passages: list[str] = Json(list)
    read_version: str = ""
    scored_with: str = Field(default="", index=True, description="checklist version + engine version of its findings")


class Finding(SQLModel, table=True):
    """One criterion on one page: a verdict and one piece of its evidence (a row a quote).

    `quote` is exactly Page.text[start:end]. `confidence` is certain, likely or doubtful. `reason` is what Reason.as_json gives:
    what matched, what set aside, what turned round. `sentence_digest` lets a person's decision hold while the sentence stands.
    """

    id: int | None = Field(default=None, primary_key=True)
    page_id: int = Field(foreign_key="page.id", index=True)
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    criterion: str = Field(index=True)
    verdict: str
    confidence: str = "likely"
    quote: str
    start: int
    end: int
    heading_path: list[str] = Json(list)
    reason: dict[str, Any] = Json(dict)
    sentence_digest: str = Field(default="", index=True)
    checklist_version: str = ""
    engine_version: str = ""


class Assessment(SQLModel, table=True):
    """All verdicts of one clinic for one checklist version at one time.

    `coverage` is {"read": pages, "robots": n, "failed": n, "needs-javascript": n, "first": iso, "last": iso, "outcome": last
    visit's}. `digest` of verdicts and evidence: an equal one makes no new assessment.
    """

    __table_args__ = (Index("ix_assessment_clinic_current", "clinic_id", "current"),)

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    made_at: datetime = Moment(index=True)
    checklist_version: str = Field(index=True)
    engine_version: str = ""
    digest: str = ""
    current: bool = Field(default=True, index=True)
    coverage: dict[str, Any] = Json(dict)
    facts: list[dict[str, Any]] = Json(list)


class ClinicVerdict(SQLModel, table=True):
    """One criterion of one assessment, as computed.

    `evidence` is a list of {"verdict", "quote", "start", "end", "heading_path", "page_id", "snapshot_id", "url", "title",
    "page_kind", "fetched_at", "confidence", "reason", "sentence_digest"}, strongest first. `published` tells whether the
    public may see it by name (contradicted, conflicting and raised wait for a person unless a setting says otherwise);
    an unpublished one is shown as "being checked", never as silent.
    """

    __table_args__ = (Index("ix_clinicverdict_criterion", "criterion", "verdict", "clinic_id"),)

    id: int | None = Field(default=None, primary_key=True)
    assessment_id: int = Field(foreign_key="assessment.id", index=True)
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    criterion: str
    verdict: str
    confidence: str = "likely"
    published: bool = True
    current: bool = Field(default=True, index=True)
    evidence: list[dict[str, Any]] = Json(list)


class Change(SQLModel, table=True):
    """A verdict of a clinic that differs from the assessment before; cause: page changed, page gone, checklist changed, review."""

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    assessment_id: int = Field(foreign_key="assessment.id", index=True)
    criterion: str
    before: str
    after: str
    cause: str
    detail: str = ""
    at: datetime = Moment(index=True)


class ChecklistVersion(SQLModel, table=True):
    """One adopted text of checklist.yaml, kept for ever so that old assessments stay readable."""

    version: str = Field(primary_key=True)
    text: str
    adopted_at: datetime = Moment(index=True)
    author: str = ""
    reason: str = ""
    current: bool = Field(default=False, index=True)


class Encoding(SQLModel, table=True):
    """What the taught reader said of one distinct passage, kept so that it is read once: `scores` are float16 bytes."""

    digest: str = Field(primary_key=True, description="sha256 of model version and passage")
    scores: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
