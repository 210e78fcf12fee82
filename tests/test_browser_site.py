"""The public site in a real browser: accessible, quiet, whole without JavaScript, usable by keyboard, printable."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from invented_clinics import fill
from waitress.server import create_server

from store.engine import open_engine
from store.settings import Settings
from webapp import create_app

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parent.parent
CHROMIUM = which("chromium") or which("chromium-browser") or ""
ARGUMENTS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
PAGES = (
    "/",
    "/?q=portland+or",
    "/?q=nothing+is+called+this&states=screening",
    "/clinics/alder-street-psychiatry",
    "/clinics/quick-calm-ketamine-spa",
    "/clinics/two-rivers-interventional-psychiatry",
    "/clinics/closed-gate-pain-clinic",
    "/clinics/new-on-the-list",
    "/clinics/alder-street-psychiatry/history",
    "/clinics/lantern-at-home/questions",
    "/clinics/alder-street-psychiatry/pages/1",
    "/compare?clinic=alder-street-psychiatry&clinic=lantern-at-home&clinic=cedar-hill-infusion-center",
    "/compare?q=portland",
    "/checklist",
    "/checklist/home-use",
    "/methodology",
    "/statistics",
    "/status",
    "/corrections?clinic=lantern-at-home",
    "/data",
    "/about",
    "/not-here",
    "/?q=portland&lang=es",
    "/clinics/lantern-at-home?lang=es",
)
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    settings = Settings.from_environment(
        {
            "VETTING_DATA_DIR": str(folder),
            "VETTING_CHECKLIST": str(ROOT / "checklist.yaml"),
            "VETTING_RATE_LIMIT": "off",
        }
    )
    engine = open_engine(settings.database_url)
    fill(engine)
    app = create_app(settings, engine)
    app.extensions["vetting"].places.find("London")  # as `vetting serve` does: no reader waits for the gazetteer
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    engine.dispose()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not CHROMIUM:
        if os.environ.get("CI") == "true":
            pytest.fail("there is no Chromium on this machine; install it with the system's packages")
        pytest.skip("there is no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def watched(browser: Any, site: str) -> Iterator[Any]:
    """Makes pages whose every console message and foreign request is kept in `.heard`, and must be none at the end."""
    contexts: list[Any] = []
    heard: list[str] = []

    def make(**options: Any) -> Any:
        context = browser.new_context(**options)
        context.set_default_timeout(90_000)  # a busy build machine is slow, not wrong
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: heard.append(f"{page.url}: {message.type}: {message.text}"))
        page.on("pageerror", lambda error: heard.append(f"{page.url}: {error}"))
        page.on(
            "request", lambda request: None if request.url.startswith((site, "data:")) else heard.append(request.url)
        )
        return page

    yield make
    for context in contexts:
        assert context.cookies() == []
        context.close()
    expected = "the server responded with a status of 404"  # the browser's own word on /not-here
    assert [line for line in heard if expected not in line] == []


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_axe_finds_nothing_and_nothing_overflows(watched: Any, site: str, width: int, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page, axe, faults = watched(viewport={"width": width, "height": 844}, color_scheme=scheme), Axe(), []
    for address in PAGES:
        page.goto(site + address)
        found = axe.run(page, options=RULES).response["violations"]
        faults.extend((address, violation["id"], violation["nodes"][0]["html"][:200]) for violation in found)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            faults.append((address, "overflow", str(width)))
    assert faults == []


@pytest.mark.parametrize("width", [320, 1600])
def test_the_narrowest_and_the_widest_window_hold_every_page(watched: Any, site: str, width: int) -> None:
    page = watched(viewport={"width": width, "height": 700})
    wide = []
    for address in PAGES:
        page.goto(site + address)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(address)
    assert wide == []


def test_without_javascript_a_family_finds_a_clinic_and_its_questions(watched: Any, site: str) -> None:
    page = watched(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page.goto(site)
    page.get_by_role("searchbox").fill("97205")
    page.get_by_role("button", name="Search").click()
    page.locator("summary", has_text="Filter by what is stated").click()
    page.get_by_role("checkbox", name="A psychiatrist or anaesthesiologist in charge").check()
    page.get_by_role("checkbox", name="Blood pressure, heart and oxygen measured").check()
    page.get_by_role("button", name="Show these clinics").click()
    assert page.locator(".hit h2").all_inner_texts() == ["Alder Street Psychiatry"]
    page.get_by_role("link", name="Questions to ask Alder Street Psychiatry").click()
    assert page.locator(".asked > li").count() >= 3


def test_with_javascript_a_filter_answers_at_once_and_the_address_can_be_shared(watched: Any, site: str) -> None:
    page = watched(viewport={"width": 1280, "height": 900})
    page.goto(site + "/?q=portland+or")
    page.get_by_role("checkbox", name="An assessment before treatment is agreed").check()
    page.wait_for_function("document.querySelectorAll('.hit').length === 1")
    assert "states=screening" in page.url
    shared = watched(viewport={"width": 1280, "height": 900})
    shared.goto(page.url)
    assert shared.locator(".hit h2").all_inner_texts() == ["Alder Street Psychiatry"]


def test_the_keyboard_alone_reaches_the_box_the_results_and_a_quote(watched: Any, site: str) -> None:
    page = watched(viewport={"width": 1280, "height": 900})
    page.goto(site)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("Alder")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=Alder*")
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Alder Street Psychiatry":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/clinics/alder-street-psychiatry")


def test_the_archived_sentence_is_marked_and_in_view(watched: Any, site: str) -> None:
    page = watched(viewport={"width": 390, "height": 844})
    page.goto(site + "/clinics/alder-street-psychiatry#screening")
    page.locator("#screening").get_by_role("link", name="in our archived text").click()
    mark = page.locator(".spot:target + mark")
    assert mark.inner_text().startswith("Before you book, our psychiatrist")
    page.wait_for_function("""() => {
        const top = document.querySelector('.spot:target + mark').getBoundingClientRect().top;
        return top >= 0 && top < innerHeight;
    }""")


@pytest.mark.parametrize("slug", ["lantern-at-home", "kauri-wellbeing", "new-on-the-list"])
@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_questions_fit_on_one_sheet_of_paper(watched: Any, site: str, slug: str, paper: str) -> None:
    import io

    from pypdf import PdfReader

    page = watched()
    page.goto(f"{site}/clinics/{slug}/questions")
    assert len(PdfReader(io.BytesIO(page.pdf(format=paper, prefer_css_page_size=False))).pages) == 1


def test_the_search_page_is_light(watched: Any, site: str) -> None:
    page = watched(viewport={"width": 390, "height": 844})
    sizes: list[int] = []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    page.goto(site + "/?q=portland+or", wait_until="networkidle")
    assert 0 < sum(sizes) < 60_000


def test_in_nine_taps_a_visitor_has_the_questions_for_the_nearest_clinic_that_states_both(
    watched: Any, site: str
) -> None:
    """The trial: three nearest clinics that state a psychiatrist or anaesthesiologist and monitoring, and one's questions."""
    page = watched(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    taps: list[str] = []

    def tap(what: Any, name: str) -> None:
        what.scroll_into_view_if_needed()
        what.tap()
        taps.append(name)

    page.goto(site)
    assert page.get_by_role("heading", level=1).inner_text() == "What does a ketamine clinic say about its care?"
    tap(page.get_by_role("searchbox"), "the box")
    page.keyboard.type("Portland, OR")
    tap(page.get_by_role("button", name="Search"), "search")
    page.wait_for_url("**q=Portland**")
    page.get_by_label("Within").select_option("any")
    taps += ["the distance", "any distance"]
    page.wait_for_url("**within=any**")
    tap(page.locator("summary", has_text="Filter by what is stated"), "filters")
    tap(page.get_by_role("checkbox", name="A psychiatrist or anaesthesiologist in charge"), "who leads")
    page.wait_for_url("**physician-oversight**")
    tap(page.get_by_role("checkbox", name="Blood pressure, heart and oxygen measured"), "monitoring")
    page.wait_for_url("**vital-signs**")
    page.wait_for_function("document.querySelectorAll('.chosen li').length === 2")
    hits = page.locator(".hit")
    assert hits.locator("h2").all_inner_texts()[:3] == [
        "Alder Street Psychiatry",
        "Two Rivers Interventional Psychiatry",
        "St Bride's Hospital Ketamine Service",
    ]
    miles = [float(one.split()[0].replace(",", "")) for one in hits.locator(".where b").all_inner_texts()[:3]]
    assert miles == sorted(miles)
    tap(hits.locator("h2 a").first, "the clinic")
    assert page.locator("#physician-oversight q").first.inner_text().startswith("A board-certified psychiatrist")
    tap(page.get_by_role("link", name="Questions to ask", exact=True), "questions")
    page.wait_for_url("**/alder-street-psychiatry/questions")
    assert page.locator(".asked .question").all_inner_texts()
    assert page.get_by_role("button", name="Print this sheet").is_visible()
    assert len(taps) <= 9
