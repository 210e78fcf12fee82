"""Cookies of one visit, for cookie walls: sent back to the host that set them, and forgotten with the visit.

Scrapy's own middleware keeps jars for ever and asks a list of public suffixes from the network, past our guard.
"""

from http.cookies import CookieError, SimpleCookie

from scrapy import Request
from scrapy.http import Response
from scrapy.utils.httpobj import urlparse_cached

MAX_COOKIES = 50  # a host


class CookiesMiddleware:
    """Host-only session cookies; attributes other than name and value do not matter within one short visit."""

    def process_request(self, request: Request) -> None:
        """Send what this host set in this visit."""
        visit = request.meta.get("visit")
        kept = visit.cookies.get(urlparse_cached(request).netloc) if visit is not None else None
        if kept:
            request.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in kept.items())

    def process_response(self, request: Request, response: Response) -> Response:
        """Keep what the host sets."""
        visit = request.meta.get("visit")
        if visit is None:
            return response
        for header in response.headers.getlist("Set-Cookie"):
            try:
                parsed = SimpleCookie(header.decode("latin-1"))
            except CookieError:
                continue
            jar = visit.cookies.setdefault(urlparse_cached(request).netloc, {})
            for name, morsel in parsed.items():
                if morsel["max-age"] == "0":
                    jar.pop(name, None)
                elif len(jar) < MAX_COOKIES:
                    jar[name] = morsel.coded_value
        return response
