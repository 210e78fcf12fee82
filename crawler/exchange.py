"""One answer as an exchange for the archive: what was asked, what came, what was cut off."""

from http import HTTPStatus
from urllib.parse import urljoin

from scrapy.http import Response

from crawler.visit import Known, SiteVisit
from store.models import now
from store.warc_writer import Exchange, Original

# WARC's words for what cut a body short.
_TRUNCATED = {"length": "length", "time": "time", "disconnect": "disconnect", "kind": "unspecified"}
_HTML = ("text/html", "application/xhtml+xml")


def exchange_of(
    visit: SiteVisit, response: Response, original: Known | None = None, marks: list[str] | None = None
) -> Exchange:
    """The exchange of an answer; `original` is the reading that it repeats, `marks` are those of a reading, None for none."""
    request = response.request
    pairs = [(text_of(name), text_of(value)) for name, values in response.headers.items() for value in values]
    asked = [
        (text_of(name), text_of(value))
        for name, values in (request.headers.items() if request else ())
        for value in values
    ]
    try:
        reason = HTTPStatus(response.status).phrase
    except ValueError:
        reason = ""
    return Exchange(
        url=response.url,
        fetched_at=now(),
        status=response.status,
        reason=reason,
        headers=pairs,
        body=response.body,
        request_headers=[("Host", urljoin(response.url, "/").split("/")[2]), *asked],
        address=str(response.ip_address or ""),
        truncated=_TRUNCATED.get(cut_of(response), ""),
        original=None
        if original is None
        else Original(
            original.original_url, original.original_at, original.original_digest, original.file, original.offset
        ),
        not_modified=response.status == 304,
        about={
            "clinic": visit.slug,
            "visit": str(visit.visit_id),
            "fence": str(visit.lease.fence),
            "kind": "page" if marks is not None else "",
            "marks": " ".join(marks or []),
        },
    )


def cut_of(response: Response) -> str:
    """What cut the body short: length, time, disconnect, kind; empty where it is whole."""
    if cut := response.meta.get("cut", ""):
        return str(cut)
    return "disconnect" if "dataloss" in response.flags or response.status == 206 else ""


def marks_of(response: Response) -> list[str]:
    """The marks that a reading of this answer carries."""
    cut = cut_of(response)
    return ["truncated", f"truncated-by-{cut}"] if cut in ("time", "length", "disconnect") else []


def kind_of(response: Response) -> str:
    """The content type, by the bytes where they are a PDF's, and where the header says nothing that can be read."""
    declared = text_of(response.headers.get("Content-Type") or b"")
    kind = declared.partition(";")[0].strip().lower()
    if response.body[:1024].lstrip()[:5] == b"%PDF-":
        return "application/pdf"
    if kind.startswith((*_HTML, "application/pdf")):
        return declared
    start = response.body[:1000].lower()
    if b"<html" in start or b"<!doctype html" in start or b"<\x00h\x00t\x00m\x00l" in start:
        return "text/html" + (f";{declared.partition(';')[2]}" if ";" in declared else "")
    return declared or ("" if b"\x00" in start else "text/html")


def is_html(content_type: str) -> bool:
    """Whether a body of this kind is read as HTML."""
    return content_type.lower().startswith(_HTML)


def headers_of(response: Response) -> dict[str, str]:
    """Headers by name in lower case, the last of each."""
    return {text_of(name).lower(): text_of(values[-1]) for name, values in response.headers.items() if values}


def location_of(response: Response) -> str:
    """The Location header: UTF-8 where a server sends it bare (RFC 9110 wants ASCII), else Latin-1; empty for none."""
    raw = response.headers.get("Location") or b""
    try:
        return raw.decode("utf-8").strip()
    except UnicodeDecodeError:
        return text_of(raw).strip()


def text_of(raw: bytes) -> str:
    """Header bytes as text, none lost."""
    return raw.decode("latin-1")
