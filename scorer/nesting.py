"""Markup that nests without end, levelled before it is parsed: a parser looks up all open elements at every tag."""

import re

# Chrome builds no deeper tree either; the deepest of 547 real pages nested some 60 levels.
DEEPEST = 512
_FEW_TAGS = 8000
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)(?:[^<>\"']|\"[^\"]{0,2000}\"|'[^']{0,2000}')*>")
# These have no end, or end by themselves where the next begins.
_SHALLOW = frozenset(
    "area base br col embed hr img input link meta param source track wbr p li dt dd tr td th tbody thead tfoot option optgroup "
    "html head body script style textarea title noscript".split()
)


def levelled(html: str) -> str:
    """The same text with the tags left out that open more than DEEPEST elements at once; most pages have too few tags to try."""
    if len(html) < 3 * _FEW_TAGS or (tags := html.count("<")) < _FEW_TAGS:
        return html
    closing = html.count("</")
    if closing < _FEW_TAGS and tags - 2 * closing < _FEW_TAGS:
        return html
    depth = 0

    def kept(match: re.Match[str]) -> str:
        nonlocal depth
        name = match[2].lower()
        if name in _SHALLOW or match[0].endswith("/>"):
            return match[0]
        if match[1]:
            depth = max(depth - 1, 0)
            return match[0] if depth < DEEPEST else ""
        depth += 1
        return match[0] if depth <= DEEPEST else ""

    return _TAG.sub(kept, html)
