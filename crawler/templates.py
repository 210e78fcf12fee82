"""How many addresses of one template a visit takes: calendars, facets and archives repeat themselves."""

from collections import Counter
from urllib.parse import urlsplit

from crawler.address import pattern

_PAGE_NUMBERS = frozenset({"page_id", "p", "id", "pid", "cid", "pg", "section", "content", "view"})


class Templates:
    """Counts the addresses of each template; one that only numbers its pages may have as many as the visit's budget."""

    def __init__(self, max_pages: int) -> None:
        self._max_pages = max_pages
        self._seen: Counter[str] = Counter()

    def has_room(self, address: str, points: int) -> bool:
        """Whether one more address of this template is taken; `points` is its worth."""
        query = urlsplit(address).query
        form = pattern(address)
        if not query and "#" not in form and "~" not in form:
            return True
        self._seen[form] += 1
        if query and set(form.partition("?")[2].split("&")) <= _PAGE_NUMBERS:
            return self._seen[form] <= self._max_pages
        limit = 3 if points < 0 or "~" in form else 6 if query else 15
        return self._seen[form] <= limit
