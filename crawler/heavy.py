"""Markup that would hold up every visit of a crawl while a parser works on it: known beforehand, and read without a tree."""

import re
from collections import Counter

_FEW_TAGS = 8000
DEEPEST = 2000  # open elements; a parser looks through all of them at every tag
# More attributes in one tag than a page made for people has: a parser compares each with all before it.
_CROWDED = re.compile(
    r"<[a-zA-Z][^\s/>]*+(?:[\s/]*+=?+[^\s/>=]++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>\"'][^\s>]*+)?+)?+){200}"
)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_VOID = frozenset("area base br col embed hr img input link meta source track wbr p li option path".split())
_SCRIPT = re.compile(r"<(script|style)\b", re.IGNORECASE)
_ENDS = {name: re.compile(f"</{name}\\b[^<>]*>", re.IGNORECASE) for name in ("script", "style")}
_MARKUP = re.compile(r"<[^<>]*>")
_HREF = re.compile(r"<a\s[^<>]*?href\s*=\s*[\"']?([^\"'\s<>]+)", re.IGNORECASE)


def is_heavy(text: str) -> bool:
    """Whether a tree of this markup would take seconds to minutes."""
    return _CROWDED.search(text) is not None or _is_too_deep(text)


def words_and_links(text: str, most_links: int) -> tuple[list[str], list[str]]:
    """The words and the addresses of links of heavy markup, in time that grows with its length only."""
    bare = _without_scripts(text)
    links = []
    for match in _HREF.finditer(bare):
        links.append(match[1])
        if len(links) >= most_links:
            break
    return _MARKUP.sub(" ", bare).split(), links


def _is_too_deep(text: str) -> bool:
    if text.count("<") < _FEW_TAGS:
        return False
    depth = 0
    opened: Counter[str] = Counter()
    for match in _TAG.finditer(text):
        name = match[2].lower()
        if name in _VOID:
            continue
        if not match[1]:
            opened[name] += 1
            depth += 1
            if depth > DEEPEST:
                return True
        elif opened[name]:  # an end without a beginning closes nothing
            opened[name] -= 1
            depth -= 1
    return False


def _without_scripts(text: str) -> str:
    parts, at = [], 0
    while (begin := _SCRIPT.search(text, at)) is not None:
        parts.append(text[at : begin.start()])
        end = _ENDS[begin[1].lower()].search(text, begin.end())
        if end is None:
            return " ".join(parts)  # a script without an end goes on to the end of the page
        at = end.end()
    return " ".join([*parts, text[at:]])
