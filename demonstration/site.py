"""One invented clinic's website: a folder of files, and what it answers to a path.

`<!--#include "_menu.html"-->` puts another file of the folder in; files that begin with `_` are not served by themselves.
`{origin}` in robots.txt, sitemap.xml and answers.toml becomes the site's own address. `fees.pdf.txt` is served as fees.pdf.
`answers.toml` overrides paths: a table a path ("*" is every other one) with `status`, and `location` or `text`.
"""

import re
import tomllib
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from urllib.parse import unquote, urlsplit

from demonstration.pdf import make_pdf

_INCLUDE = re.compile(r'<!--#include "(_[\w.-]+)"-->')
_FOLDER = re.compile(r"(\d{1,3})-([a-z0-9-]+)")
_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".htm": "text/html",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".xml": "application/xml",
    ".txt": "text/plain; charset=utf-8",
    ".pdf": "application/pdf",
}


class WebError(RuntimeError):
    """The small web cannot be served; the message names the folder or address and the mend."""


@dataclass(frozen=True)
class Answer:
    """One HTTP answer; its headers without Date, Server and Content-Length."""

    status: int
    headers: dict[str, str]
    body: bytes = b""


class Site:
    """The website in one folder, called `NUMBER-name`; the number makes its address (see demonstration/server.py)."""

    def __init__(self, folder: Path) -> None:
        """Raises WebError for a folder whose name or answers.toml cannot be used."""
        match = _FOLDER.fullmatch(folder.name)
        if match is None or not 1 <= int(match[1]) <= 254:
            raise WebError(f"{folder}: name it like 41-clear-creek, with a number from 1 to 254")
        self.folder = folder
        self.number, self.name = int(match[1]), match[2]
        self.origin = ""
        self._overrides: dict[str, dict[str, object]] = {}
        overrides = folder / "answers.toml"
        if overrides.exists():
            try:
                self._overrides = tomllib.loads(overrides.read_text(encoding="utf-8"))
            except tomllib.TOMLDecodeError as error:
                raise WebError(f"{overrides}: no TOML ({error})") from error

    def answer(self, target: str, asked: dict[str, str]) -> Answer:
        """The answer to a GET of `target`; `asked` holds the request's headers by lower-case name.

        A file has an ETag and a Last-Modified, and a client that has it already gets 304 (RFC 9110, section 13).
        """
        path = unquote(urlsplit(target).path)
        override = self._overrides.get(path) or self._overrides.get("*")
        if override is not None:
            return self._overridden(override)
        file = self._file(path)
        if file is None:
            lost = b"<!doctype html><title>Page not found</title><h1>Page not found</h1>"
            return Answer(HTTPStatus.NOT_FOUND, {"Content-Type": _KINDS[".html"]}, lost)
        body, modified = self._read(file)
        suffix = file.suffixes[-2] if file.name.endswith(".pdf.txt") else file.suffix
        headers = {
            "Content-Type": _KINDS[suffix],
            "ETag": f'"{sha256(body).hexdigest()[:20]}"',
            "Last-Modified": formatdate(modified, usegmt=True),
            "Cache-Control": "no-cache",
        }
        if _has_it(headers, modified, asked):
            return Answer(HTTPStatus.NOT_MODIFIED, headers)
        return Answer(HTTPStatus.OK, headers, body)

    def _overridden(self, override: dict[str, object]) -> Answer:
        headers = {"Content-Type": _KINDS[".txt"]}
        if "location" in override:
            headers["Location"] = str(override["location"]).replace("{origin}", self.origin)
        return Answer(int(str(override["status"])), headers, str(override.get("text", "")).encode())

    def _file(self, path: str) -> Path | None:
        parts = [part for part in path.split("/") if part]
        if any(part.startswith(("_", ".")) or "\\" in part for part in parts) or parts == ["answers.toml"]:
            return None
        plain = self.folder.joinpath(*parts)
        candidates = [plain / "index.html"]
        if not path.endswith("/"):
            candidates += [plain, plain.with_name(f"{plain.name}.html")]
        if path.endswith(".pdf"):
            candidates.append(plain.with_name(f"{plain.name}.txt"))
        return next((file for file in candidates if file.is_file() and file.suffix in _KINDS), None)

    def _read(self, file: Path) -> tuple[bytes, float]:
        """The bytes to send and when the youngest of their files changed, in whole seconds since 1970."""
        times = [file.stat().st_mtime]
        text = file.read_text(encoding="utf-8")
        if file.name.endswith(".pdf.txt"):
            return make_pdf(text), int(times[0])
        for name in _INCLUDE.findall(text):
            part = self.folder / name
            text = text.replace(f'<!--#include "{name}"-->', part.read_text(encoding="utf-8").rstrip("\n"))
            times.append(part.stat().st_mtime)
        if file.name in ("robots.txt", "sitemap.xml"):
            text = text.replace("{origin}", self.origin)
        return text.encode(), int(max(times))


def _has_it(headers: dict[str, str], modified: float, asked: dict[str, str]) -> bool:
    if "if-none-match" in asked:
        return headers["ETag"] in [tag.strip().removeprefix("W/") for tag in asked["if-none-match"].split(",")]
    try:
        since = parsedate_to_datetime(asked.get("if-modified-since", ""))
    except ValueError:
        return False
    return modified <= since.timestamp()
