"""English and Spanish. The catalogues are the .po files themselves, read once: there is no compiled file to forget.

`?lang=es` decides and travels along in the links; without it the browser's wish does. No cookie remembers it.
"""

import io
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, Response, g, has_request_context, request
from flask_babel import Babel, Domain, get_locale
from sqlalchemy import Engine

from store.settings import Settings

LANGUAGES = {"en": "English", "es": "Español"}
CATALOGUES = Path(__file__).parent / "translations"


@cache
def translations(language: str) -> NullTranslations:
    """The catalogue of one language; English is the source and has none."""
    file = CATALOGUES / language / "LC_MESSAGES" / "messages.po"
    if not file.exists():
        return NullTranslations()
    compiled = io.BytesIO()
    with file.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return Translations(compiled)


class _Catalogues(Domain):  # type: ignore[misc]
    def get_translations(self) -> NullTranslations:
        locale = get_locale()
        return translations(locale.language if locale else "en")


class _Babel(Babel):  # type: ignore[misc]
    domain_instance = _Catalogues()


def language() -> str:
    """The language of the request under way, found out once for it: a page has hundreds of strings."""
    if not has_request_context():
        return "en"
    if "language" not in g:
        asked = request.args.get("lang", "")
        g.language = asked if asked in LANGUAGES else request.accept_languages.best_match(list(LANGUAGES), "en")
    found: str = g.language
    return found


def in_language(code: str) -> str:
    """The address of the page under way in another language."""
    arguments = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return f"{request.path}?{urlencode([*arguments, ('lang', code)])}"


def _gettext(string: str) -> str:
    return str(translations(language()).gettext(string))


def _ngettext(one: str, many: str, number: int) -> str:
    return str(translations(language()).ngettext(one, many, number))


def in_words(text: str) -> str:
    """A text of the checklist in the reader's language, where the catalogue has it; else as it stands, in English."""
    return _gettext(text) if text else ""


def tongue(text: str) -> str:
    """The language that `in_words` answers in: what is read aloud in a wrong voice cannot be understood."""
    return language() if in_words(text) != text else "en"


def init_app(app: Flask, _settings: Settings, _engine: Engine) -> None:
    """Translate templates; carry an explicit choice of language into every link."""
    _Babel(app, locale_selector=language)
    app.jinja_env.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.globals.update(in_words=in_words, tongue=tongue)
    app.context_processor(lambda: {"language": language(), "languages": LANGUAGES, "in_language": in_language})

    @app.url_defaults
    def carry(endpoint: str, values: dict[str, Any]) -> None:
        if not has_request_context() or request.args.get("lang") not in LANGUAGES:
            return
        # A feed is one, whoever reads it, and what it names has one address.
        if not endpoint.startswith(("assets.", "feeds.")) and request.blueprint != "feeds":
            values.setdefault("lang", request.args["lang"])

    @app.after_request
    def vary(response: Response) -> Response:
        if response.mimetype == "text/html":
            response.vary.add("Accept-Language")
            response.content_language.add(language())
        return response
