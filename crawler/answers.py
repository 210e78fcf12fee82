"""What one answer gives: an exchange for the archive, perhaps a reading of the clinic, and addresses for the frontier."""

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import urljoin

from scrapy.http import Response

from crawler.address import page_key, tidy, website
from crawler.items import Fetched, Vanished
from crawler.reading import PageSays, read_html, robots_words
from crawler.sitemap import read_sitemap
from crawler.visit import Candidate, Known, SiteVisit
from crawler.walls import wall
from store.archive import Archive, ArchiveError, ArchiveSpot
from store.models import Outcome, now
from store.warc_writer import Exchange, Original, payload_digest

TRUNCATED = {"length": "length", "time": "time"}


class Answers:
    """Reads answers; keeps no state of its own, the visit has it."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def conditions(self, visit: SiteVisit, candidate: Candidate) -> dict[str, str]:
        """The validators of the reading before (RFC 9110 section 13.1), for an address that was read before."""
        known = visit.known.get(page_key(candidate.url)) if candidate.kind == "page" else None
        if known is None or known.url != candidate.url or not known.file:
            return {}
        headers = {"If-None-Match": known.etag} if known.etag else {}
        return headers | ({"If-Modified-Since": known.last_modified} if known.last_modified else {})

    def is_wall(self, response: Response) -> bool:
        """Whether the answer is a bot wall's."""
        return bool(wall(response.status, _lower(response), response.body, None))

    def read(self, visit: SiteVisit, candidate: Candidate, response: Response) -> Iterator[Any]:
        """The items of one answer."""
        location = response.headers.get("Location")
        if response.status == 304:
            yield from self._unchanged(visit, candidate, response)
        elif 300 <= response.status < 400 and location:
            yield self.exchange_item(visit, response)
            target = tidy(_text(location), candidate.url)
            known = visit.known.get(page_key(candidate.url))
            if (
                known is not None
                and response.status in (301, 308)
                and target
                and page_key(target) != page_key(known.url)
            ):
                yield Vanished(visit, known)  # moved for good: the reading goes on under the new address
            self._redirected(visit, candidate, _text(location), bool(response.headers.get("Set-Cookie")))
        elif response.status >= 400 or not 200 <= response.status < 300:
            yield self.exchange_item(visit, response)
            yield from self._refused(visit, candidate, response)
        elif candidate.kind == "sitemap":
            yield self.exchange_item(visit, response)
            self._sitemap(visit, response)
        elif response.meta.get("cut") == "kind":
            visit.note("not-text", candidate.url, _text(response.headers.get("Content-Type") or b""))
        elif not response.body.strip(b"\x00 \t\r\n"):
            yield self.exchange_item(visit, response)
            visit.note("empty", candidate.url)
            if visit.is_start(candidate):
                visit.start_failure = (Outcome.EMPTY, "answered with an empty body")
        else:
            yield from self._page(visit, candidate, response)

    def exchange_item(self, visit: SiteVisit, response: Response, original: Known | None = None) -> Fetched:
        """Any exchange, for the archive."""
        return Fetched(visit, _exchange(visit, response, original))

    def _unchanged(self, visit: SiteVisit, candidate: Candidate, response: Response) -> Iterator[Any]:
        known = visit.known.get(page_key(candidate.url))
        if known is None:
            yield self.exchange_item(visit, response)
            visit.note("error", candidate.url, "answered 304 to a request without conditions")
            return
        yield self._repeat(visit, known, response)
        try:
            copy = self._archive.read(ArchiveSpot(known.file, known.offset))
        except ArchiveError as error:
            visit.note("error", candidate.url, str(error))
            return
        if _is_html(copy.content_type, copy.body):
            said = read_html(copy.body, copy.content_type, candidate.url)
            self._follow(visit, said)

    def _repeat(self, visit: SiteVisit, known: Known, response: Response) -> Fetched:
        visit.pages += 1
        visit.counts["unchanged"] += 1
        self._tally_marks(visit, known.url, known.marks)
        visit.texts.add(known.text_digest or known.digest)
        return Fetched(
            visit,
            _exchange(visit, response, known, list(known.marks)),
            is_page=True,
            content_type=known.content_type,
            text_digest=known.text_digest,
            repeats=known,
            replaces=known,
            marks=list(known.marks),
        )

    def _redirected(self, visit: SiteVisit, candidate: Candidate, location: str, cookie: bool) -> None:
        refusal = visit.redirect(candidate, location, cookie=cookie)
        if refusal in ("", "known"):
            return
        visit.note(refusal, candidate.url, f"redirects to {location}")
        if visit.is_start(candidate):
            if refusal == "foreign":
                visit.redirected_to = tidy(location, candidate.url) or location
            elif visit.start_failure is None:
                outcome = Outcome.TRAP if refusal == "trap" else Outcome.ERROR
                visit.start_failure = (outcome, f"redirects in a circle or to nowhere: {location[:200]}")

    def _refused(self, visit: SiteVisit, candidate: Candidate, response: Response) -> Iterator[Any]:
        status = response.status
        if candidate.kind == "sitemap":
            visit.counts["no-sitemap"] += 1
            return
        mark = wall(status, _lower(response), response.body, None)
        known = visit.known.get(page_key(candidate.url))
        if mark or status == 429:
            cause, outcome = "blocked", Outcome.BLOCKED
        elif status >= 500:
            cause, outcome = "http-5xx", Outcome.HTTP_5XX
        else:
            cause, outcome = "http-4xx", Outcome.GONE if status in (404, 410) else Outcome.HTTP_4XX
            if status in (404, 410) and known is not None:
                yield Vanished(visit, known)
                cause = "gone"
        visit.note(cause, candidate.url, f"{status} {mark}".strip())
        if visit.is_start(candidate) and visit.start_failure is None:
            visit.start_failure = (
                outcome,
                f"{candidate.url} answered {status}{' from a bot wall: ' + mark if mark else ''}",
            )

    def _sitemap(self, visit: SiteVisit, response: Response) -> None:
        sitemaps, pages = read_sitemap(response.body)
        for url in sitemaps:
            visit.offer_sitemap(url)
        for url in pages:
            visit.offer(url)
        visit.counts["sitemap-entries"] += len(pages)

    def _page(self, visit: SiteVisit, candidate: Candidate, response: Response) -> Iterator[Any]:
        content_type = _text(response.headers.get("Content-Type") or b"")
        headers = _lower(response)
        rendered = response.meta.get("rendered")
        if rendered:
            yield self.exchange_item(visit, response)
            response = response.replace(body=rendered)
            content_type = "text/html; charset=utf-8"
            response.headers["Content-Type"] = content_type
        directives = robots_words([_text(value) for value in response.headers.getlist("X-Robots-Tag")])
        marks = [*_marks(response), *(["rendered"] if rendered else [])]
        said = PageSays()
        if _is_html(content_type, response.body):
            said = read_html(response.body, content_type, response.url)
            directives |= said.robots
            mark = wall(response.status, headers, response.body, said.words)
            if mark:
                yield self.exchange_item(visit, response)
                visit.note("blocked", candidate.url, mark)
                if visit.is_start(candidate):
                    visit.start_failure = (Outcome.BLOCKED, f"{candidate.url} shows a bot wall: {mark}")
                return
        known = visit.known.get(page_key(candidate.url))
        if "nofollow" not in directives:
            self._follow(visit, said)
        if said.refresh and self._refreshed(visit, candidate, said):
            yield self.exchange_item(visit, response)
            return
        text_digest = said.text_digest or payload_digest(response.body)
        skipped = ""
        if "noindex" in directives:
            skipped = "noindex"
        elif said.looks_lost:
            skipped = "soft-404"
        elif text_digest in visit.texts:
            skipped = "duplicate"
        if skipped:
            yield self.exchange_item(visit, response)
            visit.note(skipped, candidate.url)
            if known is not None and skipped != "duplicate":
                yield Vanished(visit, known)
            if visit.is_start(candidate) and visit.start_failure is None:
                visit.start_failure = (Outcome.EMPTY, f"{candidate.url} is not to be read: {skipped}")
            return
        visit.texts.add(text_digest)
        if known is not None and known.file and known.text_digest == text_digest:
            yield self._repeat(visit, known, response)
            return
        marks += [word for word in ("noarchive",) if word in directives]
        marks += ["needs-javascript"] if said.needs_javascript else []
        marks += ["login"] if said.asks_password and said.words < 60 else []
        self._tally(visit, candidate, known, marks)
        yield Fetched(
            visit,
            _exchange(visit, response, None, marks),
            is_page=True,
            content_type=content_type,
            text_digest=text_digest,
            replaces=known,
            marks=marks,
        )

    def _tally(self, visit: SiteVisit, candidate: Candidate, known: Known | None, marks: list[str]) -> None:
        visit.pages += 1
        visit.counts["stored"] += 1
        visit.counts["changed"] += 1
        visit.counts["new"] += known is None
        self._tally_marks(visit, candidate.url, marks)
        if "truncated-by-time" in marks:
            visit.failures += 1

    def _tally_marks(self, visit: SiteVisit, url: str, marks: Iterable[str]) -> None:
        for mark in marks:
            visit.note(mark, url) if mark not in ("noarchive", "rendered") else visit.counts.update([mark])
        visit.counts["unreadable"] += "needs-javascript" in marks or "login" in marks

    def _refreshed(self, visit: SiteVisit, candidate: Candidate, said: PageSays) -> bool:
        """A page that is only a signpost: short, and refreshing to elsewhere. Whether it was followed."""
        if said.words > 120 or page_key(said.refresh) == page_key(candidate.url):
            return False
        self._redirected(visit, candidate, said.refresh, cookie=False)
        return True

    def _follow(self, visit: SiteVisit, said: PageSays) -> None:
        english = next((url for code, url in said.alternates.items() if code.startswith("en")), "")
        if english and website(tidy(english) or "") in visit.websites:
            visit.offer(english, bonus=60)
            for code, url in said.alternates.items():
                if not code.startswith("en") and code != "x-default" and page_key(url) != page_key(english):
                    visit.skip(url, "other-language")
        other = bool(english) and bool(said.language) and not said.language.startswith("en")
        if said.canonical:
            visit.offer(said.canonical, bonus=5)
        for link in said.links:
            visit.offer(link.url, link.text, bonus=-150 if other else 0)


def _exchange(visit: SiteVisit, response: Response, original: Known | None, marks: list[str] | None = None) -> Exchange:
    request = response.request
    pairs = [(_text(name), _text(value)) for name, values in response.headers.items() for value in values]
    asked = [
        (_text(name), _text(value)) for name, values in (request.headers.items() if request else ()) for value in values
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
        truncated=TRUNCATED.get(response.meta.get("cut", ""), "disconnect" if "dataloss" in response.flags else ""),
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


def _marks(response: Response) -> list[str]:
    cut = response.meta.get("cut", "") or ("disconnect" if "dataloss" in response.flags else "")
    return ["truncated", f"truncated-by-{cut}"] if cut in ("time", "length", "disconnect") else []


def _is_html(content_type: str, body: bytes) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    if body[:5] == b"%PDF-" or kind == "application/pdf":
        return False
    if "html" in kind:
        return True
    start = body[:1000].lower()
    return kind in ("", "application/octet-stream", "text/plain", "text/xml", "application/xml") and (
        b"<html" in start or b"<!doctype html" in start or b"<\x00h\x00t\x00m\x00l" in start
    )


def _lower(response: Response) -> dict[str, str]:
    return {_text(name).lower(): _text(values[-1]) for name, values in response.headers.items() if values}


def _text(raw: bytes) -> str:
    return raw.decode("latin-1")
