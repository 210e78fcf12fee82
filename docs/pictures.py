"""Makes the pictures of docs/maintaining.md from invented clinics: `python -m docs.pictures` (needs Chromium and the tests' corpus)."""

import sys
import tempfile
import threading
from pathlib import Path
from shutil import which

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs" / "images"
sys.path.insert(0, str(ROOT / "tests"))

SIZE = {"width": 1000, "height": 640}


def main() -> None:
    """Fill a desk, walk through it, take a picture of each page."""
    from desk_corpus import HOME_USE, PASSWORD, Desk
    from playwright.sync_api import sync_playwright
    from waitress.server import create_server

    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        desk = Desk(Path(folder))
        server = create_server(desk.app(), host="127.0.0.1", port=0, threads=4)
        threading.Thread(target=server.run, daemon=True).start()
        browser = playwright.chromium.launch(
            executable_path=which("chromium") or which("chromium-browser"), args=["--no-sandbox"]
        )
        page = browser.new_page(
            base_url=f"http://127.0.0.1:{server.effective_port}", viewport=SIZE, color_scheme="light"
        )
        page.set_default_timeout(120_000)

        def take(name: str) -> None:
            page.screenshot(path=IMAGES / f"desk-{name}.png")

        page.goto("/desk/")
        page.fill("#name", "rita")
        page.fill("#password", PASSWORD)
        page.click("button")
        take("home")
        page.goto("/desk/review/")
        page.locator("li", has_text=HOME_USE).locator("a").click()
        take("review")
        page.click("#confirm")
        page.click("text=Keep this decision")
        page.goto("/desk/letters/clinics/lozenge-post")
        page.click("text=Make a letter")
        take("letters")
        page.goto(page.locator("section a[href*='/replies/']").get_attribute("href") or "")
        take("answer")
        page.goto("/desk/checklist/")
        page.fill("#title", "Small teams")
        page.click("button:has-text('Begin')")
        page.goto(page.url + "/criteria/trained-staff")
        field = page.locator("[id='partial.any']")
        field.fill(field.input_value() + "\na small team")
        page.click("button:has-text('Save')")
        page.click("button:has-text('Make a preview')")
        page.wait_for_selector("text=Verdicts that flip")
        take("preview")
        browser.close()
        server.close()


if __name__ == "__main__":
    main()
