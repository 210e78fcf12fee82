"""What one answer gives: an exchange for the archive, perhaps a reading of the clinic, and addresses for the frontier."""

from collections.abc import Iterable, Iterator
from typing import Any

from scrapy.http import Response

from crawler.address import page_key, tidy, website
from crawler.directives import robots_words
from crawler.exchange import exchange_of, headers_of, is_html, kind_of, location_of, marks_of, text_of
from crawler.items import Fetched
from crawler.limits import is_page
from crawler.reading import PageSays, read_copy, read_html, refresh_target
from crawler.sitemap import read_sitemap
from crawler.visit import Candidate, Known, SiteVisit
from crawler.walls import wall
from store.archive import Archive, ArchiveError, ArchiveSpot
from store.models import Outcome
from store.warc_writer import payload_digest

# What a visit that reads nothing ends in, by what its start was; anything else is empty.
_OUTCOMES = {"noindex": Outcome.ROBOTS_DISALLOWED, "parked": Outcome.GONE}


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
        return bool(wall(response.status, headers_of(response), response.body, None))

    def read(self, visit: SiteVisit, candidate: Candidate, response: Response) -> Iterator[Any]:
        """The items of one answer."""
        location = location_of(response)
        if response.status == 304:
            yield from self._unchanged(visit, candidate, response)
        elif 300 <= response.status < 400 and location:
            yield self.exchange_item(visit, response)
            target = tidy(location, candidate.url)
            known = visit.known.get(page_key(candidate.url))
            if (
                known is not None
                and response.status in (301, 308)
                and target
                and website(target) in visit.websites
                and page_key(target) != page_key(known.url)
            ):
                visit.vanish(known)  # moved for good: the reading goes on under the new address
            self._redirected(visit, candidate, location)
        elif response.status >= 400 or not 200 <= response.status < 300:
            yield self.exchange_item(visit, response)
            self._refused(visit, candidate, response)
        elif candidate.kind == "sitemap":
            yield self.exchange_item(visit, response)
            self._sitemap(visit, response)
        elif response.meta.get("cut") == "kind" or not is_page(kind_of(response), response.body):
            yield self.exchange_item(visit, response)
            self._skipped(visit, candidate, "no-page", text_of(response.headers.get("Content-Type") or b""))
        elif not response.body.strip(b"\x00 \t\r\n"):
            yield self.exchange_item(visit, response)
            visit.note("empty", candidate.url)
            if visit.is_start(candidate):
                visit.start_failure = (Outcome.EMPTY, "answered with an empty body")
        else:
            yield from self._page(visit, candidate, response)

    def exchange_item(self, visit: SiteVisit, response: Response, original: Known | None = None) -> Fetched:
        """Any exchange, for the archive."""
        return Fetched(visit, exchange_of(visit, response, original))

    def _unchanged(self, visit: SiteVisit, candidate: Candidate, response: Response) -> Iterator[Any]:
        known = visit.known.get(page_key(candidate.url))
        if known is None:
            yield self.exchange_item(visit, response)
            self._failed_start(visit, candidate, Outcome.ERROR, "answered 304 to a request without conditions")
            visit.note("error", candidate.url, "answered 304 to a request without conditions")
            return
        said = PageSays()
        try:
            copy = self._archive.read(ArchiveSpot(known.file, known.offset))
            said = read_copy(copy, candidate.url) if is_html(known.content_type) else said
        except ArchiveError as error:
            visit.note("error", candidate.url, str(error))
        directives = _tags(response) | said.robots
        if "nofollow" not in directives:
            self._follow(visit, said)
        if "noindex" in directives:
            yield self.exchange_item(visit, response)
            self._skipped(visit, candidate, "noindex")
            return
        yield self._repeat(visit, known, response)

    def _repeat(self, visit: SiteVisit, known: Known, response: Response) -> Fetched:
        visit.pages += 1
        visit.counts["unchanged"] += 1
        self._tally_marks(visit, known.url, known.marks)
        visit.read(known.url, known.text_digest or known.digest)
        return Fetched(
            visit,
            exchange_of(visit, response, known, list(known.marks)),
            is_page=True,
            content_type=known.content_type,
            text_digest=known.text_digest,
            repeats=known,
            replaces=known,
            marks=list(known.marks),
        )

    def _redirected(self, visit: SiteVisit, candidate: Candidate, location: str) -> None:
        refusal = visit.redirect(candidate, location)
        if refusal in ("", "known"):
            return
        visit.note(refusal, candidate.url, f"redirects to {location}")
        target = tidy(location, candidate.url) or location
        if refusal == "foreign" and visit.is_start(candidate):
            visit.redirected_to = target
        elif refusal == "acting-link":
            self._failed_start(visit, candidate, Outcome.BLOCKED, f"leads to a login or another act: {target[:200]}")
        else:
            outcome = Outcome.TRAP if refusal == "trap" else Outcome.ERROR
            self._failed_start(visit, candidate, outcome, f"redirects in a circle or to nowhere: {location[:200]}")

    def _failed_start(self, visit: SiteVisit, candidate: Candidate, outcome: Outcome, detail: str) -> None:
        """The first reason why the start of a visit gave nothing."""
        if visit.is_start(candidate) and visit.start_failure is None:
            visit.start_failure = (outcome, detail)

    def _skipped(
        self, visit: SiteVisit, candidate: Candidate, cause: str, detail: str = "", *, vanishes: bool = True
    ) -> None:
        """An answer that is no reading of the clinic; what was read at its address before `vanishes` with it."""
        visit.note(cause, candidate.url, detail)
        known = visit.known.get(page_key(candidate.url))
        if known is not None and vanishes:
            visit.vanish(known)
        outcome = _OUTCOMES.get(cause, Outcome.EMPTY)
        said = f"{cause}: {detail}" if detail else cause
        self._failed_start(visit, candidate, outcome, f"{candidate.url} is not to be read: {said}")

    def _refused(self, visit: SiteVisit, candidate: Candidate, response: Response) -> None:
        status = response.status
        if candidate.kind == "sitemap":
            visit.counts["no-sitemap"] += 1
            return
        mark = wall(status, headers_of(response), response.body, None)
        known = visit.known.get(page_key(candidate.url))
        if mark or status == 429:
            cause, outcome = "blocked", Outcome.BLOCKED
        elif status >= 500:
            cause, outcome = "http-5xx", Outcome.HTTP_5XX
        elif status < 400:
            cause, outcome = "error", Outcome.ERROR  # a redirect to nowhere
        else:
            cause, outcome = "http-4xx", Outcome.GONE if status in (404, 410) else Outcome.HTTP_4XX
            if status in (404, 410) and known is not None:
                visit.vanish(known)
                cause = "gone"
        visit.note(cause, candidate.url, f"{status} {mark}".strip())
        by = f" from a bot wall: {mark}" if mark else ""
        self._failed_start(visit, candidate, outcome, f"{candidate.url} answered {status}{by}")

    def _sitemap(self, visit: SiteVisit, response: Response) -> None:
        sitemaps, pages = read_sitemap(response.body)
        for url in sitemaps:
            visit.offer_sitemap(url)
        for url in pages:
            visit.offer(url)
        visit.counts["sitemap-entries"] += len(pages)

    def _page(self, visit: SiteVisit, candidate: Candidate, response: Response) -> Iterator[Any]:
        rendered = response.meta.get("rendered")
        if rendered:
            yield self.exchange_item(visit, response)
            response = response.replace(body=rendered)
            response.headers["Content-Type"] = "text/html; charset=utf-8"
        content_type, headers = kind_of(response), headers_of(response)
        directives = _tags(response)
        marks = [*marks_of(response), *(["rendered"] if rendered else [])]
        said = PageSays()
        if is_html(content_type):
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
        text_digest = said.text_digest or payload_digest(response.body)
        skipped = self._why_skipped(visit, candidate, said, directives, text_digest)
        # The links of a page that was read under another address are those of that page, or a maze's.
        if "nofollow" not in directives and skipped != "duplicate":
            self._follow(visit, said)
        said.refresh = said.refresh or refresh_target(headers.get("refresh", ""), response.url)
        if said.refresh and self._refreshed(visit, candidate, said, "set-cookie" in headers):
            yield self.exchange_item(visit, response)
            return
        if skipped:
            yield self.exchange_item(visit, response)
            # An empty page is a fault of the server's as often as not.
            stays = skipped == "empty" or (
                skipped == "duplicate" and not visit.was_known_as(said.canonical, candidate.url, text_digest)
            )
            self._skipped(visit, candidate, skipped, said.parked, vanishes=not stays)
            return
        visit.read(candidate.url, text_digest)
        if known is not None and known.file and known.text_digest == text_digest:
            yield self._repeat(visit, known, response)
            return
        marks += [word for word in ("noarchive",) if word in directives]
        marks += ["needs-javascript"] if said.needs_javascript else []
        marks += ["login"] if said.asks_password and said.words < 60 else []
        self._tally(visit, candidate, known, marks)
        yield Fetched(
            visit,
            exchange_of(visit, response, None, marks),
            is_page=True,
            content_type=content_type,
            text_digest=text_digest,
            replaces=known,
            marks=marks,
        )

    def _why_skipped(
        self, visit: SiteVisit, candidate: Candidate, said: PageSays, directives: set[str], text_digest: str
    ) -> str:
        if "noindex" in directives:
            return "noindex"
        if said.parked:
            return "parked"
        if said.looks_lost:
            return "soft-404"
        if said.is_blank:
            return "empty"
        if text_digest in visit.texts or visit.was_read_as(said.canonical, candidate.url):
            return "duplicate"
        return ""

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

    def _refreshed(self, visit: SiteVisit, candidate: Candidate, said: PageSays, cookie: bool) -> bool:
        """A page that is only a signpost: short, and refreshing to elsewhere, or to itself with a cookie. Whether it was followed."""
        to_itself = page_key(said.refresh) == page_key(candidate.url)
        if said.words > 120 or (to_itself and (not cookie or candidate.hops)):
            return False
        self._redirected(visit, candidate, said.refresh)
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


def _tags(response: Response) -> set[str]:
    """What the X-Robots-Tag headers of an answer say to this crawler."""
    return robots_words(text_of(value) for value in response.headers.getlist("X-Robots-Tag"))
