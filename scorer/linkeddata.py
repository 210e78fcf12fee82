"""JSON-LD in pages (schema.org): questions with their answers, for pages that show them only to machines."""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

_TAG = re.compile(r"<[^>]+>")
_DEEPEST = 20


def linked_data(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object of the page's JSON-LD, nested ones too; broken JSON is passed over, as search engines do."""
    for script in tree.css('script[type="application/ld+json"]'):
        try:
            yield from _objects(json.loads(script.text() or "null"), 0)
        except (ValueError, RecursionError):
            continue


def questions_and_answers(tree: Any) -> Iterator[tuple[str, str]]:
    """The questions of FAQPage objects with their accepted answers, as plain text."""
    for thing in linked_data(tree):
        if _is_a(thing, "Question"):
            answer = thing.get("acceptedAnswer") or thing.get("suggestedAnswer")
            first = answer[0] if isinstance(answer, list) and answer else answer
            question = thing.get("name") or thing.get("text")
            if isinstance(first, dict) and isinstance(first.get("text"), str) and isinstance(question, str):
                question, reply = _plain(question), _plain(first["text"])
                if question and reply:
                    yield question, reply


def _plain(text: str) -> str:
    """Answers may hold HTML, tags escaped or not."""
    return " ".join(html.unescape(_TAG.sub(" ", html.unescape(text))).split())


def _objects(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from _objects(part, depth + 1)
    elif isinstance(value, list):
        for part in value:
            yield from _objects(part, depth + 1)


def _is_a(thing: dict[str, Any], kind: str) -> bool:
    named = thing.get("@type")
    return kind == named or (isinstance(named, list) and kind in named)
