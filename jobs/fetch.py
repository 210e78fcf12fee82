"""One address fetched once, with httpx: for `vetting check ADDRESS`. The only module that knows httpx; crawls are Scrapy's.

It asks robots.txt first and fails closed, names itself, follows few redirects, and touches private networks only where
VETTING_CRAWL_ALLOW_NETWORKS names them.
"""

import socket
from dataclasses import dataclass
from ipaddress import ip_address

import httpx

from crawler.names import Address, Guard
from crawler.robotrules import RobotRules
from store.settings import Settings

_TIMEOUT_SECONDS = 20.0
_MOST_BYTES = 8_000_000
_MOST_REDIRECTS = 5


class FetchError(RuntimeError):
    """An address that could not be read; the message names it and the cause."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address answered with, after redirects: the decompressed body and its declared type."""

    url: str
    content_type: str
    body: bytes


def fetch(address: str, settings: Settings) -> Fetched:
    """The page at `address`. Raises FetchError where it does not answer well, robots.txt forbids it, or it is no public address."""
    agent = f"Vetting/0.1 (+{settings.contact})"
    transport = _Guarded(Guard(settings.crawl_allow_networks))
    with httpx.Client(transport=transport, timeout=_TIMEOUT_SECONDS, headers={"User-Agent": agent}) as client:
        for _ in range(_MOST_REDIRECTS + 1):
            _ask_robots(client, address)
            response, body = _get(client, address)
            if response.next_request is not None:
                address = str(response.next_request.url)
                continue
            if not response.is_success:
                raise FetchError(f"{address}: answered {response.status_code}; check the address in a browser")
            return Fetched(address, response.headers.get("content-type", "text/html"), body)
    raise FetchError(f"{address}: more than {_MOST_REDIRECTS} redirects")


class _Guarded(httpx.BaseTransport):
    """Looks a name up once, refuses networks that may not be touched, and connects to exactly the address that it checked."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        # A connection that is kept would serve every other name of its address with the certificate of the first.
        self._inner = httpx.HTTPTransport(limits=httpx.Limits(max_keepalive_connections=0))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to one request, redirects included as what they are. Raises FetchError before anything is sent."""
        host = request.url.raw_host.decode("ascii")
        number = self._checked(host, str(request.url))
        # The Host header was set from the name, and the certificate must be the name's, too.
        sent = httpx.Request(
            request.method,
            request.url.copy_with(host=str(number)),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": host},
        )
        return self._inner.handle_request(sent)

    def close(self) -> None:
        """Close what is open."""
        self._inner.close()

    def _checked(self, host: str, address: str) -> Address:
        try:
            answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise FetchError(f"{address}: its host is not found ({error})") from error
        numbers = [ip_address(str(place[0]).partition("%")[0]) for *_, place in answers]
        for number in numbers:
            if not self._guard.permits(number):
                raise FetchError(f"{address}: {number} is no public address; VETTING_CRAWL_ALLOW_NETWORKS can allow it")
        # IPv4 where there is one: a small site's IPv6 is the one more often broken.
        return min(numbers, key=lambda number: number.version)


def _get(client: httpx.Client, address: str) -> tuple[httpx.Response, bytes]:
    try:
        with client.stream("GET", address) as response:
            parts: list[bytes] = []
            size = 0
            for part in response.iter_bytes():
                size += len(part)
                if size > _MOST_BYTES:
                    raise FetchError(f"{address}: longer than {_MOST_BYTES:,} bytes")
                parts.append(part)
            return response, b"".join(parts)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise FetchError(f"{address}: does not answer ({error or type(error).__name__})") from error


def _ask_robots(client: httpx.Client, address: str) -> None:
    """RFC 9309: 4xx allows all; 5xx, a sixth redirect and no answer disallow all."""
    try:
        place = str(httpx.URL(address).join("/robots.txt"))
    except httpx.InvalidURL as error:
        raise FetchError(f"{address}: is no web address ({error})") from error
    for _ in range(_MOST_REDIRECTS + 1):
        try:
            response, body = _get(client, place)
        except FetchError as error:
            raise FetchError(f"{address}: its robots.txt cannot be had, so it is not read ({error})") from error
        if response.next_request is None:
            break
        place = str(response.next_request.url)
    if not (response.is_success or response.is_client_error):
        raise FetchError(f"{address}: its robots.txt answers {response.status_code}, so it is not read (RFC 9309)")
    if response.is_success and not RobotRules(body).allows(address):
        raise FetchError(f"{address}: robots.txt forbids reading it")
