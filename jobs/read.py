"""Archived bytes to pages: every current snapshot that was not read yet, or was read by an older reading."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, or_, select

from crawler.heavy import is_heavy, words_and_links
from scorer.charset import decoded
from scorer.linkeddata import whole_letters
from scorer.markdown import read_markdown
from scorer.page import Block, BlockKind, Page, PageKind, Role
from scorer.pdf import PdfError, read_pdf
from scorer.text import READ_VERSION, read_html
from store import models
from store.archive import Archive, ArchiveError
from store.engine import session

_HTML = ("text/html", "application/xhtml", "text/plain")
_PDF = "application/pdf"

log = logging.getLogger("vetting.read")


def unread_snapshots(opened: Session, clinic_ids: Sequence[int] | None = None) -> list[int]:
    """The current snapshots whose bytes are still to be read, in order."""
    wanted = (
        select(models.Snapshot.id)
        .join(models.Page, col(models.Snapshot.page_id) == col(models.Page.id), isouter=True)
        .where(
            col(models.Snapshot.current),
            col(models.Snapshot.gone_at).is_(None),
            models.Snapshot.status < 300,
            or_(col(models.Snapshot.page_id).is_(None), models.Page.read_version != READ_VERSION),
        )
        .order_by(col(models.Snapshot.id))
    )
    if clinic_ids is not None:
        wanted = wanted.where(col(models.Snapshot.clinic_id).in_(clinic_ids))
    return [number for number in opened.exec(wanted) if number is not None]


def read_snapshots(engine: Engine, archive: Archive, numbers: Sequence[int], at_once: int = 20) -> Iterator[int]:
    """Read these snapshots and keep their pages; yields how many are done after each batch. What cannot be read is marked so."""
    for at in range(0, len(numbers), at_once):
        batch = numbers[at : at + at_once]
        with session(engine) as opened:
            for number in batch:
                snapshot = opened.get_one(models.Snapshot, number)
                clinic = opened.get_one(models.Clinic, snapshot.clinic_id)
                _keep(opened, snapshot, _read(archive, snapshot, clinic))
        yield at + len(batch)


def _read(archive: Archive, snapshot: models.Snapshot, clinic: models.Clinic) -> Page | None:
    try:
        page = _page(archive, snapshot, clinic)
        return in_whole_letters(page) if page else None
    except Exception as error:
        if not isinstance(error, ArchiveError | PdfError):
            # A fault of ours that one page brings out: raised, it would keep all other pages from being read, run after run.
            log.exception("%s: cannot be read, marked as unreadable; the run goes on", snapshot.url)
        snapshot.marks = sorted({*snapshot.marks, "unreadable"})
        return None


def _page(archive: Archive, snapshot: models.Snapshot, clinic: models.Clinic) -> Page | None:
    content_type = snapshot.content_type.lower() or "text/html"
    if content_type.startswith(_PDF):
        return read_pdf(archive.read(snapshot).body, address=snapshot.url, clinic=clinic.name)
    if content_type.startswith(_HTML):
        response = archive.read(snapshot)
        text = decoded(response.body, response.content_type)
        if is_heavy(text):
            # Markup made to hold a parser up for minutes: its words are read, without headings and parts of the page.
            words, _ = words_and_links(text, most_links=0)
            return read_markdown(" ".join(words), title="", address=snapshot.url, clinic=clinic.name)
        return read_html(text, address=snapshot.url, clinic=clinic.name)
    return None


def in_whole_letters(page: Page) -> Page:
    """The same page as files and tables take it (see whole_letters); every offset stays exact."""
    blocks = tuple(replace(block, heading_path=tuple(map(whole_letters, block.heading_path))) for block in page.blocks)
    address, title, text, clinic = map(whole_letters, (page.address, page.title, page.text, page.clinic))
    return replace(page, address=address, title=title, text=text, blocks=blocks, clinic=clinic)


def _keep(opened: Session, snapshot: models.Snapshot, page: Page | None) -> None:
    """The page's row, made or found by its digest; an unreadable snapshot gets an empty page so that it is not tried for ever."""
    page = page or Page(snapshot.url, "", PageKind.OTHER, "", ())
    digest = text_digest(page)
    row = opened.exec(
        select(models.Page).where(models.Page.clinic_id == snapshot.clinic_id, models.Page.text_digest == digest)
    ).first()
    if row is None:
        row = models.Page(clinic_id=snapshot.clinic_id, text_digest=digest)
    if row.read_version != READ_VERSION:
        row.title, row.kind, row.language = page.title[:500], page.kind.value, page.language[:16]
        row.text, row.blocks, row.read_version, row.scored_with = page.text, as_rows(page), READ_VERSION, ""
        opened.add(row)
        opened.flush()
    snapshot.page_id = row.id
    opened.add(snapshot)


def text_digest(page: Page) -> str:
    """What makes two readings one page: title, kind and text."""
    return sha256("\x00".join((page.title, page.kind.value, page.text)).encode("utf-8", "surrogatepass")).hexdigest()


def as_rows(page: Page) -> list[list[Any]]:
    """The blocks as the Page table keeps them."""
    return [[b.kind.value, b.start, b.end, list(b.heading_path), b.role.value, b.level] for b in page.blocks]


def as_page(row: Any, address: str, clinic: str) -> Page:
    """The page that a row of the Page table holds, or one with its columns title, kind, language, text and blocks."""
    blocks = tuple(
        Block(BlockKind(kind), start, end, tuple(path), Role(role), level)
        for kind, start, end, path, role, level in row.blocks
    )
    return Page(address, row.title, PageKind(row.kind), row.text, blocks, clinic, row.language)
