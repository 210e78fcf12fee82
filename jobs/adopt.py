"""An edit of the checklist becomes its next version: the file is rewritten, its author and reason are kept.

checklist.yaml stays the source of truth. The site goes on showing the version before until the new one has been scored whole
(jobs/score.py), so a crash in between changes nothing that anybody sees.
"""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from scorer.checklist import Checklist, load_checklist
from store.engine import session
from store.models import ChecklistVersion
from store.people import AuditEntry, Draft
from store.people_audit import note

_ADOPTED = "checklist adopted"
_HANDS = ("draft begun", "draft saved", "draft taken-over")


class AdoptError(ValueError):
    """An edit that cannot be adopted; the message says why and what to do."""


class OutdatedError(AdoptError):
    """Somebody else has changed the checklist since the edit was begun."""


def adopt(engine: Engine, path: Path, text: str, *, base_text: str, author: str, reason: str, by: str = "") -> str:
    """Write `text` to the checklist's file and keep it as a version with author, date and reason; returns the version.

    `by` is who adopts it, the author where nobody is named. What was adopted before keeps what its first adoption said; the log
    has every adoption.

    The row comes first and the file after it, in one step (rename): killed in between, the file is the old one, whole, and
    adopting again goes on. Raises OutdatedError when the file is not `base_text` any more, ChecklistError for a text that cannot
    be used, AdoptError without a reason or without a change.
    """
    if not reason.strip():
        raise AdoptError("say why: the reason is kept with the version")
    text = text.replace("\r\n", "\n")
    with _alone(path):
        now_there = path.read_text(encoding="utf-8")
        if now_there != base_text:
            raise OutdatedError(
                f"{path.name} has changed since this edit was begun; look at what changed and begin from there"
            )
        if now_there == text:
            raise AdoptError("nothing differs from the checklist as it is")
        fresh = _beside(path, text)
        try:
            version = load_checklist(fresh).version
            with session(engine) as opened:
                row = opened.get(ChecklistVersion, version) or ChecklistVersion(version=version, text=text)
                if not row.author:
                    row.author, row.reason = author, reason.strip()
                opened.add(row)
                note(
                    opened,
                    by or author,
                    _ADOPTED,
                    version,
                    author=author,
                    reason=reason.strip(),
                    digest=sha256(text.encode()).hexdigest(),
                )
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)
    return version


def hands(opened: Session, draft: Draft) -> set[str]:
    """Everybody who had a hand in a draft by the log, and in those that it goes on from."""
    found: Draft | None = draft
    names = {draft.changed_by}
    while found is not None:
        of_it = (AuditEntry.subject == f"draft {found.id}", col(AuditEntry.act).in_(_HANDS))
        names |= {found.author, *opened.exec(select(AuditEntry.who).where(*of_it))}
        found = opened.exec(
            select(Draft).where(Draft.state == "taken-over", Draft.reason == f"goes on as draft {found.id}")
        ).first()
    return names


def versions(engine: Engine) -> list[ChecklistVersion]:
    """Every version that was ever adopted or scored, the newest first."""
    with Session(engine) as opened:
        return list(opened.exec(select(ChecklistVersion).order_by(col(ChecklistVersion.adopted_at).desc())))


def adoptions(opened: Session, version: str) -> list[AuditEntry]:
    """Every adoption of a version by the log, the oldest first: what was given up may be adopted again, and what was written by hand
    may be adopted later."""
    wanted = select(AuditEntry).where(AuditEntry.act == _ADOPTED, AuditEntry.subject == version)
    return list(opened.exec(wanted.order_by(col(AuditEntry.id))))


def kept_checklist(engine: Engine, folder: Path, version: str) -> Checklist | None:
    """The checklist of a kept version, as it was then; None where no such version is kept. `folder` is where its file is put."""
    file = folder / f"{version}.yaml"
    if not file.exists():
        with Session(engine) as opened:
            row = opened.get(ChecklistVersion, version)
        if row is None:
            return None
        folder.mkdir(parents=True, exist_ok=True)
        _beside(file, row.text).replace(file)
    return load_checklist(file)


def _beside(path: Path, text: str) -> Path:
    """A new file beside `path` that holds the text, safely on the disk."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".new")
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    if path.exists():
        Path(name).chmod(path.stat().st_mode & 0o777)
    else:
        Path(name).chmod(0o644)
    return Path(name)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One adopter at a time, over all processes of this machine."""
    with (path.parent / f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)
