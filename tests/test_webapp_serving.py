"""How answers leave: headers, caching, compression, limits, proxies, the server's start and end, exports as files."""

import gzip
import importlib
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import brotli
import pytest
from flask.testing import FlaskClient
from invented_clinics import fill
from sqlalchemy import Engine
from waitress.server import create_server

from jobs.export import KINDS, ExportError, export, write_sqlite
from store.engine import open_engine
from store.settings import Settings
from webapp import create_app
from webapp.server import ServeError, serve

ROOT = Path(__file__).parent.parent


def settings_in(folder: Path, **more: str) -> Settings:
    """Settings of a site whose data lie in a folder."""
    named = {
        "VETTING_DATA_DIR": str(folder),
        "VETTING_CHECKLIST": str(ROOT / "checklist.yaml"),
        "VETTING_RATE_LIMIT": "off",
    }
    return Settings.from_environment(named | more)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("site")


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[Engine]:
    opened = open_engine(settings_in(folder).database_url)
    fill(opened)
    yield opened
    opened.dispose()


@pytest.fixture(scope="module")
def client(folder: Path, engine: Engine) -> FlaskClient:
    return create_app(settings_in(folder), engine).test_client()


def test_every_answer_carries_the_headers_that_keep_a_reader_private(client: FlaskClient) -> None:
    for address in ("/", "/clinics/nobody", "/api/v1/checklist", "/data/clinics.csv", "/robots.txt"):
        headers = client.get(address).headers
        assert "'unsafe" not in headers["Content-Security-Policy"]
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "Set-Cookie" not in headers
        assert "Server" not in headers


def test_hsts_is_said_over_https_only(client: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/").headers
    assert "Strict-Transport-Security" in client.get("/", base_url="https://vetting.example").headers


def test_no_page_has_inline_script_or_style(client: FlaskClient) -> None:
    for address in (
        "/",
        "/?all=1",
        "/clinics/alder-street-psychiatry",
        "/statistics",
        "/compare?clinic=lantern-at-home",
    ):
        page = client.get(address).get_data(as_text=True)
        assert not re.search(r"<script(?![^>]*(src=|application/ld\+json))|<style| style=| on[a-z]+=", page)


def test_forwarded_headers_count_only_behind_a_proxy_that_is_named(folder: Path, engine: Engine) -> None:
    said = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example", "X-Forwarded-For": "192.0.2.1"}
    alone = create_app(settings_in(folder), engine).test_client()
    behind = create_app(settings_in(folder, VETTING_TRUSTED_PROXIES="1"), engine).test_client()
    assert "evil.example" not in alone.get("/feeds/changes.atom", headers=said).get_data(as_text=True)
    assert "https://evil.example" in behind.get("/feeds/changes.atom", headers=said).get_data(as_text=True)


def test_the_public_address_is_the_settings_whatever_host_was_asked_for(folder: Path, engine: Engine) -> None:
    site = create_app(settings_in(folder, VETTING_PUBLIC_URL="https://vetting.example"), engine).test_client()
    page = site.get("/checklist", headers={"Host": "evil.example"}).get_data(as_text=True)
    assert '<link rel="canonical" href="https://vetting.example/checklist">' in page
    assert "evil.example" not in page


def test_who_asks_too_often_is_told_to_wait(folder: Path, engine: Engine) -> None:
    site = create_app(settings_in(folder, VETTING_RATE_LIMIT="3 per hour"), engine).test_client()
    assert [site.get("/about").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = site.get("/api/v1/checklist")
    assert refused.status_code in {200, 429}
    assert site.get("/healthz").status_code == 200


def test_pages_come_compressed_and_once(client: FlaskClient) -> None:
    plain = client.get("/checklist").get_data()
    squeezed = client.get("/checklist", headers={"Accept-Encoding": "br"})
    assert squeezed.headers["Content-Encoding"] == "br"
    assert brotli.decompress(squeezed.get_data()) == plain
    assert gzip.decompress(client.get("/checklist", headers={"Accept-Encoding": "gzip"}).get_data()) == plain
    again = client.get("/checklist", headers={"If-None-Match": client.get("/checklist").headers["ETag"]})
    assert again.status_code == 304


def test_static_files_are_named_by_their_content_and_kept_for_ever(client: FlaskClient) -> None:
    page = client.get("/").get_data(as_text=True)
    for address in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
    assert "immutable" not in client.get("/static/000000000000/site.css").headers["Cache-Control"]
    assert client.get("/static/x/../site.py").status_code == 404


def test_the_metrics_name_no_reader_and_no_search(client: FlaskClient) -> None:
    client.get("/?q=a-private-search")
    metrics = client.get("/metrics").get_data(as_text=True)
    assert "vetting_clinics_listed 15.0" in metrics
    assert "private" not in metrics
    assert "127.0.0.1" not in metrics


def test_health_says_when_the_database_does_not_answer(tmp_path: Path) -> None:
    engine = open_engine(settings_in(tmp_path).database_url)
    site = create_app(settings_in(tmp_path), engine).test_client()
    assert site.get("/healthz").status_code == 200
    engine.dispose()
    (tmp_path / "vetting.sqlite").unlink()
    (tmp_path / "vetting.sqlite").mkdir()
    assert site.get("/healthz").status_code == 503


def test_a_port_in_use_is_said_with_its_mend(folder: Path, engine: Engine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServeError, match=rf"127\.0\.0\.1:{port}: cannot listen there .*--port"):
            serve(settings_in(folder), engine, "127.0.0.1", port)


def test_the_server_ends_in_order_when_told_to(folder: Path, engine: Engine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    code = (
        "from store.settings import Settings; from store.engine import open_engine; from webapp.server import serve;"
        f"s = Settings.from_environment(); serve(s, open_engine(s.database_url), '127.0.0.1', {port}); print('ended')"
    )
    named = {"VETTING_DATA_DIR": str(folder), "VETTING_CHECKLIST": str(ROOT / "checklist.yaml")}
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=os.environ | named, stdout=subprocess.PIPE, text=True
    )
    try:
        _until_it_answers(port, process)
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=20)
        assert process.returncode == 0
        assert "ended" in said
    finally:
        process.kill()


def _until_it_answers(port: int, process: "subprocess.Popen[str]") -> None:
    for _ in range(300):
        assert process.poll() is None, "the server ended by itself"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
                assert answer.status == 200
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the server did not answer")


def test_findings_carry_the_clinics_name_the_address_fetched_and_the_time(engine: Engine) -> None:
    rows = [json.loads(line) for line in b"".join(export(engine, "findings.jsonl")).splitlines()]
    assert {"clinic", "url", "criterion", "verdict", "quote", "fetched_at"} <= rows[0].keys()
    assert [(row["clinic"], row["url"]) for row in rows] == sorted((row["clinic"], row["url"]) for row in rows)
    waiting = [
        row
        for row in rows
        if row["slug"] == "quick-calm-ketamine-spa" and row["criterion"] in {"screening", "overclaims"}
    ]
    assert waiting == []


def test_pages_carry_their_text_and_how_they_were_fetched(engine: Engine) -> None:
    row = json.loads(next(iter(export(engine, "pages.jsonl"))))
    assert {"clinic", "url", "status", "fetched_at", "content_type", "title", "text"} <= row.keys()
    assert row["status"] == 200
    assert row["text"].startswith("What to expect")


def test_the_sqlite_export_holds_what_the_lines_hold(engine: Engine, tmp_path: Path) -> None:
    write_sqlite(engine, tmp_path / "out.sqlite")
    with sqlite3.connect(tmp_path / "out.sqlite") as made:
        for table in ("clinics", "findings", "pages", "changes"):
            lines = sum(1 for _ in export(engine, f"{table}.jsonl"))
            assert made.execute(f"SELECT count(*) FROM {table}").fetchone() == (lines,)


def test_an_unknown_export_names_those_that_there_are(engine: Engine) -> None:
    with pytest.raises(ExportError, match=r"clinics\.csv, clinics\.jsonl"):
        export(engine, "everything.xlsx")
    assert len(KINDS) == 6


def test_the_public_download_holds_no_whole_pages(client: FlaskClient, tmp_path: Path) -> None:
    assert client.get("/data/pages.jsonl").status_code == 404
    (tmp_path / "public.sqlite").write_bytes(client.get("/data/vetting.sqlite").get_data())
    with sqlite3.connect(tmp_path / "public.sqlite") as made:
        tables = {row[0] for row in made.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables == {"clinics", "findings", "changes"}


def test_readers_who_take_a_download_slowly_keep_nobody_waiting(
    folder: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # More than the server holds for one reader in memory.
    module = importlib.import_module("webapp.data")  # webapp.data itself names its blueprint
    monkeypatch.setattr(module, "write_export", lambda _engine, _kind, stream: stream.write(b"x" * 40_000_000))
    server = create_server(create_app(settings_in(folder), engine), host="127.0.0.1", port=0, threads=2)
    threading.Thread(target=server.run, daemon=True).start()
    slow = [socket.create_connection(("127.0.0.1", server.effective_port)) for _ in range(3)]
    try:
        for reader in slow:
            reader.settimeout(60)
            reader.sendall(b"GET /data/findings.jsonl HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert reader.recv(12) == b"HTTP/1.1 200"
        with urllib.request.urlopen(f"http://127.0.0.1:{server.effective_port}/healthz", timeout=20) as answer:
            assert answer.status == 200
    finally:
        for reader in slow:
            reader.close()
        server.close()


def test_downloads_that_are_made_at_once_are_not_mixed(
    folder: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = create_app(settings_in(folder), engine).test_client()

    def slowly(_engine: Engine, kind: str, stream: BinaryIO) -> None:
        stream.write(kind.encode())
        if kind == "clinics.csv":
            assert client.get("/data/clinics.jsonl").get_data() == b"clinics.jsonl"

    monkeypatch.setattr(importlib.import_module("webapp.data"), "write_export", slowly)
    assert client.get("/data/clinics.csv").get_data() == b"clinics.csv"


def test_a_download_says_how_long_it_is(client: FlaskClient) -> None:
    answer = client.get("/data/clinics.csv")
    assert answer.content_length == len(answer.get_data())


def test_a_download_that_the_reader_has_is_not_sent_again(client: FlaskClient) -> None:
    tag = client.get("/data/clinics.csv").headers["ETag"]
    again = client.get("/data/clinics.csv", headers={"If-None-Match": tag})
    assert (again.status_code, again.get_data()) == (304, b"")


def test_the_dictionary_describes_every_column(client: FlaskClient) -> None:
    package = client.get("/data/datapackage.json").get_json()
    header = client.get("/data/clinics.csv").get_data(as_text=True).splitlines()[0].split(",")
    described = next(resource for resource in package["resources"] if resource["name"] == "clinics")
    assert [field["name"] for field in described["schema"]["fields"]] == header
    assert all(field["description"] for field in described["schema"]["fields"])


def test_points_on_the_map_are_longitude_first(client: FlaskClient) -> None:
    features = client.get("/data/clinics.geojson").get_json()["features"]
    portland = next(feature for feature in features if feature["properties"]["clinic"] == "Lantern At Home")
    assert portland["geometry"]["coordinates"] == [-122.69, 45.53]


def test_robots_may_read_clinics_but_not_archived_texts_or_the_desk(client: FlaskClient) -> None:
    from protego import Protego

    rules = Protego.parse(client.get("/robots.txt").get_data(as_text=True))
    assert rules.can_fetch("http://localhost/clinics/lantern-at-home", "anybot")
    for address in ("/clinics/lantern-at-home/pages/3", "/desk/", "/?q=portland"):
        assert not rules.can_fetch("http://localhost" + address, "anybot")
