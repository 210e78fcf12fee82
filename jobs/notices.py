"""The daily digest for maintainers: findings waiting, clinics that changed, runs that failed, replies due. File, e-mail, Atom."""

import os
import re
import smtplib
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from store.models import Change, Clinic, ClinicStatus, ClinicVerdict, CrawlRun, now
from store.people import Case, Letter, Reply, Review, ReviewState
from store.people_reviews import proposed
from store.settings import Settings

SHOWN = 50
DAY = timedelta(days=1)


class NoticeError(RuntimeError):
    """The digest could not be sent; the message says what to look at."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the digest: how many there are, and a line each for the first of them."""

    title: str
    count: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """What maintainers should know at one moment."""

    at: datetime
    parts: tuple[Part, ...]

    @property
    def subject(self) -> str:
        """One line: what there is, by number."""
        told = "; ".join(f"{part.title.lower()}: {part.count}" for part in self.parts if part.count)
        return f"Vetting, {self.at:%Y-%m-%d}: {told or 'nothing waits'}"

    @property
    def text(self) -> str:
        """The whole digest as plain text."""
        blocks = [self.subject]
        for part in self.parts:
            more = [f"  ... and {part.count - len(part.lines)} more"] if part.count > len(part.lines) else []
            blocks.append(
                "\n".join([f"{part.title} ({part.count})", *(f"  {_line(line)}" for line in part.lines), *more])
            )
        return "\n\n".join(blocks) + "\n"


def digest(engine: Engine, at: datetime | None = None, since: datetime | None = None) -> Digest:
    """The digest of what happened since `since` (a day before) until `at` (now). Clinics that opted out are not in it."""
    at = at or now()
    since = since or at - DAY
    listed = col(Clinic.status) != ClinicStatus.OPTED_OUT
    with Session(engine) as opened:
        waiting = opened.exec(
            select(Clinic.name, ClinicVerdict.criterion, ClinicVerdict.verdict)
            .join(ClinicVerdict, col(ClinicVerdict.clinic_id) == col(Clinic.id))
            .where(listed, col(ClinicVerdict.current), ~col(ClinicVerdict.published))
            .order_by(col(Clinic.name), col(ClinicVerdict.criterion))
        ).all()
        to_confirm = [(clinic.name, review) for review, _, clinic in proposed(opened)]
        changed = opened.exec(
            select(Clinic.name, func.count())
            .join(Change, col(Change.clinic_id) == col(Clinic.id))
            .where(listed, col(Change.at) > since, col(Change.at) <= at)
            .group_by(col(Clinic.name))
            .order_by(col(Clinic.name))
        ).all()
        dropped = opened.exec(
            select(Clinic.name, Review.criterion, Review.quote)
            .join(Review, col(Review.clinic_id) == col(Clinic.id))
            .where(
                listed,
                Review.state == ReviewState.DROPPED,
                col(Review.dropped_at) > since,
                col(Review.dropped_at) <= at,
            )
        ).all()
        runs = opened.exec(
            select(CrawlRun)
            .where(col(CrawlRun.finished_at) > since, col(CrawlRun.finished_at) <= at, CrawlRun.state != "running")
            .order_by(col(CrawlRun.id))
        ).all()
        replies = opened.exec(
            select(Clinic.name, Reply.criterion)
            .join(Reply, col(Reply.clinic_id) == col(Clinic.id))
            .where(listed, Reply.state == "received")
        ).all()
        cases = opened.exec(select(Case.id, Case.created_at).where(Case.state == "open").order_by(col(Case.id))).all()
        due = opened.exec(
            select(Clinic.name, col(Letter.due_on))
            .join(Letter, col(Letter.clinic_id) == col(Clinic.id))
            .where(
                listed,
                col(Letter.revoked_at).is_(None),
                col(Letter.due_on) >= since.date(),
                col(Letter.due_on) <= (at + 2 * DAY).date(),
            )
            .order_by(col(Letter.due_on))
        ).all()
    failed = [run for run in runs if run.state != "finished" or run.alerts]
    return Digest(
        at,
        (
            _part("Findings that are not published yet", [f"{n}: {c}: {v}" for n, c, v in waiting]),
            _part(
                "Decisions that a second person must confirm",
                [f"{name}: {one.criterion}: {one.decision}: {one.quote}" for name, one in to_confirm],
            ),
            _part("Decisions dropped because the sentence is gone", [f"{n}: {c}: {q}" for n, c, q in dropped]),
            _part("Replies of clinics to read", [f"{n}: {c}" for n, c in replies]),
            _part("Clinics whose time to answer ends", [f"{n}: {on}" for n, on in due]),
            _part("Open cases", [f"case {i}, {at:%Y-%m-%d}" for i, at in cases]),
            _part("Clinics that changed", [f"{n}: {count} verdicts" for n, count in changed]),
            _part("Crawl runs that need a look", [f"run {r.id}: {r.state}. {' '.join(r.alerts)}" for r in failed]),
        ),
    )


def write_notices(engine: Engine, settings: Settings, at: datetime | None = None) -> Path:
    """Write the digest of what happened since that of an earlier day to data/notices/DATE.txt and the newest thirty to
    notices.atom; send it where a server is set.

    Raises NoticeError when it could not be sent. It is in the feed all the same, but its file is DATE.unsent: the day is not done,
    and the next digest that is sent tells the same and more.
    """
    at = at or now()
    folder = settings.data_dir / "notices"
    folder.mkdir(parents=True, exist_ok=True)
    made = digest(engine, at, _told_until(folder, at))
    file = notice_file(settings, at)
    unsent = file.with_suffix(".unsent")
    unsent.write_text(made.text, encoding="utf-8")
    (folder / "notices.atom").write_bytes(atom(folder, settings.public_url))
    if settings.smtp_url and settings.notices_to:
        _send(made, settings)
    os.utime(unsent, (at.timestamp(), at.timestamp()))
    unsent.replace(file)
    return file


def _told_until(folder: Path, at: datetime) -> datetime | None:
    """Until when the last digest before the day of `at` tells, which its file bears as its time; the beginning of its day where
    the file is a later copy, None where there is none."""
    before = sorted(file for file in folder.glob("????-??-??.txt") if file.stem < f"{at:%Y-%m-%d}")
    if not before:
        return None
    day = datetime.fromisoformat(before[-1].stem).replace(tzinfo=UTC)
    bears = datetime.fromtimestamp(before[-1].stat().st_mtime, UTC)
    return bears if bears.date() == day.date() else day


def notice_file(settings: Settings, at: datetime) -> Path:
    """Where the digest of that day lies once it was made, and sent where a server is set."""
    return settings.data_dir / "notices" / f"{at:%Y-%m-%d}.txt"


def atom(folder: Path, address: str) -> bytes:
    """The newest thirty digests of a folder as an Atom feed (RFC 4287)."""
    of_day = {file.stem: file for kind in ("txt", "unsent") for file in folder.glob(f"????-??-??.{kind}")}
    files = [of_day[day] for day in sorted(of_day, reverse=True)[:30]]
    home = f"{address}/desk/notices/" if address else "urn:vetting:notices:"
    feed = Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": "en"})
    newest = files[0].stem if files else "2026-01-01"
    for name, value in (
        ("title", "Vetting: notices for maintainers"),
        ("id", home),
        ("updated", f"{newest}T00:00:00Z"),
    ):
        SubElement(feed, name).text = value
    SubElement(SubElement(feed, "author"), "name").text = "Vetting"
    for file in files:
        text = file.read_text(encoding="utf-8")
        entry = SubElement(feed, "entry")
        for name, value in (
            ("title", text.partition("\n")[0]),
            ("id", home + file.stem),
            ("updated", f"{file.stem}T00:00:00Z"),
        ):
            SubElement(entry, name).text = _printable(value)
        SubElement(entry, "content", {"type": "text"}).text = _printable(text)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + bytes(tostring(feed, encoding="utf-8"))


def _part(title: str, lines: list[str]) -> Part:
    return Part(title, len(lines), tuple(lines[:SHOWN]))


def _line(text: str) -> str:
    """One line of plain text: names and quotes come from outside."""
    return " ".join(text.split())[:300]


def _printable(text: str) -> str:
    """The text without the characters that XML 1.0 cannot hold."""
    return re.sub("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)


def _send(made: Digest, settings: Settings) -> None:
    parts = urlsplit(settings.smtp_url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise NoticeError("VETTING_SMTP_URL is no mail server; write it like smtp://user:password@mail.example:587")
    message = EmailMessage()
    message["Subject"] = _line(made.subject)
    message["From"] = (
        unquote(parts.username) if parts.username and "@" in unquote(parts.username) else f"vetting@{parts.hostname}"
    )
    message["To"] = ", ".join(settings.notices_to)
    message.set_content(made.text)
    try:
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                parts.hostname, parts.port or 465, timeout=30, context=ssl.create_default_context()
            )
        else:
            server = smtplib.SMTP(parts.hostname, parts.port or 25, timeout=30)
        with server:
            server.ehlo()
            if parts.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        raise NoticeError(
            f"the digest could not be sent by {parts.hostname}: {error}; look at VETTING_SMTP_URL"
        ) from error
