"""Names to addresses, and the guard of networks: the one place that decides where a connection may go.

Twisted connects to exactly the addresses that this resolver hands out and never looks a name up again, so the check is on
the address of the connection itself: however it is spelt (integers, hexadecimal, short and IPv4-mapped forms are all
resolved here), after a redirect, and when a name's answer changes between two requests.
"""

import asyncio
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from time import monotonic
from typing import Any

from scrapy.exceptions import IgnoreRequest
from twisted.internet.address import IPv4Address as TxIPv4
from twisted.internet.address import IPv6Address as TxIPv6
from twisted.internet.interfaces import IHostnameResolver
from zope.interface import implementer

from store.settings import Network

Address = IPv4Address | IPv6Address
KEPT = 300.0  # seconds that an answer is used; a failed look-up is not kept
NAT64 = IPv6Network("64:ff9b::/96")


class NoSuchHost(IgnoreRequest):
    """The name has no address."""


class Forbidden(IgnoreRequest):
    """The name leads to a network that this crawl may not touch."""


class Guard:
    """Which addresses a crawl may connect to: public ones (if it may go public at all) and those of the named networks."""

    def __init__(self, allowed: Sequence[Network], *, public: bool = True) -> None:
        self._allowed = tuple(allowed)
        self._public = public

    def is_named(self, address: Address) -> bool:
        """Whether the address lies in a network that VETTING_CRAWL_ALLOW_NETWORKS names."""
        return any(
            form in network for form in forms(address) for network in self._allowed if network.version == form.version
        )

    def permits(self, address: Address) -> bool:
        """Whether a connection to this address may be made."""
        return self.is_named(address) or (self._public and is_public(address))


def forms(address: Address) -> list[Address]:
    """The address itself and the IPv4 address that it carries inside: mapped, 6to4, Teredo, NAT64."""
    if isinstance(address, IPv4Address):
        return [address]
    inner: list[Address | None] = [
        address.ipv4_mapped,
        address.sixtofour,
        address.teredo[1] if address.teredo else None,
    ]
    if address in NAT64 or ((int(address) >> 32) == 0 and int(address) > 1):
        inner.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return [address, *(form for form in inner if form is not None)]


def is_public(address: Address) -> bool:
    """Whether every form of the address is an ordinary one of the public internet."""
    every = forms(address)
    if len(every) > 1:
        every = every[1:]
    return all(form.is_global and not form.is_multicast and not form.is_reserved for form in every)


@implementer(IHostnameResolver)
class GuardedResolver:
    """Scrapy's and Twisted's resolver for a crawl: getaddrinfo with a time limit, a short memory and the guard."""

    def __init__(self, guard: Guard, timeout: float = 15.0) -> None:
        self.guard = guard
        self._timeout = timeout
        self._known: dict[str, tuple[float, list[Address]]] = {}
        self._handing: set[asyncio.Future[None]] = set()
        self._threads = ThreadPoolExecutor(max_workers=16, thread_name_prefix="names")

    async def addresses(self, host: str) -> list[Address]:
        """The addresses of `host` that may be connected to. Raises NoSuchHost or Forbidden."""
        kept = self._known.get(host)
        if kept is None or kept[0] < monotonic():
            found = await self._look_up(host)
            self._known[host] = (monotonic() + KEPT, found)
        else:
            found = kept[1]
        permitted = [address for address in found if self.guard.permits(address)]
        if not permitted:
            raise Forbidden(f"{host} leads to {found[0]}, a network that VETTING_CRAWL_ALLOW_NETWORKS does not name")
        return permitted

    def seen(self, host: str) -> list[Address]:
        """What `host` led to when it was last looked up, permitted or not."""
        return list(self._known[host][1]) if host in self._known else []

    async def _look_up(self, host: str) -> list[Address]:
        bare = host.strip("[]").rstrip(".").lower()
        if bare == "localhost" or bare.endswith(".localhost"):
            bare = "127.0.0.1"  # RFC 6761 section 6.3: names under localhost are the loopback address
        try:
            async with asyncio.timeout(self._timeout):
                answers = await asyncio.get_running_loop().run_in_executor(self._threads, _ask, bare)
        except TimeoutError as error:
            raise NoSuchHost(f"{host}: no answer from the name server in {self._timeout:g} seconds") from error
        except (OSError, UnicodeError) as error:
            raise NoSuchHost(f"{host}: {getattr(error, 'strerror', None) or error}") from error
        if not answers:
            raise NoSuchHost(f"{host}: has no address")
        return answers

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def resolveHostName(
        self,
        resolutionReceiver: Any,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Any = None,
        transportSemantics: str = "TCP",
    ) -> Any:
        """Twisted's side of it (IHostnameResolver): only permitted addresses are handed out, none where none is."""
        resolutionReceiver.resolutionBegan(None)
        handing = asyncio.ensure_future(self._hand_out(resolutionReceiver, hostName, portNumber))
        self._handing.add(handing)  # the loop itself keeps no hold of it
        handing.add_done_callback(self._handing.discard)
        return None

    async def _hand_out(self, receiver: Any, host: str, port: int) -> None:
        try:
            for address in await self.addresses(host):
                kind = TxIPv4 if address.version == 4 else TxIPv6
                receiver.addressResolved(kind("TCP", str(address), port))
        except IgnoreRequest:
            pass  # no address handed out: Twisted reports that the name leads nowhere
        finally:
            receiver.resolutionComplete()


def _ask(host: str) -> list[Address]:
    found: dict[Address, None] = {}
    for *_, place in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM):
        found[ip_address(str(place[0]).partition("%")[0])] = None
    # IPv4 first: a small site's IPv6 is the one more often broken.
    return sorted(found, key=lambda address: address.version)
