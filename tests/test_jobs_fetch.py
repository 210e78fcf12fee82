"""One address fetched for `vetting check`: which connections it makes, and what it makes of redirects and robots.txt."""

import socket
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from awkward_web import NOTHING, SITES, Answer, Ask, Site, Web, page, robots, self_signed, to
from crawl_fixtures import loopback_settings

from jobs.fetch import FetchError, fetch
from store.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Only 127.0.98.0/24 may be touched; 127.0.99.1 stands for a machine of the inner network."""
    return loopback_settings(tmp_path, crawl_allow_networks=(ip_network("127.0.98.0/24"),))


@pytest.fixture
def web() -> Iterator[Web]:
    web = Web(["plain"], third_octet=98)
    SITES["inner"] = lambda ask: robots("") if ask.path == "/robots.txt" else page("Inner")
    web.start("inner", "inner", "127.0.99.1", 0)
    yield web
    web.close()


def opened(web: Web, function: Site) -> str:
    """The address of one more site, which is no part of the inner network."""
    SITES["opened"] = function
    web.start("opened", "opened", "127.0.98.9", 0)
    return web.url("opened")


def test_a_robots_txt_that_redirects_into_a_private_network_is_not_followed(web: Web, settings: Settings) -> None:
    inner = web.url("inner")
    start = opened(web, lambda ask: to(f"{inner}robots.txt") if ask.path == "/robots.txt" else page("Home"))
    with pytest.raises(FetchError, match=r"127\.0\.99\.1 is no public address"):
        fetch(start, settings)
    assert web.asked("inner") == []


def test_a_page_that_redirects_into_a_private_network_is_not_followed(web: Web, settings: Settings) -> None:
    inner = web.url("inner")
    start = opened(web, lambda ask: NOTHING if ask.path == "/robots.txt" else to(inner))
    with pytest.raises(FetchError, match=r"127\.0\.99\.1 is no public address"):
        fetch(start, settings)
    assert web.asked("inner") == []


def test_the_connection_goes_to_the_address_that_was_checked(
    web: Web, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = opened(web, lambda ask: robots("") if ask.path == "/robots.txt" else page("Home"))
    port = int(start.rstrip("/").rpartition(":")[2])
    look_up, lies = socket.getaddrinfo, iter(range(100))

    def turning(host: Any, *more: Any, **named: Any) -> Any:
        """A name server that names a public place first and the inner network at every second question."""
        if host == "clinic.test":
            host = "127.0.98.9" if next(lies) % 2 == 0 else "127.0.99.1"
        return look_up(host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", turning)
    with pytest.raises(FetchError, match=r"127\.0\.99\.1 is no public address"):
        fetch(f"http://clinic.test:{port}/", settings)
    assert web.asked("opened") == ["/robots.txt"] and web.asked("inner") == []


def test_a_site_hears_its_own_name(web: Web, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    start = opened(web, lambda ask: NOTHING if ask.path == "/robots.txt" else to("/team") if ask.path == "/" else page("Team"))  # fmt: skip
    port = start.rstrip("/").rpartition(":")[2]
    look_up = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *more, **named: look_up("127.0.98.9" if host == "clinic.test" else host, *more, **named),
    )
    assert fetch(f"http://clinic.test:{port}/", settings).url == f"http://clinic.test:{port}/team"
    assert {headers["host"] for _at, _path, headers in web.log("opened")} == {f"clinic.test:{port}"}


def test_a_certificate_is_asked_for_by_the_name_and_checked(
    web: Web, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    context, named = self_signed(tmp_path), []
    context.sni_callback = lambda _socket, name, _context: named.append(name)
    web.start("tls", "plain", "127.0.98.8", 0, tls=context)
    port = web.url("tls").rstrip("/").rpartition(":")[2]
    look_up = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _host, *more, **kept: look_up("127.0.98.8", *more, **kept))
    with pytest.raises(FetchError, match="certificate"):
        fetch(f"https://clinic.test:{port}/", settings)
    assert named == ["clinic.test"]


def test_a_carrier_address_in_ipv6_is_seen_through(settings: Settings) -> None:
    with pytest.raises(FetchError, match="is no public address"):
        fetch("http://[64:ff9b::7f00:1]:9/", settings)


def steps(number: int, rules: str) -> Site:
    """robots.txt behind so many redirects."""

    def function(ask: Ask) -> Answer:
        at = 0 if ask.path == "/robots.txt" else int(ask.path[6:]) if ask.path.startswith("/rules") else -1
        return page("Home") if at < 0 else robots(rules) if at == number else to(f"/rules{at + 1}")

    return function


def test_robots_txt_is_followed_over_five_redirects(web: Web, settings: Settings) -> None:
    with pytest.raises(FetchError, match=r"robots\.txt forbids"):
        fetch(opened(web, steps(5, "User-agent: *\nDisallow: /")), settings)


def test_a_robots_txt_behind_six_redirects_cannot_be_known(web: Web, settings: Settings) -> None:
    with pytest.raises(FetchError, match="so it is not read"):
        fetch(opened(web, steps(6, "")), settings)


def test_a_redirect_to_no_address_is_told(web: Web, settings: Settings) -> None:
    with pytest.raises(FetchError):
        fetch(opened(web, lambda ask: NOTHING if ask.path == "/robots.txt" else to("http://[bad")), settings)


def test_a_page_that_redirects_in_a_circle_is_told(web: Web, settings: Settings) -> None:
    with pytest.raises(FetchError, match="more than 5 redirects"):
        fetch(opened(web, lambda ask: NOTHING if ask.path == "/robots.txt" else to("/")), settings)


@pytest.mark.parametrize("status", [304, 503])
def test_a_robots_txt_that_answers_oddly_closes_the_site(web: Web, settings: Settings, status: int) -> None:
    with pytest.raises(FetchError, match="so it is not read"):
        fetch(opened(web, lambda ask: Answer(b"", status) if ask.path == "/robots.txt" else page("Home")), settings)
