"""`vetting check`: pages from files or addresses to findings, with no database."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from jobs.fetch import fetch
from jobs.read import in_whole_letters
from scorer.findings import Judge
from scorer.linkeddata import whole_letters
from scorer.markdown import read_markdown
from scorer.page import Page
from scorer.pdf import PdfError, read_pdf
from scorer.text import read_body, read_html
from scorer.verdicts import Finding
from store.settings import Settings


class InputError(ValueError):
    """An input that cannot be read; the message names it, the line where there is one, and the mend."""


@dataclass(frozen=True, slots=True)
class Input:
    """One page to check: where it came from, what the caller calls it, and what kind of publisher wrote it, where that is known."""

    source: str
    page: Page
    id: str = ""
    kind: str = ""


def inputs(names: Iterable[str], settings: Settings, *, clinic: str = "") -> Iterator[Input]:
    """The pages of files (.html .htm .txt .md .pdf .jsonl .warc .warc.gz) and http(s) addresses, in order.

    Raises InputError for what cannot be read, FetchError for an address that does not answer.
    """
    for name in names:
        if name.startswith(("http://", "https://")):
            response = fetch(name, settings)
            yield _input(name, _read(response.body, response.content_type, response.url, clinic, name))
            continue
        path = Path(name)
        if not path.exists():
            raise InputError(
                f"{name}: there is no such file; give a file or an address that begins with http:// or https://"
            )
        if path.is_dir():
            yield from inputs(
                (str(inner) for inner in sorted(path.iterdir()) if inner.is_file()), settings, clinic=clinic
            )
        elif path.suffix == ".jsonl":
            yield from lines(path)
        elif name.endswith((".warc", ".warc.gz")):
            yield from _archived(path, clinic)
        elif path.suffix in (".html", ".htm", ".txt", ".md", ".pdf"):
            yield _input(name, _file(path, clinic))
        else:
            raise InputError(
                f"{name}: {path.suffix or 'a file without ending'} is not read here; use .html .txt .md .pdf .jsonl .warc.gz"
            )


def lines(path: Path) -> Iterator[Input]:
    """The pages of a JSON lines file: {"id", "clinic", "title", "path", "text" or "html"} a line."""
    if not path.is_file():
        raise InputError(f"{path}: there is no such file; give a file with one page as JSON a line")
    with path.open(encoding="utf-8") as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except ValueError as error:
                raise InputError(f"{path}:{number}: not JSON ({error}); write one object a line") from error
            if not isinstance(record, dict) or not isinstance(record.get("text", record.get("html")), str):
                raise InputError(f'{path}:{number}: needs a "text" or an "html" that is a string')
            yield _input(
                f"{path}:{number}", _record(record), str(record.get("id", number)), str(record.get("kind") or "")
            )


def as_json(judge: Judge, given: Input) -> dict[str, Any]:
    """What was found on a page, as design.md gives it; silent criteria are left out."""
    return {
        "id": given.id or given.source,
        "clinic": given.page.clinic,
        "findings": [
            {
                "criterion": finding.criterion,
                "verdict": finding.verdict.value,
                "quotes": _quotes(finding),
                "confidence": finding.confidence.value,
            }
            for finding in judge.find(given.page)
        ],
    }


def _input(source: str, page: Page, name: str = "", kind: str = "") -> Input:
    """All that is given comes through here, so that it can be judged and printed whatever letters JSON, PDFs and names of files hold."""
    return Input(whole_letters(source), in_whole_letters(page), whole_letters(name), whole_letters(kind))


def _quotes(finding: Finding) -> list[str]:
    """The quotes that carry the finding's verdict."""
    return [evidence.quote for evidence in finding.evidence if evidence.verdict is finding.verdict]


def _record(record: dict[str, Any]) -> Page:
    clinic, address, title = (str(record.get(key) or "") for key in ("clinic", "path", "title"))
    if isinstance(record.get("text"), str):
        return read_markdown(record["text"], title=title, address=address, clinic=clinic)
    return read_html(record["html"], address=address, clinic=clinic)


def _file(path: Path, clinic: str) -> Page:
    body = path.read_bytes()
    if path.suffix == ".pdf":
        return _read(body, "application/pdf", str(path), clinic, str(path))
    if path.suffix in (".html", ".htm"):
        if b"<" not in body:
            raise InputError(f"{path}: holds no HTML (no tag in it); name it .txt if it is plain text")
        return read_body(body, address=path.name, clinic=clinic)
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("cp1252", errors="replace")
    first = next((line.strip("# \t") for line in text.splitlines() if line.strip()), "")
    return read_markdown(text, title=first[:120], address="", clinic=clinic)


def _read(body: bytes, content_type: str, address: str, clinic: str, source: str) -> Page:
    try:
        if content_type.startswith("application/pdf"):
            return read_pdf(body, address=address, clinic=clinic)
    except PdfError as error:
        raise InputError(f"{source}: {error}") from error
    return read_body(body, content_type=content_type, address=address, clinic=clinic)


def _archived(path: Path, clinic: str) -> Iterator[Input]:
    with path.open("rb") as stream:
        try:
            for record in ArchiveIterator(stream):
                if record.rec_type != "response" or record.http_headers is None:
                    continue
                content_type = record.http_headers.get_header("Content-Type") or "text/html"
                if content_type.startswith(("text/html", "application/xhtml", "application/pdf")):
                    address = record.rec_headers.get_header("WARC-Target-URI")
                    body = record.content_stream().read()
                    yield _input(address, _read(body, content_type, address, clinic, f"{path}: {address}"))
        except ArchiveLoadFailed as error:
            raise InputError(f"{path}: not a WARC file ({error})") from error
