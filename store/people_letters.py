"""The right of reply: letters with draft findings, the private link, working days, and clinics' answers."""

import secrets
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

import holidays
from sqlmodel import Session, col, select

from store.models import now
from store.people import Letter, Reply
from store.people_accounts import hashed_key
from store.people_audit import note

REASONS = {
    "stated-elsewhere": "It is stated elsewhere (give the address)",
    "changed-since": "Our page has changed since",
    "misread": "The sentence was misread",
    "not-applicable": "It does not apply to what we offer",
}
MOST_WORDS = 500
MOST_CHARACTERS = 6000


class ReplyError(ValueError):
    """An answer that cannot be kept so; the message says how to mend it."""


def working_days_after(start: date, days: int, country: str) -> date:
    """The last of so many working days after `start`: Saturdays, Sundays and the country's public holidays do not count."""
    day, left = start, days
    while left > 0:
        day += timedelta(days=1)
        if day.weekday() < 5 and day not in _holidays(country):
            left -= 1
    return day


@cache
def _holidays(country: str) -> Any:
    try:
        return holidays.country_holidays(country)
    except NotImplementedError:
        return frozenset()


def send_letter(
    opened: Session,
    *,
    clinic_id: int,
    country: str,
    days: int,
    items: Sequence[dict[str, Any]],
    author: str,
    checklist_version: str,
) -> tuple[Letter, str]:
    """Keep a letter with its draft findings; returns it and the private link's key, which is shown once and kept nowhere."""
    key = secrets.token_urlsafe(32)
    letter = Letter(
        clinic_id=clinic_id, token_hash=hashed_key(key), due_on=working_days_after(now().date(), days, country),
        items=list(items), author=author, checklist_version=checklist_version,
    )  # fmt: skip
    opened.add(letter)
    opened.flush()
    note(
        opened,
        author,
        "letter made",
        f"letter {letter.id}",
        clinic=clinic_id,
        due_on=letter.due_on.isoformat(),
        findings=len(letter.items),
    )
    return letter, key


def letter_of_key(opened: Session, key: str) -> Letter | None:
    """The letter that a private link opens; None for a wrong or withdrawn one."""
    if not 40 <= len(key) <= 50:
        return None
    return opened.exec(
        select(Letter).where(Letter.token_hash == hashed_key(key), col(Letter.revoked_at).is_(None))
    ).first()


def withdraw(opened: Session, letter: Letter, who: str) -> None:
    """The link opens nothing from now on, and the letter's days count no longer."""
    letter.revoked_at = now()
    opened.add(letter)
    note(opened, who, "letter withdrawn", f"letter {letter.id}", clinic=letter.clinic_id)


def heard(opened: Session, clinic_id: int, today: date) -> set[tuple[str, str]]:
    """The (criterion, sentence digest) of which the clinic was told and its time to answer is over."""
    letters = opened.exec(
        select(Letter).where(
            Letter.clinic_id == clinic_id, col(Letter.revoked_at).is_(None), col(Letter.due_on) < today
        )
    )
    return {(item["criterion"], item["sentence_digest"]) for letter in letters for item in letter.items}


def told(opened: Session, clinic_id: int) -> set[tuple[str, str]]:
    """The (criterion, sentence digest) that stand in a letter, answered or not."""
    letters = opened.exec(select(Letter).where(Letter.clinic_id == clinic_id, col(Letter.revoked_at).is_(None)))
    return {(item["criterion"], item["sentence_digest"]) for letter in letters for item in letter.items}


def answer(
    opened: Session, letter: Letter, *, criterion: str, reason: str, address: str, text: str, allowed: Collection[str]
) -> Reply:
    """Keep a clinic's answer on one criterion; a newer one takes the place of one that nobody has read yet.

    Raises ReplyError for an unknown criterion or reason, a missing address, more than 500 words.
    """
    text, address = text.replace("\x00", "").strip(), address.replace("\x00", "").strip()
    if criterion not in allowed:
        raise ReplyError("choose the finding that you answer")
    if reason not in REASONS:
        raise ReplyError("choose one of the reasons")
    if reason == "stated-elsewhere" and not address:
        raise ReplyError("give the address of the page that states it")
    if address and (not address.startswith(("http://", "https://")) or len(address) > 500 or len(address.split()) != 1):
        raise ReplyError("write the address as https://... without spaces, at most 500 characters")
    if len(text.split()) > MOST_WORDS or len(text) > MOST_CHARACTERS:
        raise ReplyError(
            f"use at most {MOST_WORDS} words and {MOST_CHARACTERS} characters; there are {len(text.split())} words"
        )
    assert letter.id is not None
    kept = opened.exec(
        select(Reply).where(Reply.letter_id == letter.id, Reply.criterion == criterion, Reply.state == "received")
    ).first() or Reply(letter_id=letter.id, clinic_id=letter.clinic_id, criterion=criterion, reason=reason)
    kept.reason, kept.address, kept.text, kept.received_at = reason, address, text, now()
    opened.add(kept)
    opened.flush()
    note(
        opened,
        "a clinic",
        "reply received",
        f"reply {kept.id}",
        clinic=letter.clinic_id,
        criterion=criterion,
        reason=reason,
    )
    return kept


def settle_reply(opened: Session, reply: Reply, who: str, *, show: bool, refusal: str = "") -> None:
    """Put an answer beside its finding, or refuse it with a reason; an older answer of the same criterion makes room."""
    if not show and not refusal.strip():
        raise ReplyError("say why it is refused; the clinic may ask")
    if show:
        for older in opened.exec(
            select(Reply).where(
                Reply.clinic_id == reply.clinic_id, Reply.criterion == reply.criterion, Reply.state == "shown"
            )
        ):
            older.state = "replaced"
            opened.add(older)
    reply.state, reply.refusal = ("shown", "") if show else ("refused", refusal.strip()[:1000])
    reply.decided_by, reply.decided_at = who, now()
    opened.add(reply)
    note(opened, who, f"reply {reply.state}", f"reply {reply.id}", clinic=reply.clinic_id, refusal=reply.refusal)


def shown_replies(opened: Session, clinic_id: int) -> dict[str, Reply]:
    """The answers that stand beside a clinic's findings, by criterion."""
    return {
        row.criterion: row
        for row in opened.exec(select(Reply).where(Reply.clinic_id == clinic_id, Reply.state == "shown"))
    }
