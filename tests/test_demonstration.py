"""The demonstration: its sites over real HTTP, its list, and the whole way to a clinic's page, twice."""

import csv
import html
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from pypdf import PdfReader
from selectolax.lexbor import LexborHTMLParser
from sqlalchemy import Engine
from sqlmodel import Session, select

from demonstration.run import demonstrate, demonstration_settings
from demonstration.server import LIST, SITES, SmallWeb
from demonstration.site import Site, WebError
from store.clinics import import_csv
from store.engine import open_engine
from store.models import Assessment, Change, Clinic, ClinicVerdict, Page, Visit
from store.settings import Settings
from webapp import create_app

FAST = {"VETTING_CRAWL_DELAY": "0.02", "VETTING_TAUGHT_READER": "no"}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def free_ports(apart: int) -> int:
    """A free port with another one so far above it, below those that the system hands to clients in between."""
    for port in range(20_000 + os.getpid() % 5_000, 32_000):
        with (
            suppress(OSError),
            socket.create_server(("127.0.0.1", port)),
            socket.create_server(("127.0.0.1", port + apart)),
        ):
            return port
    raise AssertionError("no port is free")


@pytest.fixture(scope="module")
def web() -> Iterator[SmallWeb]:
    with SmallWeb(port=free_port()) as running:
        yield running


def get(web: SmallWeb, number: int, path: str, **headers: str) -> httpx.Response:
    host, port = web.place(number)
    return httpx.get(f"http://{host}:{port}{path}", headers=headers, timeout=10)


@pytest.mark.parametrize("folder", sorted(SITES.iterdir()), ids=lambda folder: folder.name)
def test_every_clinic_has_a_site_at_an_address_of_its_own(web: SmallWeb, folder: Path) -> None:
    number = Site(folder).number
    with LIST.open(encoding="utf-8") as stream:
        starts = {row["url"] for row in csv.DictReader(stream) if f"127.0.77.{number}:" in row["url"]}
    assert starts
    answer = get(web, number, starts.pop().partition(":8790")[2])
    assert answer.status_code == {34: 410, 35: 301}.get(number, 200)


def test_links_inside_the_small_web_lead_somewhere(web: SmallWeb) -> None:
    with httpx.Client() as client:
        for site in web.sites:
            open_pages, seen, lost = [f"{site.origin}/"], set[str](), list[str]()
            while open_pages:
                address = open_pages.pop()
                answer = client.get(address)
                lost += [address] if answer.status_code == 404 else []
                found = {str(httpx.URL(address).join(link)) for link in links(answer) if not link.startswith("#")}
                open_pages += [link for link in found - seen if link.startswith(site.origin)]
                seen |= found | {address}
            assert lost == []


def links(answer: httpx.Response) -> list[str]:
    if answer.status_code != 200 or "html" not in answer.headers["Content-Type"]:
        return []
    return [link.attributes["href"] or "" for link in LexborHTMLParser(answer.text).css("a[href]")]


def test_no_name_of_the_small_web_belongs_to_anybody() -> None:
    text = "\n".join(file.read_text(encoding="utf-8") for file in SITES.rglob("*.*") if file.is_file())
    hosts = set(re.findall(r"(?:https?://|@)((?:[a-z0-9-]+\.)+[a-z]{2,})", text)) - {"schema.org", "www.sitemaps.org"}
    assert all(host.endswith((".example", ".test")) for host in hosts), hosts


def test_parts_of_pages_and_settings_of_sites_are_not_served(web: SmallWeb) -> None:
    for path in ("/_menu.html", "/../11-kestrel-bend/_menu.html", "/answers.toml", "/nothing-here"):
        assert get(web, 34 if "toml" in path else 11, path).status_code in (404, 410)


def test_a_reader_who_has_a_page_is_told_that_it_did_not_change(web: SmallWeb) -> None:
    first = get(web, 11, "/safety")
    assert "<nav" in first.text
    assert get(web, 11, "/safety", **{"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert get(web, 11, "/safety", **{"If-Modified-Since": first.headers["Last-Modified"]}).status_code == 304


def test_robots_that_forbid_and_robots_that_are_broken(web: SmallWeb) -> None:
    assert get(web, 32, "/robots.txt").text == "User-agent: *\nDisallow: /\n"
    assert get(web, 33, "/robots.txt").status_code == 503


def test_a_sitemap_names_its_own_address(web: SmallWeb) -> None:
    host, port = web.place(11)
    assert f"<loc>http://{host}:{port}/safety</loc>" in get(web, 11, "/sitemap.xml").text


def test_a_clinic_that_is_gone_one_that_moved_and_one_that_answers_nobody(web: SmallWeb) -> None:
    assert get(web, 34, "/about").status_code == 410
    assert get(web, 35, "/").headers["Location"].endswith(".example/")
    with pytest.raises(httpx.ConnectError):
        get(web, 36, "/")


def test_the_price_list_is_a_pdf_that_others_can_read(web: SmallWeb, tmp_path: Path) -> None:
    answer = get(web, 13, "/fees.pdf")
    (tmp_path / "fees.pdf").write_bytes(answer.content)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert "Ketamine infusion for mood, 40 minutes: $475" in PdfReader(tmp_path / "fees.pdf").pages[0].extract_text()


def test_a_port_in_use_is_named_with_its_mend(web: SmallWeb) -> None:
    with pytest.raises(WebError, match=r"is in use; stop .* --web-port"), SmallWeb(port=web.port):
        pass


def test_a_machine_with_one_loopback_address_serves_each_site_at_a_port(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("demonstration.server._has_address", lambda host: False)
    shutil.copytree(SITES / "25-rolling-home", tmp_path / "web" / "25-rolling-home")
    with SmallWeb(tmp_path / "web", port=free_ports(25)) as web:
        web.write_list(tmp_path / "clinics.csv")
        row = next(
            row for row in csv.DictReader((tmp_path / "clinics.csv").open()) if row["name"].startswith("Rolling")
        )
        assert row["url"] == f"http://127.0.0.1:{web.port + 25}/"
        assert httpx.get(row["url"]).status_code == 200


def test_a_folder_without_number_is_named(tmp_path: Path) -> None:
    (tmp_path / "clear-creek").mkdir()
    with pytest.raises(WebError, match="clear-creek: name it like"):
        SmallWeb(tmp_path)


def test_the_list_imports_without_a_problem(engine: Engine, web: SmallWeb, tmp_path: Path) -> None:
    web.write_list(tmp_path / "clinics.csv")
    with Session(engine) as session:
        report = import_csv(session, tmp_path / "clinics.csv", source="test")
    assert (report.problems, report.added, report.merged, report.likely_doubles) == ([], 21, 1, [])


def test_the_demonstration_asks_nobody_but_loopback(settings: Settings) -> None:
    made = demonstration_settings(settings)
    assert made.contact == ""  # without one a crawl goes to no public host
    assert [str(network) for network in made.crawl_allow_networks] == ["127.0.0.0/8"]
    assert made.data_dir == settings.data_dir / "demo"


def everything(engine: Engine) -> dict[str, Any]:
    """What a second run must leave as it is."""
    with Session(engine) as session:
        tables = {
            table.__name__: sorted(session.exec(select(table.id)).all())
            for table in (Page, Assessment, ClinicVerdict, Change)
        }
        tables["digests"] = sorted(assessment.digest for assessment in session.exec(select(Assessment)))
        return tables


def outcomes(engine: Engine) -> dict[str, str]:
    """The outcome of each clinic's newest visit."""
    with Session(engine) as session:
        rows = session.exec(select(Clinic.slug, Visit.outcome).where(Visit.clinic_id == Clinic.id).order_by(Visit.id))
        return dict(rows.all())


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Engine, Path, int]:
    """The demonstration after one run, over a copy of its web that a test may edit."""
    folder = tmp_path_factory.mktemp("demonstration")
    shutil.copytree(SITES, folder / "web")
    settings = Settings.from_environment({"VETTING_DATA_DIR": str(folder / "data"), **FAST})
    port = free_port()
    demonstrate(settings, serve=False, web_port=port, sites=folder / "web")
    made = demonstration_settings(settings)
    return settings, open_engine(made.database_url), folder / "web", port


def test_each_visit_ends_with_the_outcome_that_its_site_was_made_for(shown: tuple[Settings, Engine, Path, int]) -> None:
    found = outcomes(shown[1])
    special = {
        "prismatic-ketamine-studio": "needs-javascript",
        "quillon-psychiatric-institute": "robots-disallowed",
        "dovecote-wellness": "robots-disallowed",
        "amberley-ketamine": "gone",
        "harrier-infusions": "redirected-away",
        "lantern-hill-infusion-suite": "refused",
    }
    assert {slug: found[slug] for slug in special} == special
    assert {outcome for slug, outcome in found.items() if slug not in special} == {"complete"}


def test_nothing_that_robots_forbid_was_kept(shown: tuple[Settings, Engine, Path, int]) -> None:
    with Session(shown[1]) as session:
        assert not [page for page in session.exec(select(Page)) if "If a crawler kept this sentence" in page.text]


def test_a_clinics_page_shows_each_quote_that_was_found(shown: tuple[Settings, Engine, Path, int]) -> None:
    settings, engine = shown[:2]
    with Session(engine) as session:
        clinic = session.exec(select(Clinic).where(Clinic.slug == "kestrel-bend-psychiatry")).one()
        verdicts = session.exec(
            select(ClinicVerdict).where(ClinicVerdict.clinic_id == clinic.id, ClinicVerdict.current)
        ).all()
    quotes = [verdict.evidence[0]["quote"] for verdict in verdicts if verdict.evidence]
    assert len(quotes) >= 10
    answer = create_app(demonstration_settings(settings), engine).test_client().get("/clinics/kestrel-bend-psychiatry")
    text = " ".join(html.unescape(answer.get_data(as_text=True)).split())
    assert [quote for quote in quotes if " ".join(quote.split()) not in text] == []


def test_a_second_run_changes_nothing_and_a_third_only_what_changed(shown: tuple[Settings, Engine, Path, int]) -> None:
    settings, engine, sites, port = shown
    before = everything(engine)
    demonstrate(settings, serve=False, web_port=port, sites=sites)
    assert everything(engine) == before
    fees = sites / "11-kestrel-bend" / "fees.html"
    fees.write_text(fees.read_text().replace("$525", "$575"))
    demonstrate(settings, serve=False, web_port=port, sites=sites)
    new = set(everything(engine)["Page"]) - set(before["Page"])
    with Session(engine) as session:
        assert ["$575" in page.text for page in session.exec(select(Page)) if page.id in new] == [True]


def test_what_readme_says_about_adding_a_clinic_works(
    shown: tuple[Settings, Engine, Path, int], tmp_path: Path
) -> None:
    settings, engine, sites, port = shown
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    paragraph, row = re.search(r"`(<p>.+</p>)`", readme), re.search(r"`(Clear Creek Ketamine,.+)`", readme)
    assert paragraph
    assert row
    clinics = tmp_path / "clinics.csv"
    clinics.write_text(LIST.read_text(encoding="utf-8") + row[1] + "\n", encoding="utf-8")
    (sites / "41-clear-creek").mkdir()
    (sites / "41-clear-creek" / "index.html").write_text(f"<h1>Clear Creek</h1>{paragraph[1]}", encoding="utf-8")
    demonstrate(settings, serve=False, web_port=port, sites=sites, clinics=clinics)
    client = create_app(demonstration_settings(settings), engine).test_client()
    assert "Clear Creek Ketamine" in client.get("/?q=Clear+Creek").get_data(as_text=True)
    assert "A nurse stays in the room with you" in client.get("/clinics/clear-creek-ketamine").get_data(as_text=True)


def test_ctrl_c_ends_the_site_and_the_small_web(shown: tuple[Settings, Engine, Path, int]) -> None:
    settings, _engine, _sites, web_port = shown  # its data, so that little is left to do
    port = free_port()
    command = [Path(sys.executable).with_name("vetting"), "demo", "--port", str(port), "--web-port", str(web_port)]
    environment = os.environ | FAST | {"VETTING_DATA_DIR": str(settings.data_dir)}
    running = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 180
        while not _answers(f"http://127.0.0.1:{port}/healthz"):
            assert running.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.2)
        running.send_signal(signal.SIGINT)
        assert running.wait(20) in (0, 130)
    finally:
        running.kill()
    assert not _answers(f"http://127.0.0.1:{port}/healthz")
    with SmallWeb(port=web_port):
        pass  # its port is free again


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False
