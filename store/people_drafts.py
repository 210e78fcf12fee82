"""Drafts of the checklist: saved by one, seen by all; a save that starts from an older state is refused, and nothing is lost."""

from sqlalchemy import update
from sqlmodel import Session, col, select

from store.models import now
from store.people import DeskJob, Draft
from store.people_audit import note


class DraftError(ValueError):
    """A draft that cannot be saved so; the message says why."""


class OvertakenError(DraftError):
    """Somebody saved this draft since it was opened."""


def begin(opened: Session, *, title: str, version: str, text: str, author: str) -> Draft:
    """Begin a draft from the checklist as it is."""
    draft = Draft(
        title=title.strip()[:200] or "An edit",
        base_version=version,
        base_text=text,
        text=text,
        author=author,
        changed_by=author,
    )
    opened.add(draft)
    opened.flush()
    note(opened, author, "draft begun", f"draft {draft.id}", title=draft.title, base=version)
    return draft


def save(opened: Session, draft: Draft, text: str, revision: int, who: str) -> None:
    """Save a draft that was opened at `revision`. Raises OvertakenError when it is at another by now, DraftError when it is closed."""
    changed = opened.execute(
        update(Draft)
        .where(col(Draft.id) == draft.id, col(Draft.revision) == revision, col(Draft.state) == "open")
        .values(text=text.replace("\r\n", "\n"), revision=revision + 1, changed_at=now(), changed_by=who)
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        opened.refresh(draft)
        if draft.state != "open":
            raise DraftError(f"this draft is {draft.state}; begin a new one")
        raise OvertakenError(f"{draft.changed_by} has saved this draft since you opened it")
    opened.refresh(draft)
    note(opened, who, "draft saved", f"draft {draft.id}", revision=draft.revision)


def take_over(opened: Session, draft: Draft, *, version: str, base: str, text: str, who: str) -> Draft:
    """Go on with a draft from another state of the checklist, as a new draft of the same author; the old one stays readable."""
    fresh = Draft(
        title=draft.title, base_version=version, base_text=base, text=text, author=draft.author, changed_by=who
    )
    opened.add(fresh)
    opened.flush()
    close(opened, draft, "taken-over", who, reason=f"goes on as draft {fresh.id}")
    return fresh


def close(opened: Session, draft: Draft, state: str, who: str, *, reason: str = "", version: str = "") -> None:
    """Mark a draft as adopted or given up."""
    draft.state, draft.reason, draft.adopted_version, draft.changed_at, draft.changed_by = (
        state,
        reason,
        version,
        now(),
        who,
    )
    opened.add(draft)
    note(opened, who, f"draft {state}", f"draft {draft.id}", version=version)


def drafts(opened: Session) -> list[Draft]:
    """Every draft, open ones first, then the newest."""
    return list(opened.exec(select(Draft).order_by(col(Draft.state) != "open", col(Draft.id).desc()).limit(100)))


def newest_job(opened: Session, kind: str, draft_id: int | None = None) -> DeskJob | None:
    """The last work of a kind, for one draft or at all."""
    wanted = select(DeskJob).where(DeskJob.kind == kind).order_by(col(DeskJob.id).desc())
    return opened.exec(wanted.where(DeskJob.draft_id == draft_id) if draft_id is not None else wanted).first()
