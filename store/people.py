"""People's input, which no rebuild touches: accounts, reviews, letters and replies, cases, drafts, labels, the audit log.

Nothing here refers to a page or a snapshot by its number: those can be deleted and rebuilt. A sentence is known by its digest
(its words, not its white space or case), a clinic by its row in the list.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from store.engine import session
from store.models import Json, Moment


class Role(StrEnum):
    """What a person may do at the desk; each may also do all that the ones before it may."""

    EDITOR = "editor"
    REVIEWER = "reviewer"
    ADMINISTRATOR = "administrator"


class User(SQLModel, table=True):
    """An account of the desk. `failed` counts wrong passwords since the last right one; never deleted, only closed."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True, index=True)
    password_hash: str
    role: str = Field(default=Role.EDITOR, description="a Role")
    active: bool = True
    created_at: datetime = Moment()
    failed: int = 0
    locked_until: datetime | None = Moment(nullable=True)
    last_in_at: datetime | None = Moment(nullable=True)


class SignIn(SQLModel, table=True):
    """One session of one person; the cookie holds the key, the table only its SHA-256."""

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user.id", index=True)
    key_hash: str = Field(unique=True, index=True)
    started_at: datetime = Moment()
    seen_at: datetime = Moment()
    ended_at: datetime | None = Moment(nullable=True)


class AuditEntry(SQLModel, table=True):
    """One act of one person. The database refuses to change or delete a row (migration 0004)."""

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Moment(index=True)
    who: str = Field(index=True)
    act: str = Field(index=True)
    subject: str = ""
    detail: dict[str, Any] = Json(dict)


class ReviewState(StrEnum):
    """Where a decision stands."""

    PROPOSED = "proposed"
    STANDING = "standing"
    SUPERSEDED = "superseded"
    DROPPED = "dropped"


class Review(SQLModel, table=True):
    """A person's decision on one sentence of one clinic for one criterion; it holds while the sentence stands on the site.

    `machine_verdict` is what the program had made of it; `verdict` what the person makes of it ("" where it says nothing on the
    criterion: rejected). `decision` is confirm, correct or reject. Never deleted: a later decision supersedes it, and it is
    dropped (with a notice) when the sentence is gone.
    """

    __table_args__ = (Index("ix_review_sentence", "clinic_id", "criterion", "sentence_digest"),)

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    criterion: str
    sentence_digest: str
    quote: str
    url: str = ""
    machine_verdict: str = ""
    decision: str
    verdict: str = ""
    reason: str = ""
    state: str = Field(default=ReviewState.STANDING, index=True, description="a ReviewState")
    author: str
    decided_at: datetime = Moment(index=True)
    confirmed_by: str = ""
    confirmed_at: datetime | None = Moment(nullable=True)
    dropped_at: datetime | None = Moment(nullable=True)
    checklist_version: str = ""


class Letter(SQLModel, table=True):
    """Draft findings as sent to a clinic, with the last day of its time to answer.

    `items` is a list of {"criterion", "verdict", "quote", "url", "fetched_at", "sentence_digest"}. `token_hash` is the SHA-256 of
    the private link's 256 random bits, which are kept nowhere.
    """

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    token_hash: str = Field(unique=True, index=True)
    sent_at: datetime = Moment(index=True)
    due_on: date = Field(index=True)
    text: str = ""
    items: list[dict[str, Any]] = Json(list)
    checklist_version: str = ""
    author: str = ""
    revoked_at: datetime | None = Moment(nullable=True)


class Reply(SQLModel, table=True):
    """What a clinic answers on one criterion. It stands beside the finding and changes nothing by itself.

    `state` is received, shown or refused; a refusal has its reason, and the refused text stays here.
    """

    id: int | None = Field(default=None, primary_key=True)
    letter_id: int = Field(foreign_key="letter.id", index=True)
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    criterion: str
    reason: str
    address: str = ""
    text: str = ""
    received_at: datetime = Moment(index=True)
    state: str = Field(default="received", index=True)
    decided_by: str = ""
    decided_at: datetime | None = Moment(nullable=True)
    refusal: str = ""


class Case(SQLModel, table=True):
    """A report that something is wrong, from anybody. `contact` is how to answer, empty where the reporter gave none."""

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int | None = Field(default=None, foreign_key="clinic.id", index=True)
    text: str
    contact: str = ""
    created_at: datetime = Moment(index=True)
    state: str = Field(default="open", index=True, description="open, answered, closed")


class CaseEntry(SQLModel, table=True):
    """One line of a case's log: a note, a new state, a reading asked for."""

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case.id", index=True)
    at: datetime = Moment()
    author: str
    kind: str
    text: str = ""


class Rereading(SQLModel, table=True):
    """Somebody asked that a clinic be read again soon; counted, so that nobody can make us a burden to a clinic's site."""

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    asked_at: datetime = Moment(index=True)
    asked_by: str = ""


class Draft(SQLModel, table=True):
    """An edit of the checklist under way. `revision` counts saves: a save that starts from an older one is refused, not merged.

    `base_text` is the file as it stood when the draft was begun; adopting is refused when the file is another by then.
    """

    id: int | None = Field(default=None, primary_key=True)
    title: str
    base_version: str
    base_text: str
    text: str
    revision: int = 1
    state: str = Field(default="open", index=True, description="open, adopted, taken-over, given-up")
    author: str
    reason: str = ""
    created_at: datetime = Moment()
    changed_at: datetime = Moment()
    changed_by: str = ""
    adopted_version: str = ""


class DeskJob(SQLModel, table=True):
    """Long work that somebody started at the desk: a preview, a scoring. `seen_at` moves while it runs.

    `state` is running, done or failed; `result` is the preview as plain objects; `revision` the draft's that was previewed.
    """

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(index=True)
    draft_id: int | None = Field(default=None, foreign_key="draft.id", index=True)
    revision: int = 0
    state: str = "running"
    step: str = ""
    done: int = 0
    total: int = 0
    started_at: datetime = Moment()
    seen_at: datetime = Moment()
    started_by: str = ""
    problem: str = ""
    result: dict[str, Any] = Json(dict)


class GoldPage(SQLModel, table=True):
    """A page to be labelled by two readers. `labels` is {criterion: {"verdict", "quotes"}} once adjudicated (then `settled_at`).

    `readers` is {criterion: [what each reader said]} where the two first differed.
    """

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True, index=True)
    clinic: str = ""
    kind: str = "clinic"
    title: str = ""
    path: str = ""
    text: str
    added_at: datetime = Moment()
    added_by: str = ""
    labels: dict[str, Any] = Json(dict)
    readers: dict[str, Any] = Json(dict)
    settled_at: datetime | None = Moment(nullable=True)
    settled_by: str = ""


class GoldReading(SQLModel, table=True):
    """One reader's labels of one page; nobody else sees them before both readers have finished."""

    __table_args__ = (UniqueConstraint("gold_page_id", "reader"),)

    id: int | None = Field(default=None, primary_key=True)
    gold_page_id: int = Field(foreign_key="goldpage.id", index=True)
    reader: str
    labels: dict[str, Any] = Json(dict)
    started_at: datetime = Moment()
    finished_at: datetime | None = Moment(nullable=True)


def report_error(engine: Engine, clinic_id: int | None, text: str, contact: str = "") -> int:
    """Keep a report and return its case number."""
    with session(engine) as opened:
        case = Case(clinic_id=clinic_id, text=text.replace("\x00", ""), contact=contact.replace("\x00", ""))
        opened.add(case)
        opened.flush()
        assert case.id is not None
        # Not by `note`, which is built on these tables.
        opened.add(AuditEntry(who="the public form", act="error reported", subject=f"case {case.id}"))
        return case.id
