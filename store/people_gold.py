"""Gold pages: labelled by two readers who do not see each other's labels, then settled; read and written in the gold format."""

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from pydantic import BaseModel, Field, ValidationError
from sqlmodel import Session, col, select

from store.models import now
from store.people import GoldPage, GoldReading
from store.people_audit import note

READERS = 2
LONGEST_PAGE = 200_000
SILENT = "silent"
Labels = Mapping[str, Mapping[str, Any]]


class _Label(BaseModel):
    verdict: str
    quotes: list[str]


class _Record(BaseModel):
    """One line of a gold file (docs/gold.md); `decided` is what only decisions on single sentences have (jobs/decided.py)."""

    text: str
    id: str = Field("", coerce_numbers_to_str=True)
    clinic: str = ""
    kind: str = "clinic"
    title: str = ""
    path: str = ""
    labels: dict[str, _Label] | None = None
    readers: dict[str, list[str]] | None = None
    decided: list[str] | None = None


class GoldError(ValueError):
    """A label or record that cannot be kept; the message says why."""


def add_page(
    opened: Session, *, clinic: str, title: str, path: str, text: str, who: str, kind: str = "clinic", key: str = ""
) -> GoldPage:
    """Put a page among those to be labelled; one with the same text (or id) is not added twice."""
    text = text.replace("\x00", "").replace("\r\n", "\n")
    if not text.strip() or len(text) > LONGEST_PAGE:
        raise GoldError(f"a page needs text, at most {LONGEST_PAGE} characters")
    key = key or sha256(text.encode()).hexdigest()[:12]
    kept = opened.exec(select(GoldPage).where(GoldPage.key == key)).first()
    if kept is not None:
        return kept
    page = GoldPage(
        key=key, clinic=clinic[:200], kind=kind[:40], title=title[:500], path=path[:500], text=text, added_by=who
    )
    opened.add(page)
    opened.flush()
    note(opened, who, "gold page added", f"gold {page.id}", key=key)
    return page


def reading_of(opened: Session, page: GoldPage, who: str) -> GoldReading:
    """This person's labels of a page; where there are none, new ones that take a seat when they are first kept.

    Raises GoldError where two others read it already.
    """
    assert page.id is not None
    readings = readings_of(opened, page)
    mine = next((one for one in readings if one.reader == who), None)
    if mine is None:
        if page.settled_at or len(readings) >= READERS:
            raise GoldError("two readers have this page already")
        mine = GoldReading(gold_page_id=page.id, reader=who)
    return mine


def readings_of(opened: Session, page: GoldPage) -> list[GoldReading]:
    """All readings of a page; only for counting before both have finished."""
    return list(
        opened.exec(select(GoldReading).where(GoldReading.gold_page_id == page.id).order_by(col(GoldReading.id)))
    )


def label(
    opened: Session,
    page: GoldPage,
    mine: GoldReading,
    *,
    criterion: str,
    verdict: str,
    quote: str,
    allowed: Mapping[str, list[str]],
) -> None:
    """Add a quote and verdict to one's labels; "silent" takes the criterion's label away.

    Raises GoldError for a finished reading, a verdict that the criterion cannot have, a quote that is not exactly in the page.
    """
    if mine.finished_at:
        raise GoldError("you have finished this page")
    labels = {name: dict(value) for name, value in mine.labels.items()}
    if verdict == SILENT:
        labels.pop(criterion, None)
    else:
        if verdict not in allowed.get(criterion, []):
            raise GoldError("choose a criterion and one of its verdicts")
        exact = _exact(page.text, quote)
        before = labels.get(criterion, {})
        quotes = list(before.get("quotes", [])) if before.get("verdict") == verdict else []
        labels[criterion] = {"verdict": verdict, "quotes": quotes if exact in quotes else [*quotes, exact]}
    mine.labels = labels
    opened.add(mine)
    # The log has no word of what was labelled: who reads it may be the other reader.
    note(opened, mine.reader, "gold label taken away" if verdict == SILENT else "gold label kept", f"gold {page.id}")


def finish(opened: Session, page: GoldPage, mine: GoldReading) -> None:
    """Close one's reading; once both have finished and agree on every criterion, the page is settled."""
    mine.finished_at = now()
    opened.add(mine)
    opened.flush()
    note(opened, mine.reader, "gold page read", f"gold {page.id}")
    readings = readings_of(opened, page)
    if is_read(readings) and not differing(readings):
        settle(opened, page, {}, "both readers agree")


def is_read(readings: list[GoldReading]) -> bool:
    """Whether both readers have finished."""
    return len(readings) == READERS and all(one.finished_at for one in readings)


def differing(readings: list[GoldReading]) -> list[str]:
    """The criteria on which the two verdicts differ."""
    one, other = (reading.labels for reading in readings)
    return sorted(c for c in {*one, *other} if _verdict(one, c) != _verdict(other, c))


def settle(opened: Session, page: GoldPage, chosen: Mapping[str, str], who: str) -> None:
    """Settle a page: agreed labels as they are, differing ones as chosen ("0" or "1": which reader is right).

    Raises GoldError where a choice is missing, or not both have finished.
    """
    readings = readings_of(opened, page)
    if not is_read(readings):
        raise GoldError("both readers must have finished first")
    different = differing(readings)
    if missing := [c for c in different if chosen.get(c) not in ("0", "1")]:
        raise GoldError(f"choose who is right on: {', '.join(missing)}")
    labels: dict[str, Any] = {}
    for criterion in sorted({*readings[0].labels, *readings[1].labels}):
        right = readings[int(chosen[criterion])] if criterion in different else readings[0]
        if criterion in right.labels:
            labels[criterion] = right.labels[criterion]
    page.labels, page.settled_at, page.settled_by = labels, now(), who
    page.readers = {c: [_verdict(one.labels, c) for one in readings] for c in different}
    opened.add(page)
    note(opened, who, "gold page settled", f"gold {page.id}", differed=different)


def verdict_pairs(opened: Session) -> dict[str, list[tuple[str, str]]]:
    """Both readers' verdicts on every page that both have finished, by criterion: what kappa is counted from."""
    by_page: dict[int, list[GoldReading]] = {}
    for reading in opened.exec(
        select(GoldReading).where(col(GoldReading.finished_at).is_not(None)).order_by(col(GoldReading.id))
    ):
        by_page.setdefault(reading.gold_page_id, []).append(reading)
    both = [(r[0].labels, r[1].labels) for r in by_page.values() if len(r) == READERS]
    criteria = {c for pair in both for labels in pair for c in labels}
    return {c: [(_verdict(one, c), _verdict(other, c)) for one, other in both] for c in sorted(criteria)}


def gold_pages(opened: Session) -> list[GoldPage]:
    """The settled pages."""
    return list(opened.exec(select(GoldPage).where(col(GoldPage.settled_at).is_not(None)).order_by(col(GoldPage.id))))


def exported_gold(opened: Session) -> Iterator[str]:
    """The settled pages in the gold format, one JSON object a line."""
    for page in gold_pages(opened):
        record = {
            "id": page.key, "clinic": page.clinic, "kind": page.kind, "title": page.title, "path": page.path, "text": page.text,
            "labels": page.labels, **({"readers": page.readers} if page.readers else {}),
        }  # fmt: skip
        yield json.dumps(record, ensure_ascii=False) + "\n"


def import_gold(opened: Session, text: str, who: str, allowed: Mapping[str, list[str]]) -> tuple[int, int]:
    """Take gold records in: with labels they count as settled; without, or with decisions on single sentences alone, they wait to be
    labelled by two readers. Returns (settled, to label).

    Raises GoldError with the line for anything that is no gold record; then nothing is kept (the caller's transaction ends).
    """
    settled = waiting = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            record = _Record.model_validate_json(line)
        except ValidationError as error:
            fault = error.errors()[0]
            place = ".".join(map(str, fault["loc"])) or "it"
            raise GoldError(f"line {number}: no gold record: {place}: {fault['msg']}") from error
        for criterion, label in (record.labels or {}).items():
            if label.verdict not in allowed.get(criterion, []) or not all(q in record.text for q in label.quotes):
                raise GoldError(
                    f"line {number}: {criterion}: unknown criterion or verdict, or a quote that is not exactly in the text"
                )
        page = add_page(
            opened, clinic=record.clinic, title=record.title, path=record.path, text=record.text, who=who, kind=record.kind,
            key=record.id[:100],
        )  # fmt: skip
        # Decisions on single sentences label no page whole: a criterion that nobody looked at would count as silent.
        if record.labels is None or record.decided is not None:
            waiting += page.settled_at is None
        elif page.settled_at is None:
            page.labels, page.readers, page.settled_at, page.settled_by = (
                {criterion: label.model_dump() for criterion, label in record.labels.items()},
                record.readers or {},
                now(),
                f"import by {who}",
            )
            opened.add(page)
            settled += 1
    note(opened, who, "gold imported", "", settled=settled, waiting=waiting)
    return settled, waiting


def _verdict(labels: Labels, criterion: str) -> str:
    return str(labels[criterion]["verdict"]) if criterion in labels else SILENT


def _exact(text: str, quote: str) -> str:
    """The quote as it stands in the page: a browser's selection may have other white space."""
    quote = quote.strip()
    if not quote:
        raise GoldError("select the sentence in the page, or paste it")
    if quote in text:
        return quote
    words, at = quote.split(), 0
    for start in range(len(text)):
        if text.startswith(words[0], start):
            at = start
            for word in words:
                while at < len(text) and text[at].isspace():
                    at += 1
                if not text.startswith(word, at):
                    break
                at += len(word)
            else:
                return text[start:at]
    raise GoldError("these words are not exactly in the page")
