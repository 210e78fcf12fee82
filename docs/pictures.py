"""Makes the pictures of docs/maintaining.md from the demonstration: `python -m docs.pictures` (needs Chromium).

The small web is crawled and scored in a folder of its own; the desk over it then holds back what can harm, as a real site does.
`VETTING_TAUGHT_READER=no` makes it quicker. The checklist is not touched.
"""

import os
import re
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from shutil import which
from typing import Any

IMAGES = Path(__file__).parent / "images"
WIDTH, HEIGHT = 1000, 640
WEB_PORT = 8795  # beside a demonstration that may be running
NAME, PASSWORD = "rita", "three green apples"
DROPPED = "pressure"  # an edit that flips verdicts: the phrases of vital-signs with this word are taken away


def main() -> None:
    """Crawl and score the small web, walk through its desk, take a picture of each page."""
    from playwright.sync_api import sync_playwright
    from waitress.server import create_server

    from demonstration.run import demonstrate, demonstration_settings
    from jobs.reassess import reassess
    from jobs.score import make_judge
    from store.clinics import list_clinics
    from store.engine import open_engine, session
    from store.people_accounts import add_user
    from store.settings import Settings
    from webapp import create_app

    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        given = {
            **os.environ,
            "VETTING_DATA_DIR": folder,
            "VETTING_SECRET_KEY": "only for these pictures, and for nothing else",
        }
        settings = Settings.from_environment(given)
        demonstrate(settings, serve=False, web_port=WEB_PORT)
        settings = replace(demonstration_settings(settings), publish_without_review=False)
        engine = open_engine(settings.database_url)
        judge = make_judge(settings)
        with session(engine) as opened:
            clinics = [clinic.id for clinic in list_clinics(opened) if clinic.id is not None]
        for number in clinics:
            reassess(engine, judge, settings, number)
        add_user(engine, NAME, "reviewer", PASSWORD)
        server = create_server(create_app(settings, engine), host="127.0.0.1", port=0, threads=4)
        threading.Thread(target=server.run, daemon=True).start()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=which("chromium") or which("chromium-browser"), args=["--no-sandbox"]
            )
            page = browser.new_page(
                base_url=f"http://127.0.0.1:{server.effective_port}",
                viewport={"width": WIDTH, "height": HEIGHT},
                color_scheme="light",
            )
            page.set_default_timeout(300_000)
            _walk(page)
            browser.close()
        server.close()


def _walk(page: Any) -> None:
    """A maintainer's day, a picture at each station."""

    def take(name: str) -> None:
        page.screenshot(path=IMAGES / f"desk-{name}.png")

    page.goto("/desk/")
    page.fill("#name", NAME)
    page.fill("#password", PASSWORD)
    page.click("button")
    take("home")
    page.goto("/desk/review/")
    page.locator("ul.queue li", has_text=re.compile("(mailed|shipped) to you", re.I)).first.locator("a").click()
    take("review")
    clinic = page.locator("p.where").inner_text().split("·")[1].strip()
    page.click("#confirm")
    page.click("text=Keep this decision")
    page.goto("/desk/letters/")
    page.locator("main li a", has_text=clinic).first.click()
    page.click("text=Make a letter")
    take("letters")
    page.goto(page.locator("section a[href*='/replies/']").get_attribute("href") or "")
    take("answer")
    page.goto("/desk/checklist/")
    page.fill("#title", "Blood pressure alone is too little")
    page.click("button:has-text('Begin')")
    page.goto(page.url + "/criteria/vital-signs")
    field = page.locator("[id='stated.any']")
    field.fill("\n".join(line for line in field.input_value().splitlines() if DROPPED not in line))
    page.click("button:has-text('Save')")
    page.click("button:has-text('Make a preview')")
    page.locator("h2", has_text="Verdicts that flip").evaluate(
        "heading => heading.scrollIntoView({behavior: 'instant'})"
    )
    take("preview")


if __name__ == "__main__":
    main()
