"""JSON-LD in pages (schema.org): questions with their answers, for pages that show them only to machines."""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

from scorer.markup import HEADINGS, INLINE, LABEL_TAGS

# A parser would take minutes for tags made to hold it up, which JSON hides from crawler/heavy.py: these are taken out by pattern.
_TAG = re.compile(r"<!--.*?(?:-->|\Z)|</?(?P<name>[a-z][a-z0-9]*)(?:[\s/][^<>]*)?>", re.I | re.S)
_BLOCKS = (
    frozenset(HEADINGS)
    | LABEL_TAGS
    | frozenset(
        "address article aside blockquote body br button center dd details div dl fieldset figcaption figure footer form header hr "
        "html iframe li main nav ol p pre script section style table tbody td tfoot th thead tr ul video".split()
    )
)
_HALVES = re.compile("[\x00\ud800-\udfff]")
_DEEPEST = 20


def linked_data(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object of the page's JSON-LD, nested ones too; broken JSON is passed over, as search engines do."""
    for script in tree.css('script[type="application/ld+json"]'):
        try:
            # Not strict: exports leave line ends and tabs within strings.
            yield from _objects(json.loads(script.text() or "null", strict=False), 0)
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


def whole_letters(text: str) -> str:
    """The text with U+FFFD for what JSON and PDFs can hold and no file or database takes: halves of surrogate pairs, and NUL.

    One letter stands for one, so that every offset stays exact.
    """
    return text if text.isascii() and "\x00" not in text else _HALVES.sub("\ufffd", text)


def _plain(text: str) -> str:
    """Answers may hold HTML, tags escaped or not."""
    return " ".join(html.unescape(_TAG.sub(_in_place_of, html.unescape(whole_letters(text)))).split())


def _in_place_of(tag: re.Match[str]) -> str:
    """Nothing for inline markup, which stands within words, a blank for blocks; what names no tag is the clinic's own wording."""
    name = (tag["name"] or "").lower()
    if name in _BLOCKS:
        return " "
    return "" if not name or name in INLINE else tag[0]


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
