"""Politeness at real gaps, on few requests."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path

import pytest
from awkward_web import Answer, Ask, Web, page, site
from crawl_fixtures import crawl_all, listed, loopback_settings

from crawler import names
from crawler.run import CrawlError, crawl
from crawler.settings import scrapy_settings
from crawler.turns import Turns
from store.settings import Settings


@pytest.fixture
def web() -> Iterator[Web]:
    web = Web(["plain", "too_many"], third_octet=79)
    yield web
    web.close()


def gaps(times: list[float]) -> list[float]:
    return [later - sooner for sooner, later in pairwise(times)]


def test_the_default_is_one_second_and_no_jitter() -> None:
    made = scrapy_settings(Settings.from_environment({}))
    assert (made["DOWNLOAD_DELAY"], made["DOWNLOAD_DELAY_JITTER"], made["CONCURRENT_REQUESTS_PER_DOMAIN"]) == (
        1.0,
        0.0,
        1,
    )


def test_a_site_is_asked_at_most_once_a_second(tmp_path: Path, web: Web) -> None:
    settings = loopback_settings(tmp_path, crawl_delay=1.0)
    crawl_all(listed(settings, f"plain,{web.url('plain')}\n"), settings, max_pages=2)
    times = [at for at, _path, _headers in web.log("plain")]
    assert len(times) == 4 and min(gaps(times)) >= 1.0


def test_two_names_of_one_address_share_a_pace(tmp_path: Path, web: Web) -> None:
    web.start("plain.shared", "plain", "127.0.0.1", 0)
    port = web.url("plain.shared").rstrip("/").rpartition(":")[2]
    settings = loopback_settings(tmp_path, crawl_delay=0.5)
    rows = f"one,http://one.localhost:{port}/\ntwo,http://two.localhost:{port}/\n"
    crawl_all(listed(settings, rows), settings, max_pages=1)
    log = web.log("plain.shared")
    assert {headers["host"].partition(".")[0] for _at, _path, headers in log} == {"one", "two"}
    assert min(gaps([at for at, _path, _headers in log])) >= 0.5


@site
def parting(ask: Ask) -> Answer:
    answer = page(f"Page {ask.path}", "/team", "/faq") if ask.path in ("/", "/team", "/faq") else Answer(b"no", 404)
    return replace(answer, headers={"Connection": "close"})


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """clinic.test at two addresses; the name server gives the other one first as soon as the first was asked."""
    web = Web(["parting"], third_octet=102)
    port = int(web.url("parting").rstrip("/").rpartition(":")[2])
    web.start("parting.second", "parting", "127.0.102.2", port)
    ask, both = names._ask, [ip_address("127.0.102.1"), ip_address("127.0.102.2")]

    def turning(host: str) -> list[names.Address]:
        if host != "clinic.test":
            return ask(host)
        return both[::-1] if web.log("parting") else both

    monkeypatch.setattr(names, "_ask", turning)
    monkeypatch.setattr(names, "KEPT", 0.0)
    yield web
    web.close()


def test_a_website_with_two_addresses_keeps_its_pace_when_their_order_turns(tmp_path: Path, pool: Web) -> None:
    settings = loopback_settings(tmp_path, crawl_delay=0.5)
    crawl_all(listed(settings, f"one,{pool.url('parting').replace('127.0.102.1', 'clinic.test')}\n"), settings)
    first, second = ([at for at, _path, _headers in pool.log(name)] for name in ("parting", "parting.second"))
    assert len(first) == 1 and len(second) == 4 and min(gaps(first + second)) >= 0.49


def test_an_address_keeps_its_pace_when_a_website_comes_over_from_another(tmp_path: Path, pool: Web) -> None:
    settings = loopback_settings(tmp_path, crawl_delay=0.5)
    rows = f"one,{pool.url('parting').replace('127.0.102.1', 'clinic.test')}\ntwo,{pool.url('parting.second')}\n"
    crawl_all(listed(settings, rows), settings)
    log = pool.log("parting.second")
    assert {headers["host"].partition(":")[0] for _at, _path, headers in log} == {"clinic.test", "127.0.102.2"}
    assert min(gaps([at for at, _path, _headers in log])) >= 0.49


def test_a_port_of_a_named_network_has_a_pace_of_its_own(tmp_path: Path, web: Web) -> None:
    web.start("other_port", "plain", "127.0.79.1", 0)
    settings = loopback_settings(tmp_path, crawl_delay=1.0)
    rows = f"one,{web.url('plain')}\ntwo,{web.url('other_port')}\n"
    crawl_all(listed(settings, rows), settings, max_pages=1)
    assert abs(web.log("plain")[0][0] - web.log("other_port")[0][0]) < 1.0


def test_two_crawls_of_one_machine_take_turns_at_an_address(tmp_path: Path) -> None:
    asked: list[tuple[float, float]] = []

    async def crawl_of_its_own(requests: int) -> None:
        turns = Turns(tmp_path)
        for _ in range(requests):
            await turns.take("192.0.2.1", lambda: 0.2)
            began = time.time()
            await asyncio.sleep(0.05)
            asked.append((began, time.time()))
            turns.give_back("192.0.2.1")

    async def both() -> None:
        await asyncio.gather(crawl_of_its_own(3), crawl_of_its_own(3))

    asyncio.run(both())
    assert len(asked) == 6 and all(later[0] - sooner[1] >= 0.19 for sooner, later in pairwise(sorted(asked)))


def test_a_turn_is_free_again_when_its_process_was_killed(tmp_path: Path) -> None:
    program = (
        "import asyncio, os, signal; from pathlib import Path; from crawler.turns import Turns\n"
        f"asyncio.run(Turns(Path({str(tmp_path)!r})).take('192.0.2.1', lambda: 0.0)); os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert (
        subprocess.run([sys.executable, "-c", program], check=False, cwd=Path(__file__).parent.parent).returncode == -9
    )
    asyncio.run(asyncio.wait_for(Turns(tmp_path).take("192.0.2.1", lambda: 0.0), 5))


def test_two_addresses_do_not_wait_for_each_other(tmp_path: Path, web: Web) -> None:
    settings = loopback_settings(tmp_path, crawl_delay=1.0)
    crawl_all(listed(settings, web.csv()), settings, max_pages=1)
    first, second = (web.log(name)[0][0] for name in ("plain", "too_many"))
    assert abs(first - second) < 1.0


def test_a_public_host_without_contact_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    settings = loopback_settings(tmp_path)
    engine = listed(settings, "public,http://8.8.8.8/\n")
    with pytest.raises(CrawlError, match="VETTING_CONTACT"):
        crawl(engine, settings)


def test_loopback_is_refused_without_the_setting(tmp_path: Path, web: Web) -> None:
    settings = loopback_settings(tmp_path, crawl_allow_networks=(), contact="mailto:crawl@clinics.example")
    summary = crawl_all(
        listed(settings, web.csv() + "named,http://hidden.localhost:1/\nhex,http://0x7f000001:1/\n"), settings
    )
    assert summary.outcomes == {"error": 4} and web.asked("plain") == []


def test_an_unknown_slug_is_an_error(tmp_path: Path, web: Web) -> None:
    settings = loopback_settings(tmp_path)
    with pytest.raises(CrawlError, match="no clinic is called 'nobody'"):
        crawl(listed(settings, web.csv()), settings, slugs=["nobody"])


def test_a_clinic_that_opted_out_is_never_asked(tmp_path: Path, web: Web) -> None:
    from sqlmodel import Session

    from store.clinics import opt_out

    settings = loopback_settings(tmp_path)
    engine = listed(settings, f"plain,{web.url('plain')}\n")
    with Session(engine) as session, session.begin():
        opt_out(session, "plain", "asked by mail")
    assert crawl(engine, settings, slugs=["plain"]).clinics == 0 and web.asked("plain") == []
