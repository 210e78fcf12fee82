"""The Spanish catalogue is whole: every string of the public site, with its placeholders."""

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
METHODS = [("desk/**", "ignore"), ("templates/desk/**", "ignore"), ("**.py", "python"), ("templates/**.html", "jinja2")]
KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None}


def catalogue() -> Catalog:
    """The Spanish catalogue as committed."""
    with (ROOT / "webapp/translations/es/LC_MESSAGES/messages.po").open("rb") as file:
        return read_po(file, locale="es")


def test_every_string_of_the_public_site_is_in_spanish() -> None:
    spanish = catalogue()
    options = {"templates/**.html": {"trimmed": "true"}}
    found = extract_from_dir(ROOT / "webapp", METHODS, options, KEYWORDS)
    lacking = {str(message[2]) for message in found if not (entry := spanish.get(message[2])) or not entry.string}
    assert lacking == set()


def test_every_translation_keeps_its_placeholders() -> None:
    spanish = catalogue()
    assert [(message.id, list(message.check(spanish))) for message in spanish if list(message.check(spanish))] == []
