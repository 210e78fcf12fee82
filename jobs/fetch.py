"""One address fetched once, with httpx: for `vetting check ADDRESS`. The only module that knows httpx; crawls are Scrapy's.

It asks robots.txt first and fails closed, names itself, follows few redirects, and touches private networks only where
VETTING_CRAWL_ALLOW_NETWORKS names them.
"""

import socket
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urljoin, urlsplit

import httpx
from protego import Protego

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
    with httpx.Client(timeout=_TIMEOUT_SECONDS, headers={"User-Agent": agent}, follow_redirects=False) as client:
        for _ in range(_MOST_REDIRECTS + 1):
            _refuse_private(address, settings)
            _ask_robots(client, address)
            response, body = _get(client, address)
            if response.is_redirect:
                address = urljoin(address, response.headers.get("location", ""))
                continue
            if response.status_code >= 400:
                raise FetchError(f"{address}: answered {response.status_code}; check the address in a browser")
            return Fetched(address, response.headers.get("content-type", "text/html"), body)
    raise FetchError(f"{address}: more than {_MOST_REDIRECTS} redirects")


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
    """RFC 9309: 4xx allows all; 5xx and no answer disallow all."""
    parts = urlsplit(address)
    try:
        response = client.get(f"{parts.scheme}://{parts.netloc}/robots.txt", follow_redirects=True)
    except httpx.HTTPError as error:
        raise FetchError(
            f"{address}: its robots.txt does not answer ({error or type(error).__name__}), so it is not read"
        ) from error
    if response.status_code >= 500:
        raise FetchError(f"{address}: its robots.txt answers {response.status_code}, so it is not read (RFC 9309)")
    if response.is_success and not Protego.parse(response.text).can_fetch(address, "Vetting"):
        raise FetchError(f"{address}: robots.txt forbids reading it")


def _refuse_private(address: str, settings: Settings) -> None:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FetchError(f"{address}: only http and https addresses are read")
    try:
        answers = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError as error:
        raise FetchError(f"{address}: its host is not found ({error})") from error
    for *_, place in answers:
        number = ip_address(str(place[0]).split("%")[0])
        if not number.is_global and not any(number in network for network in settings.crawl_allow_networks):
            raise FetchError(f"{address}: {number} is no public address; VETTING_CRAWL_ALLOW_NETWORKS can allow it")
