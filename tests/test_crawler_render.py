"""Pages that need JavaScript, rendered by a browser that asks for nothing by itself."""

from importlib.util import find_spec
from pathlib import Path
from shutil import which

import pytest
from awkward_web import NOTHING, WORDS, Answer, Ask, Web, site
from crawl_fixtures import crawl_all, listed, loopback_settings
from sqlmodel import Session, select

from store.archive import Archive
from store.models import Snapshot

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        find_spec("playwright") is None or not (which("chromium") or which("chromium-browser")), reason="no Chromium"
    ),
]
SCRIPT = """
const show = text => { document.getElementById('root').innerHTML = text; };
fetch('/api/team.json').then(answer => answer.json()).then(team => show('<h1>Team</h1><p>' + team.words + '</p><a href="/safety">Safety</a>'));
fetch('http://127.0.0.1:1/elsewhere').catch(() => 0);
fetch('/secret.json').catch(() => 0);
"""


@site
def application(ask: Ask) -> Answer:
    shell = b"<html><title>App</title><body><div id=root></div><script src=/app.js></script></body></html>"
    return {
        "/robots.txt": Answer(b"User-agent: *\nDisallow: /secret", kind="text/plain"),
        "/": Answer(shell),
        "/app.js": Answer(SCRIPT.encode(), kind="application/javascript"),
        "/api/team.json": Answer(('{"words": "' + WORDS.strip() + '"}').encode(), kind="application/json"),
        "/safety": Answer(f"<title>Safety</title><p>{WORDS} Twice.".encode()),
    }.get(ask.path, NOTHING)


def test_a_page_that_needs_javascript_is_rendered_within_all_rules(tmp_path: Path) -> None:
    web = Web(["application"], third_octet=83)
    settings = loopback_settings(tmp_path, render=True, crawl_timeout=10.0)
    engine = listed(settings, web.csv())
    summary = crawl_all(engine, settings)
    web.close()
    with Session(engine) as session:
        home, safety = session.exec(select(Snapshot).order_by(Snapshot.id)).all()
    archive = Archive(settings.archive_dir)
    assert summary.outcomes == {"complete": 1} and home.marks == ["rendered"] and safety.marks == []
    assert b"blood pressure" in archive.read(home).body and archive.verify().problems == []
    assert {"/app.js", "/api/team.json"} <= set(web.asked("application")) and "/secret.json" not in web.asked(
        "application"
    )
