"""Parts of pages that are the same on many: `{% kept "name", what, it, shows %} ... {% endkept %}` makes such a part once.

What stands between may depend on the values named, on the language and on the checklist, on nothing else of the request or the
database: a search that nobody has made before is then put together from parts that others have seen, and the page that tells of a
fault has its crisis lines though the database does not answer.
"""

from collections.abc import Callable
from typing import Any

from flask import Flask, request
from jinja2 import Environment, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from markupsafe import Markup
from sqlalchemy import Engine

from store.settings import Settings
from webapp.caching import Recent
from webapp.language import LANGUAGES, language
from webapp.site import get_site

KEPT_CHARACTERS = 16 * 1024 * 1024


class Kept(Extension):
    """The tag `kept`."""

    tags = {"kept"}  # noqa: RUF012  so it is declared there

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._parts: Recent[Markup] = Recent(KEPT_CHARACTERS)

    def parse(self, parser: Parser) -> nodes.Node:
        """From the tag to its end: a call with the key, whose caller makes the part."""
        line = next(parser.stream).lineno
        key = parser.parse_tuple()
        body = parser.parse_statements(("name:endkept",), drop_needle=True)
        return nodes.CallBlock(self.call_method("part", [key]), [], [], body).set_lineno(line)

    def part(self, key: Any, caller: Callable[[], str]) -> Markup:
        """The part as it was made for this key, or made now."""
        # A chosen language travels along in the part's links, one that the browser wished for does not.
        whole = (get_site().checklist.version, language(), request.args.get("lang") in LANGUAGES, key)
        found = self._parts.get(whole)
        if found is None:
            found = Markup(caller())  # noqa: S704  what a template has made is escaped
            self._parts.put(whole, found, len(found))
        return found


def init_app(app: Flask, _settings: Settings, _engine: Engine) -> None:
    """Teach templates the tag."""
    app.jinja_env.add_extension(Kept)
