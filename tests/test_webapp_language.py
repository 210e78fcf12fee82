"""The Spanish catalogue is whole: every string of the public site, with its placeholders, and what the checklist says."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask.testing import FlaskClient
from invented_clinics import fill

from scorer.checklist import load_checklist
from store.engine import open_engine
from store.settings import Settings
from webapp import create_app

ROOT = Path(__file__).parent.parent
METHODS = [("desk/**", "ignore"), ("templates/desk/**", "ignore"), ("**.py", "python"), ("templates/**.html", "jinja2")]
KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None}


def catalogue() -> Catalog:
    """The Spanish catalogue as committed."""
    with (ROOT / "webapp/translations/es/LC_MESSAGES/messages.po").open("rb") as file:
        return read_po(file, locale="es")


def test_every_string_of_the_public_site_is_in_spanish() -> None:
    spanish = catalogue()
    options = {"templates/**.html": {"trimmed": "true", "silent": "false", "extensions": "webapp.fragments.Kept"}}
    found = extract_from_dir(ROOT / "webapp", METHODS, options, KEYWORDS)
    lacking = {str(message[2]) for message in found if not (entry := spanish.get(message[2])) or not entry.string}
    assert lacking == set()


def test_every_translation_keeps_its_placeholders() -> None:
    spanish = catalogue()
    assert [(message.id, list(message.check(spanish))) for message in spanish if list(message.check(spanish))] == []


def test_every_title_question_and_statement_of_the_checklist_is_in_spanish() -> None:
    spanish, checklist = catalogue(), load_checklist(ROOT / "checklist.yaml")
    texts = [group.title for group in checklist.groups] + [banner.text for banner in checklist.banners]
    for criterion in checklist.criteria:
        texts += [criterion.title, criterion.question, criterion.states]
    for line in checklist.crisis_lines:
        texts += [words for words in (line.call, line.emergency) if re.search("[a-z]", words)]
    assert [text for text in texts if not (entry := spanish.get(text)) or not entry.string] == []


@pytest.fixture
def client(tmp_path: Path) -> Iterator[FlaskClient]:
    engine = open_engine(f"sqlite:///{tmp_path / 'site.sqlite'}")
    fill(engine)
    text = (ROOT / "checklist.yaml").read_text(encoding="utf-8")
    edited = tmp_path / "checklist.yaml"
    edited.write_text(text.replace("title: Its prices", "title: What it costs"), encoding="utf-8")
    named = {"VETTING_DATA_DIR": str(tmp_path), "VETTING_CHECKLIST": str(edited), "VETTING_RATE_LIMIT": "off"}
    yield create_app(Settings.from_environment(named), engine).test_client()
    engine.dispose()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/clinics/lantern-at-home/questions", "¿Qué miden durante la sesión y cada cuánto?"),
        ("/clinics/alder-street-psychiatry", "Una evaluación antes de acordar el tratamiento"),
        ("/clinics/alder-street-psychiatry", "un profesional clínico evalúa a cada paciente"),
        ("/?q=portland", "No se encontró: Ketamina para usar en casa"),
        ("/checklist", "Qué se dice a las familias"),
        ("/statistics", "Se miden tensión, corazón y oxígeno"),
    ],
)
def test_a_spanish_page_says_the_checklist_in_spanish(client: FlaskClient, address: str, said: str) -> None:
    page = client.get(address, headers={"Accept-Language": "es"}).get_data(as_text=True)
    assert said in page


def test_what_the_catalogue_does_not_have_is_marked_as_english(client: FlaskClient) -> None:
    page = client.get("/checklist", headers={"Accept-Language": "es"}).get_data(as_text=True)
    assert 'lang="en">What it costs</a>' in page
    assert 'lang="es">Lo que el tratamiento no puede hacer</a>' in page


def test_a_country_is_found_and_named_in_spanish(client: FlaskClient) -> None:
    page = client.get("/?q=estados+unidos", headers={"Accept-Language": "es"}).get_data(as_text=True)
    assert "en Estados Unidos" in " ".join(page.split())
