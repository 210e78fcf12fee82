"""PDFs with text (consent forms, price lists, leaflets) to pages, read with pypdf."""

import logging
from io import BytesIO

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from scorer.markdown import read_markdown
from scorer.page import Page

# A leaflet or price list is a few pages; a book of a thousand is no clinic's statement.
MOST_SHEETS = 60

logging.getLogger("pypdf").setLevel(logging.ERROR)


class PdfError(ValueError):
    """A PDF from which no text can be read: damaged, locked, or pictures only."""


def read_pdf(body: bytes, *, address: str = "", clinic: str = "") -> Page:
    """A page from the text of a PDF, sheet after sheet. Raises PdfError where there is none."""
    try:
        document = PdfReader(BytesIO(body))
        sheets = [sheet.extract_text() or "" for sheet in document.pages[:MOST_SHEETS]]
        title = str((document.metadata and document.metadata.title) or "")
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError) as error:
        raise PdfError(f"{address}: not a readable PDF ({error})") from error
    text = "\n\n".join(sheet.strip() for sheet in sheets if sheet.strip())
    if not text:
        raise PdfError(f"{address}: the PDF holds no text (pictures only)")
    return read_markdown(text, title=title, address=address, clinic=clinic)
