"""How many addresses of one template a visit takes: calendars, facets and archives repeat themselves."""

import re
from collections import Counter
from urllib.parse import urlsplit

from crawler.address import pattern

_PAGE_NAMES = frozenset(
    {"page_id", "p", "id", "pid", "cid", "pg", "section", "content", "view", "page", "menu", "site", "nav"}
)
_NEXT_PAGE = re.compile(r"(^|&)page=\d")
SIBLINGS = 6  # pages of one folder whose names begin with the same two words
CROWDED = 40  # points that each further one loses


class Templates:
    """Counts the addresses of each template; one that only numbers or names its pages may have as many as the visit's budget."""

    def __init__(self, max_pages: int) -> None:
        self._max_pages = max_pages
        self._seen: Counter[str] = Counter()
        self._siblings: Counter[str] = Counter()
        self._orders: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._filters: set[tuple[str, ...]] = set()

    def crowding(self, address: str) -> int:
        """How many points an address loses because many like it came before: one treatment in a hundred towns."""
        folder, _, name = urlsplit(address).path.lower().rstrip("/").rpartition("/")
        words = re.split(r"[-_]+", name)
        if len(words) < 3:
            return 0
        self._siblings[f"{folder}/{words[0]}-{words[1]}"] += 1
        return CROWDED if self._siblings[f"{folder}/{words[0]}-{words[1]}"] > SIBLINGS else 0

    def has_room(self, address: str, points: int) -> bool:
        """Whether one more address of this template is taken; `points` is its worth."""
        query = urlsplit(address).query
        form = pattern(address)
        if not query and self._is_filtered(address):
            return False
        if not query and "#" not in form and "~" not in form:
            return True
        self._seen[form] += 1
        if query and set(form.partition("?")[2].split("&")) <= _PAGE_NAMES and not _NEXT_PAGE.search(query):
            return self._seen[form] <= self._max_pages
        limit = 3 if points < 0 or "~" in form else 6 if query else 15
        return self._seen[form] <= limit

    def _is_filtered(self, address: str) -> bool:
        """Whether this is one of many ways through a filter: folders that came in another order before, below the same one."""
        folders = tuple(part for part in urlsplit(address).path.lower().split("/") if part)
        before = self._orders.setdefault(tuple(sorted(folders)), folders)
        same = next((at for at, (one, other) in enumerate(zip(before, folders, strict=True)) if one != other), 0)
        if same:
            self._filters.add(folders[:same])
        return any(folders[:length] in self._filters for length in range(1, len(folders) - 1))
