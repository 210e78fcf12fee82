"""The audit log: who did what to what, and when. Rows are added; there is no way to change or delete one."""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from store.people import AuditEntry


def note(opened: Session, who: str, act: str, subject: str = "", **detail: Any) -> None:
    """Add a line in the caller's transaction: the act and its line are kept together or not at all."""
    opened.add(AuditEntry(who=who, act=act, subject=subject, detail=detail))


def newest(
    opened: Session, limit: int = 200, before_id: int | None = None, who: str = "", act: str = ""
) -> list[AuditEntry]:
    """The newest lines first; `who` and `act` choose."""
    wanted = select(AuditEntry).order_by(col(AuditEntry.id).desc()).limit(limit)
    if before_id is not None:
        wanted = wanted.where(col(AuditEntry.id) < before_id)
    if who:
        wanted = wanted.where(AuditEntry.who == who)
    if act:
        wanted = wanted.where(AuditEntry.act == act)
    return list(opened.exec(wanted))


def exported(engine: Engine) -> Iterator[str]:
    """The whole log, oldest first, one JSON object a line."""
    last = 0
    while True:
        with Session(engine) as opened:
            rows = opened.exec(
                select(AuditEntry).where(col(AuditEntry.id) > last).order_by(col(AuditEntry.id)).limit(1000)
            ).all()
        for row in rows:
            assert row.id is not None
            last = row.id
            line = {
                "id": row.id,
                "at": row.at.isoformat(),
                "who": row.who,
                "act": row.act,
                "subject": row.subject,
                "detail": row.detail,
            }
            yield json.dumps(line, ensure_ascii=False) + "\n"
        if not rows:
            return
