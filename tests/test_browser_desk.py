"""The maintainers' day in a real browser, by keyboard alone: edit, preview, adopt, review, letter, reply, publish; axe on every page.

A day begins at one address; from there on every page is reached with Tab, Enter and typing.
"""

import json
import os
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from shutil import which
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from desk_corpus import HOME_USE, PASSWORD, ROOT, VITALS, Desk
from sqlmodel import select
from waitress.server import create_server

from jobs.reassess import publish_due
from scorer.checklist import load_checklist
from scorer.findings import Judge
from store.engine import session
from store.models import now
from store.people import Letter

pytestmark = pytest.mark.browser
CHECKLIST = load_checklist(ROOT / "checklist.yaml")
CHROMIUM = which("chromium") or which("chromium-browser") or ""
ARGUMENTS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
FOCUSED = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return "";
  const label = e.labels && e.labels.length ? e.labels[0].innerText : "";
  return (label || e.getAttribute("aria-label") || e.innerText || e.value || "").trim();
}"""

ENTRY = "() => document.activeElement.closest('li, tr, section, body').innerText"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def site(desk: Desk) -> Iterator[str]:
    server = create_server(desk.app(), host="127.0.0.1", port=0, threads=4)
    threading.Thread(target=server.run, daemon=True).start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()


@pytest.fixture
def page(site: str) -> Iterator[Any]:
    if not CHROMIUM:
        if os.environ.get("CI") == "true":
            pytest.fail("there is no Chromium on this machine; install it with the system's packages")
        pytest.skip("there is no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        opened = browser.new_page(base_url=site)
        opened.set_default_timeout(90_000)
        yield opened
        browser.close()


def to(page: Any, name: str, beside: str = "") -> None:
    """Go on by Tab until what has this name is focused; of several, the one in an entry that holds the words `beside`."""
    for _ in range(400):
        page.keyboard.press("Tab")
        if re.match(name, page.evaluate(FOCUSED)) and beside in page.evaluate(ENTRY):
            return
    pytest.fail(f"{name} is not reached by keyboard on {page.url}")


def press(page: Any, name: str, beside: str = "") -> None:
    """Reach it and press Enter; the page that follows has loaded."""
    to(page, name, beside)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def write(page: Any, name: str, words: str) -> None:
    to(page, name)
    page.keyboard.press("Control+End")
    page.keyboard.type(words)


def clean(page: Any) -> None:
    """axe finds nothing on the page."""
    found = Axe().run(page, options={"runOnly": RULES["runOnly"]})
    broken = [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found.response["violations"]]
    assert not broken, (page.url, json.dumps(broken, indent=1))


def sign_in(page: Any, name: str) -> None:
    page.goto("/desk/")
    clean(page)
    write(page, "Name", name)
    write(page, "Password", PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.endswith("/desk/")


def reply(page: Any, link: str, words: str) -> None:
    """The clinic opens its private link in a browser of its own, and answers."""
    theirs = page.context.browser.new_page()
    theirs.goto(link)
    clean(theirs)
    to(theirs, "Answer this")
    theirs.keyboard.press("Enter")
    to(theirs, "Reason")
    theirs.keyboard.press("ArrowDown")  # the first reason wants an address
    write(theirs, "In your words", words)
    press(theirs, "Send this answer")
    assert "has been kept" in theirs.content()
    clean(theirs)
    theirs.close()


def test_the_whole_day_by_keyboard(page: Any, desk: Desk) -> None:
    sign_in(page, "rita")
    clean(page)
    # An edit, its preview, its adoption.
    press(page, "Checklist")
    clean(page)
    write(page, "Begin an edit", "Small teams")
    press(page, "Begin$")
    clean(page)
    press(page, re.escape(CHECKLIST.by_id["trained-staff"].title))
    clean(page)
    to(page, "Phrases that say so")
    write(page, "Phrases that say so", "\na small team")
    press(page, "Save")
    assert 'phrase added or changed: "a small team"' in page.content()
    press(page, "Make a preview")
    page.wait_for_selector("text=Verdicts that flip", timeout=180_000)
    clean(page)
    assert "We are a small team." in page.content()
    press(page, "Small teams")
    write(page, "Why", "Many pages say so.")
    press(page, "Adopt as the next version")
    page.wait_for_selector("text=clinics assessed", timeout=180_000)
    clean(page)
    # A review.
    press(page, "Review")
    clean(page)
    press(page, re.escape(CHECKLIST.by_id["home-use"].title), beside=HOME_USE)
    clean(page)
    to(page, "Confirm")
    page.keyboard.press("Space")
    press(page, "Keep this decision")
    # A letter, and the clinic's reply.
    press(page, "Letters and replies")
    clean(page)
    press(page, "Lozenge Post")
    clean(page)
    press(page, "Make a letter")
    clean(page)
    to(page, "https?://")
    reply(page, page.evaluate(FOCUSED), "Lozenges are no longer posted.")
    press(page, "Letters and replies")
    clean(page)
    press(page, "Show it beside the finding")
    clean(page)
    # Its working days end: the finding is published, the reply beside it.
    with session(desk.engine) as opened:
        letter = opened.exec(select(Letter)).one()
        letter.due_on = now().date() - timedelta(days=1)
        opened.add(letter)
    checklist = desk.app().extensions["vetting"].checklist
    assert publish_due(desk.engine, Judge(checklist), desk.settings) == [desk.mailer]
    press(page, "Lozenge Post")
    clean(page)
    press(page, "the public page")
    clean(page)
    assert HOME_USE in page.content() and "Lozenges are no longer posted." in page.content()


def test_axe_finds_nothing_on_the_other_pages(page: Any, desk: Desk) -> None:
    page.goto("/corrections?clinic=calm-room")
    page.fill("#text", "It has closed.")
    page.click("button:has-text('Send the report')")
    sign_in(page, "ada")
    page.goto("/desk/gold/")
    page.click("text=A page by hand")
    page.fill("#text", f"# Safety\n\n{VITALS}")
    page.click("details button")
    for address in (
        "/desk/", "/desk/gold/", "/desk/gold/1", "/desk/cases/", "/desk/cases/1", "/desk/notices/", "/desk/log/", "/desk/accounts/",
        "/desk/accounts/own-password", "/desk/review/decisions", "/desk/checklist/try", "/desk/letters/",
    ):  # fmt: skip
        page.goto(address)
        clean(page)
    page.goto("/desk/checklist/try")
    page.fill("#text", f"{VITALS}\n\nOther clinics mail lozenges to your home.")
    page.click("button:has-text('Try it')")
    clean(page)


def test_a_selected_sentence_becomes_a_label(page: Any, desk: Desk) -> None:
    sign_in(page, "ed")
    page.goto("/desk/gold/")
    page.click("text=A page by hand")
    page.fill("#text", f"# Vital signs\n\n{VITALS}")
    page.click("details button")
    page.click("main li a >> nth=-1")
    page.evaluate("() => { const t = document.querySelector('[data-select-from]').firstChild; const r = document.createRange(); "
                  "const at = t.data.indexOf('We check'); r.setStart(t, at); r.setEnd(t, t.data.length); getSelection().addRange(r); }")  # fmt: skip
    page.wait_for_function("() => document.getElementById('quote').value.startsWith('We check')")
    page.select_option("#label", "vital-signs:stated")
    page.click("button:has-text('Keep the label')")
    assert VITALS in page.locator("section[aria-labelledby=mine]").inner_text()
