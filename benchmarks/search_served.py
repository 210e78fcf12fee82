"""The search page as it is served, beside Datasette's page over the same clinics: latency of one reader, requests a second of many.

Both answer whole HTML pages of twenty rows over HTTP on loopback, turn about, since the machine's own speed varies more than
the programs differ. Ours has its forty counts in every page; Datasette counts six columns, and once none. Datasette is set so
that nothing is left out for want of time, and has full-text search and indexes as its guide says.
"""

import os
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parent.parent
SIX = "&_facet=leads&_facet=route&_facet=region&_facet=screening&_facet=vital-signs&_facet=follow-up"
BOX = "latitude__gt=40.39&latitude__lt=41.11&longitude__gt=-74.47&longitude__lt=-73.52"  # of 25 miles around 10001
KINDS = (
    # what is asked, our address, Datasette's; "{n}" makes each address new, so that nothing is answered from a page kept before
    ("one word", "/?q=center&as=words&n={n}", "/peer/clinic?_search=center&_size=20&n={n}"),
    (
        "two filters",
        "/?states=screening&states=follow-up&n={n}",
        "/peer/clinic?screening=stated&follow-up=stated&_size=20&n={n}",
    ),
    (
        "25 miles and two filters",
        "/?q=10001&within=25&states=screening&states=vital-signs&n={n}",
        f"/peer/clinic?{BOX}&screening=stated&vital-signs=stated&_size=20&n={{n}}",
    ),
)


def served(folder: Path, database: str, generated: Iterable[dict[str, Any]] | None, rounds: int) -> None:
    """Serve the site over a filled database, beside Datasette over the same clinics where they are given, and print how both answer."""
    ours = [sys.executable, "-m", "vetting", "serve", "--port"]
    settings = {
        "VETTING_DATABASE_URL": database,
        "VETTING_DATA_DIR": str(folder),
        "VETTING_CHECKLIST": str(ROOT / "checklist.yaml"),
        "VETTING_RATE_LIMIT": "off",
    }
    near = Path(sys.executable).parent / "datasette"
    program = str(near) if near.exists() else shutil.which("datasette")
    if generated is None or program is None:
        if program is None:
            print("  Datasette is not installed (the extra `benchmarks` has it): ours alone")
        with _served(ours, settings) as address:
            _latencies({"ours": address}, rounds)
            _rates({"ours": address + KINDS[1][1]}, address)
        return
    _flat(folder / "peer.sqlite", generated)
    theirs = [program, "serve", str(folder / "peer.sqlite")]
    for name, value in (("suggest_facets", "off"), ("facet_time_limit_ms", "60000"), ("sql_time_limit_ms", "60000")):
        theirs += ["--setting", name, value]
    with _served(ours, settings) as address, _served([*theirs, "--port"], {}) as peer:
        _latencies({"ours": address, "Datasette, six counts": peer, "Datasette, no count": peer}, rounds)
        page = peer + KINDS[1][2]
        _rates({"ours": address + KINDS[1][1], "Datasette, six counts": page + SIX, "Datasette": page}, address)


def _flat(path: Path, generated: Iterable[dict[str, Any]]) -> None:
    rows = [
        {"id": one["id"], "name": one["name"], "city": one["city"], "region": one["region"]}
        | {"latitude": one["point"][0], "longitude": one["point"][1], "leads": one["leads"], "route": one["route"]}
        | one["verdicts"]
        for one in generated
    ]
    columns = ", ".join(f'"{name}"' + " INTEGER PRIMARY KEY" * (name == "id") for name in rows[0])
    with sqlite3.connect(path) as connection:
        connection.execute(f"CREATE TABLE clinic ({columns})")
        marks = ", ".join("?" for _ in rows[0])
        connection.executemany(f"INSERT INTO clinic VALUES ({marks})", [tuple(row.values()) for row in rows])
        for name in ("latitude", "leads", "route", "region", "screening", "vital-signs", "follow-up"):
            connection.execute(f'CREATE INDEX "by {name}" ON clinic ("{name}")')
        words = "name, city, region, content='clinic', content_rowid='id'"
        connection.execute(f"CREATE VIRTUAL TABLE clinic_fts USING fts5({words})")
        connection.execute("INSERT INTO clinic_fts (clinic_fts) VALUES ('rebuild')")
        connection.execute("ANALYZE")
    connection.close()


@contextmanager
def _served(command: list[str], settings: dict[str, str]) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([*command, str(port)], env={**os.environ, **settings}, cwd=ROOT, **quiet)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                httpx.get(address, timeout=60)
                break
            except httpx.TransportError:
                if process.poll() is not None:
                    raise SystemExit(f"{command[0]} did not start") from None
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(20)


def _latencies(servers: dict[str, str], rounds: int) -> None:
    with httpx.Client(timeout=120) as reader:
        for kind, our_path, their_path in KINDS:
            times: dict[str, list[float]] = {name: [] for name in servers}
            for number in range(rounds + 1):
                for name, address in servers.items():
                    path = our_path if name == "ours" else their_path + SIX * ("six" in name)
                    began = time.perf_counter()
                    reader.get(address + path.format(n=number)).raise_for_status()
                    times[name].append((time.perf_counter() - began) * 1000)
            for name, taken in times.items():
                warm = sorted(taken[1:])
                print(
                    f"  served: {kind + ', ' + name:<48} p50 {statistics.median(warm):8.2f} ms   "
                    f"p95 {warm[int(len(warm) * 0.95)]:8.2f} ms",
                    flush=True,
                )


def _rates(addresses: dict[str, str], ours: str) -> None:
    wrk = shutil.which("wrk")
    if wrk is None:
        print("  wrk is not installed: requests a second are not measured")
        return
    for name, address in {**addresses, "ours, a page kept from before": ours + "/?q=10001"}.items():
        host, _, path = address.removeprefix("http://").partition("/")
        script = Path(os.environ.get("TMPDIR", "/tmp")) / f"vetting-wrk-{os.getpid()}.lua"
        script.write_text(
            "local n = 1000000\n"
            f'request = function() n = n + 1 return wrk.format("GET", (("/{path}"):gsub("{{n}}", n))) end\n'
        )
        command = [wrk, "-t1", "-c8", "-d5s", "--timeout", "60s", "-s", str(script), f"http://{host}/"]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        script.unlink()
        rate = next(line.split()[1] for line in said.splitlines() if line.startswith("Requests/sec"))
        refused = next((line.strip() for line in said.splitlines() if "Non-2xx" in line), "")
        print(
            f"  wrk, 8 connections: two filters, {name:<34} {float(rate):9.1f} requests a second {refused}", flush=True
        )
