"""One visit to one website: its frontier by worth, its budget, and what happened, kept in memory until it ends."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heapify, heappop, heappush
from time import monotonic
from urllib.parse import urljoin, urlsplit

from crawler import worth as worths
from crawler.address import is_acting, is_endless, is_unread, page_key, tidy, website
from crawler.robotrules import RobotRules
from crawler.sitemap import by_promise
from crawler.templates import Templates
from store.leases import Lease
from store.models import Outcome

MAX_WAITING = 4000  # addresses in one frontier
MAX_OFFERED = 20_000  # links remembered as they were written
MAX_PROBLEMS = 50
MAX_SITEMAPS = 12
MAX_HOPS = 10  # redirects in a row
MAX_FAILURES = 5  # addresses given up in a row: the site is not well, leave it


@dataclass(frozen=True)
class Known:
    """The newest good reading of one address. For a revisit, `file`, `offset` and `original` are those of the payload."""

    id: int
    url: str
    fetched_at: datetime
    content_type: str
    digest: str
    text_digest: str
    etag: str
    last_modified: str
    status: int
    size: int
    original: int
    original_url: str
    original_at: datetime
    original_digest: str
    file: str
    offset: int
    marks: tuple[str, ...] = ()


@dataclass
class Candidate:
    """One address waiting in the frontier."""

    url: str
    worth: int
    kind: str = "page"
    attempts: int = 0
    hops: int = 0
    not_before: float = 0.0


@dataclass
class SiteVisit:
    """The state of one visit. `pages` counts what the budget is about; `requests`, `spent` (seconds) and `bytes` bound the rest."""

    lease: Lease
    visit_id: int
    run_id: int
    slug: str
    start_url: str
    further_starts: tuple[str, ...]
    websites: frozenset[str]
    known: dict[str, Known]
    max_pages: int
    max_seconds: float
    max_bytes: int
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[dict[str, str]] = field(default_factory=list)
    pages: int = 0
    requests: int = 0
    bytes: int = 0
    failures: int = 0
    retry_later: float = 0.0
    redirected_to: str = ""
    start_failure: tuple[Outcome, str] | None = None
    ended_early: str = ""
    lost: bool = False
    texts: set[str] = field(default_factory=set)
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)
    vanished: dict[str, Known] = field(default_factory=dict)
    pending: list[object] = field(default_factory=list)
    spent: float = 0.0
    last: float = field(default_factory=monotonic)

    def __post_init__(self) -> None:
        self._heap: list[tuple[int, int, Candidate]] = []
        self._order = 0
        self._seen: set[str] = set()
        self._read: set[str] = set()
        self._signposts: set[str] = set()
        self._asked: set[tuple[str, str]] = set()
        self._offered: set[str] = set()
        self._noted: set[tuple[str, str]] = set()
        self._spellings: dict[str, list[str]] = {}
        self._missed: dict[str, str] = {}
        self._templates = Templates(self.max_pages)
        self._sitemaps = 0
        self._origins: set[str] = set()
        self._start_path = urlsplit(self.start_url).path.rstrip("/").lower() or "/"
        self.start_key = page_key(self.start_url)

    def open(self) -> None:
        """Fill the frontier with what is known beforehand: the start, the addresses that the list
        gives for further places of the clinic, the site's root, and the pages read at earlier visits."""
        start = tidy(self.start_url)
        if start is None:
            self.start_failure = (Outcome.ERROR, f"{self.start_url} is no web address")
            return
        self._push(Candidate(start, worths.START))
        self._seen.add(page_key(start))
        self.offer(urljoin(start, "/"), bonus=100)
        for url in self.further_starts:
            self.offer(url, bonus=100)
        for known in self.known.values():
            self.offer(known.url, bonus=10)

    def heard_robots(self, origin: str, rules: RobotRules) -> None:
        """robots.txt of a host was read: take its sitemaps, or the usual place of one."""
        if origin in self._origins:
            return
        self._origins.add(origin)
        for url in [*by_promise(rules.sitemaps)[:5], *([] if rules.sitemaps else [f"{origin}/sitemap.xml"])]:
            self.offer_sitemap(urljoin(f"{origin}/robots.txt", url))

    def offer_sitemap(self, url: str) -> None:
        """A sitemap of this website; others are not asked for."""
        address = tidy(url)
        if address is None or website(address) not in self.websites:
            self.note("foreign", url)
            return
        if address in self._seen or self._sitemaps >= MAX_SITEMAPS:
            return
        self._seen.add(address)
        self._sitemaps += 1
        self._push(Candidate(address, worths.SITEMAP - self._sitemaps, kind="sitemap"))

    def offer(self, url: str, text: str = "", *, bonus: int = 0, hops: int = 0) -> bool:
        """Put an address into the frontier if it belongs here, informs rather than acts, and is new; whether it was put there."""
        # Every page of a site repeats the same menu: most of a crawl's links end here.
        if url in self._offered:
            return False
        if len(self._offered) < MAX_OFFERED:
            self._offered.add(url)
        address = tidy(url)
        if address is None:
            return False
        if website(address) not in self.websites:
            self._once("foreign", address)
            return False
        key = page_key(address)
        if key in self._seen:
            heard = self._spellings.setdefault(key, [])
            if address not in heard and len(heard) < 2 and not is_acting(address):  # one of two is not what was asked
                heard.append(address)
            self._respell(key)
            return False
        if is_unread(address):
            return False
        if is_acting(address):
            self._once("acting-link", address)
            return False
        points = worths.worth(address, text, self._start_path) + bonus - self._templates.crowding(address)
        if is_endless(address) or not self._templates.has_room(address, points):
            self._once("trap", address)
            return False
        if len(self._heap) >= MAX_WAITING and points <= 0:
            self.counts["over-budget"] += 1
            return False
        self._seen.add(key)
        self._push(Candidate(address, points, hops=hops))
        return True

    def skip(self, url: str, cause: str) -> None:
        """Never ask for this address in this visit, and count why."""
        address = tidy(url)
        if address is not None and website(address) in self.websites and page_key(address) not in self._seen:
            self._seen.add(page_key(address))
            self.counts[cause] += 1

    def redirect(self, candidate: Candidate, location: str) -> str:
        """Follow a redirect as a new request; an empty string, or why not: "foreign", "trap", "known", "no-address"."""
        target = tidy(location, candidate.url)
        if target is None:
            return "no-address"
        if website(target) not in self.websites:
            return "foreign"
        if candidate.kind == "page" and is_acting(target):
            return "acting-link"
        key, own = page_key(target), page_key(candidate.url)
        self._signposts.add(own)
        if candidate.kind == "page" and key != own and key in self._seen and key not in self._signposts:
            return "known"
        # A cookie wall sends us back to where we came from: not a circle while the cookies are others.
        if candidate.hops >= MAX_HOPS or self._with_cookies(target) in self._asked:
            return "trap"
        self._seen.add(key)
        self._push(
            Candidate(target, max(candidate.worth, worths.REDIRECT), kind=candidate.kind, hops=candidate.hops + 1)
        )
        return ""

    def again(self, candidate: Candidate, seconds: float) -> None:
        """Ask once more after a while."""
        candidate.attempts += 1
        candidate.not_before = monotonic() + seconds
        self._push(candidate)

    def next(self) -> Candidate | None:
        """The address of most worth, or None when the visit is over; says in `ended_early` when something was left."""
        reason = self._exhausted()
        if reason:
            left = sum(1 for *_, candidate in self._heap if candidate.kind == "page")
            if left:
                self.counts["over-budget"] += left
                self.ended_early = reason if reason != "pages" else self.ended_early
            self._heap.clear()
            return None
        while self._heap:
            candidate = heappop(self._heap)[2]
            # Once the budget is gone only pages count against it; a sitemap then has no use either.
            self.requests += 1
            self._asked.add(self._with_cookies(candidate.url))
            return candidate
        return None

    def read(self, url: str, text_digest: str) -> None:
        """The page of this address was read, with this text."""
        self._read.add(page_key(url))
        self.texts.add(text_digest)
        self.vanished.pop(page_key(url), None)

    def vanish(self, known: Known) -> None:
        """The address of an earlier reading answers that there is nothing any more."""
        self.vanished[page_key(known.url)] = known

    def gone(self) -> list[Known]:
        """The readings that vanished; none where nothing at all could be read: then the visit failed, and says nothing of them."""
        read = self.counts["stored"] + self.counts["unchanged"]
        return list(self.vanished.values()) if read > self.counts["unreadable"] else []

    def was_known_as(self, canonical: str, url: str, text_digest: str) -> bool:
        """Whether a page read under another address is that for good, by its own word or by an earlier visit's reading there.

        A notice that stands at every address for a while is not.
        """
        others = (known for key, known in self.known.items() if key != page_key(url))
        return self.was_read_as(canonical, url) or any(known.text_digest == text_digest for known in others)

    def was_read_as(self, canonical: str, url: str) -> bool:
        """Whether the page that `url` says it is a spelling of was read already.

        The word is taken only where both end in the same name: many a site calls its home page canonical on every page.
        """
        address = tidy(canonical) if canonical else None
        if address is None or website(address) not in self.websites or page_key(address) not in self._read:
            return False
        names = [urlsplit(one).path.rstrip("/").rpartition("/")[2].lower() for one in (address, url)]
        return page_key(address) != page_key(url) and bool(names[0]) and names[0] == names[1]

    def is_start(self, candidate: Candidate) -> bool:
        """Whether this is the start address or what it redirects to."""
        return candidate.worth >= worths.REDIRECT and candidate.kind == "page" and self.pages == 0

    def tick(self, sharers: int) -> None:
        """Count the time since the last answer, as its share of the pace of an address that several visits share."""
        at = monotonic()
        self.spent += (at - self.last) / sharers
        self.last = at

    def note(self, cause: str, url: str, detail: str = "") -> None:
        """Count a cause; the first fifty problems are kept with their address. What is not there is asked for as spelled elsewhere."""
        self.counts[cause] += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append({"url": url[:500], "cause": cause, "detail": detail[:300]})
        if detail in ("404", "410"):
            self._missed.setdefault(page_key(url), url)
            self._respell(page_key(url))

    def resume(self, urls: Iterable[str]) -> None:
        """Addresses that this visit stored before it was interrupted: not asked for again, counted in the budget."""
        for url in urls:
            self._seen.add(page_key(url))
            self._read.add(page_key(url))
            self.pages += 1
            self._heap = [entry for entry in self._heap if entry[2].url != url]
        heapify(self._heap)

    def _exhausted(self) -> str:
        if self.pages >= self.max_pages:
            return "pages"
        if self.retry_later:
            return "a pause was asked for"
        if self.requests >= 3 * self.max_pages + 20:
            return "requests"
        if self.failures >= MAX_FAILURES:
            return "failures"
        if self.bytes >= self.max_bytes:
            return "bytes"
        if self.spent > self.max_seconds:
            return "time"
        return ""

    def _respell(self, key: str) -> None:
        """Where one spelling of a page answered that there is nothing, ask for another that the site uses; once."""
        missed = self._missed.get(key)
        other = next((address for address in self._spellings.get(key, ()) if address != missed), "")
        if missed and other:
            self._missed[key] = ""
            self._push(Candidate(other, worths.worth(other, "", self._start_path)))

    def _with_cookies(self, url: str) -> tuple[str, str]:
        return url, repr(self.cookies.get(urlsplit(url).netloc))

    def _once(self, cause: str, url: str) -> None:
        if (cause, url) not in self._noted and len(self._noted) < MAX_WAITING:
            self._noted.add((cause, url))
            self.counts[cause] += 1

    def _push(self, candidate: Candidate) -> None:
        self._order += 1
        heappush(self._heap, (-candidate.worth, self._order, candidate))
