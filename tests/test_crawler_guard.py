"""The guard of networks: which addresses a connection may be made to, in every spelling."""

import asyncio
from ipaddress import ip_address, ip_network

import pytest

from crawler.names import Forbidden, Guard, GuardedResolver, NoSuchHost

LOOPBACK = [ip_network("127.0.0.0/8")]


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.5.5", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
     "::1", "fe80::1", "fd00::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "::127.0.0.1"],
)  # fmt: skip
def test_private_addresses_are_refused_in_every_form(address: str) -> None:
    assert not Guard([]).permits(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_permitted(address: str) -> None:
    assert Guard([]).permits(ip_address(address)) and not Guard([], public=False).permits(ip_address(address))


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.8.7", "::ffff:127.0.0.1"])
def test_a_named_network_is_permitted(address: str) -> None:
    assert Guard(LOOPBACK).permits(ip_address(address)) and not Guard(LOOPBACK).permits(ip_address("10.0.0.1"))


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "127.1", "0177.0.0.1", "localhost", "a.b.localhost", "[::ffff:7f00:1]"]
)
def test_spellings_of_loopback_are_seen_through(host: str) -> None:
    async def ask() -> None:
        assert (await GuardedResolver(Guard(LOOPBACK)).addresses(host))[0] is not None
        with pytest.raises(Forbidden, match="VETTING_CRAWL_ALLOW_NETWORKS"):
            await GuardedResolver(Guard([])).addresses(host)

    asyncio.run(ask())


def test_a_name_that_leads_nowhere_is_said_to() -> None:
    with pytest.raises(NoSuchHost):
        asyncio.run(GuardedResolver(Guard([])).addresses("no-such-host.invalid"))


def test_the_resolver_hands_twisted_only_what_is_permitted() -> None:
    handed: list[object] = []

    class Receiver:
        def resolutionBegan(self, resolution: object) -> None: ...
        def addressResolved(self, address: object) -> None:
            handed.append(address)

        def resolutionComplete(self) -> None:
            handed.append("complete")

    async def ask(guard: Guard) -> None:
        GuardedResolver(guard).resolveHostName(Receiver(), "localhost", 80)
        await asyncio.sleep(0.3)

    asyncio.run(ask(Guard([])))
    assert handed == ["complete"]
    asyncio.run(ask(Guard(LOOPBACK)))
    assert [getattr(address, "host", address) for address in handed] == ["complete", "127.0.0.1", "complete"]
