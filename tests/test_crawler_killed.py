"""A crawl that is killed or interrupted loses nothing and doubles nothing. Set VETTING_SLOW_TESTS for twenty moments."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from awkward_web import NOTHING, Answer, Ask, Web, page, site
from sqlmodel import Session, select

from crawler.run import RunSummary
from store.archive import Archive
from store.clinics import import_csv
from store.engine import open_engine
from store.models import CrawlRun, Snapshot, Visit
from store.settings import Settings

MOMENTS = 20 if os.environ.get("VETTING_SLOW_TESTS") else 4
PAGES = 12
PROGRAM = """
import sys
from crawler.run import crawl
from store.engine import open_engine
from store.settings import Settings
settings = Settings.from_environment()
print(crawl(open_engine(settings.database_url), settings).state, flush=True)
"""


@site
def steady(ask: Ask) -> Answer:
    return (
        NOTHING
        if ask.path in ("/robots.txt", "/sitemap.xml")
        else page(f"Page {ask.path}", *[f"/treatment-{chr(97 + n)}" for n in range(PAGES)])
    )


@pytest.fixture
def web() -> Iterator[Web]:
    web = Web(["steady", "plain"], third_octet=78)
    yield web
    web.close()


def prepared(folder: Path, web: Web) -> tuple[Settings, dict[str, str]]:
    environment = {
        "VETTING_DATA_DIR": str(folder),
        "VETTING_CRAWL_ALLOW_NETWORKS": "127.0.0.0/8",
        "VETTING_CRAWL_DELAY": "0.02",
    }
    settings = Settings.from_environment(environment)
    (folder / "clinics.csv").write_text(web.csv())
    with Session(open_engine(settings.database_url)) as session, session.begin():
        import_csv(session, folder / "clinics.csv", "test")
    return settings, environment


def start(environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | environment,
        cwd=Path(__file__).parent.parent,
        stdout=subprocess.PIPE,
        text=True,
    )


def wait_for_requests(web: Web, number: int) -> None:
    end = time.monotonic() + 30
    while len(web.asked("steady")) < number and time.monotonic() < end:
        time.sleep(0.005)


def whole(settings: Settings) -> None:
    """Every page once, every copy readable, every visit ended."""
    archive = Archive(settings.archive_dir)
    assert archive.verify().problems == []
    with Session(open_engine(settings.database_url)) as session:
        snapshots = session.exec(select(Snapshot)).all()
        assert all(visit.outcome == "complete" for visit in session.exec(select(Visit)))
        assert all(run.state in ("finished", "interrupted") for run in session.exec(select(CrawlRun)))
    urls = Counter(snapshot.url for snapshot in snapshots)
    assert len(urls) == PAGES + 1 + 3 and set(urls.values()) == {1}
    assert all(archive.read(snapshot).body for snapshot in snapshots)
    pages = Counter(line.url for line in archive.index() if line.kind == "page")
    assert pages == urls


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_a_killed_crawl_is_taken_up_where_it_was(tmp_path: Path, web: Web, moment: int) -> None:
    settings, environment = prepared(tmp_path, web)
    first = start(environment)
    chance = random.Random(moment * 7919 + MOMENTS)
    wait_for_requests(web, chance.randint(1, PAGES + 2))
    time.sleep(chance.random() * 0.05)
    first.send_signal(signal.SIGKILL)
    first.wait(10)
    second = start(environment)
    assert second.communicate(timeout=120)[0].strip() == "finished"
    whole(settings)


def test_ctrl_c_ends_the_run_cleanly_and_the_next_one_goes_on(tmp_path: Path, web: Web) -> None:
    settings, environment = prepared(tmp_path, web)
    first = start(environment)
    wait_for_requests(web, 6)
    first.send_signal(signal.SIGINT)
    assert first.communicate(timeout=120)[0].strip() == "interrupted" and first.returncode == 0
    asked = len(web.asked("steady"))
    second = start(environment)
    assert second.communicate(timeout=120)[0].strip() == "finished"
    whole(settings)
    assert len(web.asked("steady")) <= asked + PAGES + 4


def test_two_processes_share_the_list_without_visiting_a_clinic_twice(tmp_path: Path, web: Web) -> None:
    settings, environment = prepared(tmp_path, web)
    both = [start(environment), start(environment)]
    assert [process.communicate(timeout=120)[0].strip() for process in both] == ["finished", "finished"]
    whole(settings)


def test_a_summary_tells_what_a_run_did() -> None:
    assert {"outcomes", "causes", "pages", "requests", "bytes", "alerts"} <= set(RunSummary.__dataclass_fields__)
