"""PDFs with text (consent forms, price lists, leaflets) to pages, read with pypdf; lines joined, headings told by their shape."""

import logging
import re
import struct
import zlib
from collections import Counter
from collections.abc import Iterable
from io import BytesIO

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from scorer.markdown import read_markdown
from scorer.page import Page

# A leaflet or price list is a few pages; a book of a thousand is no clinic's statement.
MOST_SHEETS = 60
_DAMAGE = (
    PyPdfError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    OSError,
    NotImplementedError,
)

_SHEET_NUMBER = re.compile(r"(?:page\s*)?\d{1,3}(?:\s*(?:/|of)\s*\d{1,3})?", re.I)
_ITEM = re.compile(r"(?:[-*•●▪◦‣–✓✔□☐]|\d{1,2}[.)]|[a-z]\))\s")
# What prices, blanks to fill in and addresses hold.
_FORM = re.compile(r"[$£€_@]|\.{3}")
_SMALL = frozenset(
    "a an and at for from in is it of on or the to with your our we my i do does will what how you are be can not".split()
)

logging.getLogger("pypdf").setLevel(logging.ERROR)


class PdfError(ValueError):
    """A PDF from which no text can be read: damaged, locked, or pictures only."""


def read_pdf(body: bytes, *, address: str = "", clinic: str = "") -> Page:
    """A page from the text of a PDF, sheet after sheet. Raises PdfError where there is none."""
    try:
        document = PdfReader(BytesIO(body))
        sheets = [sheet.extract_text() or "" for sheet in document.pages[:MOST_SHEETS]]
        title = str((document.metadata.title if document.metadata else "") or "")
    except (*_DAMAGE, zlib.error, struct.error, AssertionError) as error:
        raise PdfError(f"{address}: not a readable PDF ({error})") from error
    text = as_markdown(sheets)
    if not text:
        raise PdfError(f"{address}: the PDF holds no text (pictures only)")
    return read_markdown(text, title=title, address=address, clinic=clinic)


def as_markdown(sheets: Iterable[str]) -> str:
    """The sheets' lines as paragraphs, items and headings. Sheet numbers and lines that head or foot every sheet stand once."""
    split = [[" ".join(line.split()) for line in sheet.splitlines()] for sheet in sheets]
    everywhere = Counter(line for lines in split for line in {*lines[:2], *lines[-2:]} if line)
    repeated = {line for line, count in everywhere.items() if count >= 3 and count > len(split) / 2}
    lines: list[str] = []
    met: set[str] = set()
    for sheet in split:
        for line in sheet:
            if line in met or (line and _SHEET_NUMBER.fullmatch(line)):
                continue
            if line in repeated:
                met.add(line)
            lines.append(line)
    width = max(map(len, lines), default=0)
    paragraphs: list[str] = []
    goes_on = False
    for line in lines:
        if not line:
            goes_on = goes_on and bool(paragraphs) and paragraphs[-1][-1:] not in ".!?:"
            continue
        last = paragraphs[-1] if paragraphs else ""
        if re.search(r"[a-z][-\u00ad\u2010]$", last) and line[0].islower() and goes_on:
            paragraphs[-1] = last[:-1] + line  # a word that was cut at the end of its line
        elif (
            last
            and not last.startswith("#")
            and not _ITEM.match(line)
            and (line[0].islower() or (goes_on and last[-1] not in ".!?:"))
        ):
            paragraphs[-1] = f"{last} {line}"
        elif _is_heading(line, width):
            paragraphs.append(f"## {line}")
        else:
            paragraphs.append(line)
        goes_on = len(line) > 0.6 * width and not _FORM.search(line[-12:]) and not paragraphs[-1].startswith("#")
    return "\n\n".join(paragraphs)


def _is_heading(line: str, width: int) -> bool:
    """A short line without a full stop whose words are capital, or a short question."""
    words = re.findall(r"[^\W\d_][\w'’-]*", line)
    if not words or len(words) > 10 or len(line) > max(0.7 * width, 30) or _ITEM.match(line) or _FORM.search(line):
        return False
    if line[-1] == "?":
        return True
    if line[-1] in ".,;:!" or not line[0].isalnum():
        return False
    return all(word[0].isupper() or word.lower() in _SMALL for word in words) and len(line) > 3
