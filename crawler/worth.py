"""How much an address is worth reading, before it is read: pages on who, how, for whom, at what price come first."""

import re
from urllib.parse import unquote, urlsplit

START = 1000
SITEMAP = 900  # right after the start: it tells where the pages of worth are
REDIRECT = 950

# The first that matches counts; the scale is only an order. Words are looked for in path and link text.
_WORDS = [
    (
        -60,
        r"/(tag|category|author|archives?|feed|page|search)(/|$)|\?((s|q|search|sort|filter|color|size|order)=|page=\d)",
    ),
    (-50, r"privacy|terms|cookie|accessib|disclaimer|sitemap|careers?|jobs?(/|$)|press|newsroom|gallery|photo|video"),
    (-40, r"/(19|20)\d\d/|calendar|events?(/|$)"),
    (
        90,
        r"safety|monitor|screen|candida|eligib|consent|contraindicat|side.?effect|risk|aftercare|after.?care|follow.?up|integration",
    ),
    (85, r"what.?to.?expect|how.?it.?works|process|protocol|prepar|your.?(visit|first|journey)|treatment.?day"),
    (
        80,
        r"team|staff|provider|doctor|physician|psychiatr|clinician|anesthes|anaesth|meet|medical.?director|who.?we.?are",
    ),
    (75, r"faq|frequently|questions"),
    (70, r"ketamine|esketamine|spravato|infusion|troche|lozenge|at.?home|telehealth|\bkap\b"),
    (65, r"pric|cost|fees?(/|$|\b)|insurance|financ|pay"),
    (60, r"about|our.?(story|clinic|approach|practice|mission)|approach|philosophy"),
    (55, r"service|treatment|therap|program|condition|depress|ptsd|pain"),
    (45, r"contact|location|new.?patient|get.?started|forms?(/|$|\b)"),
    (-30, r"blog|news|article|podcast|/post|stories|testimonial|review"),
]
_RULES = [(points, re.compile(words)) for points, words in _WORDS]  # for what is in lower case
SLUG = 5  # words in the name of a page; more are the title of an article


def worth(url: str, text: str = "", start_path: str = "/") -> int:
    """Higher is sooner, for an address with the `text` of the link to it; `start_path` is where the list says to begin.

    A blog post on a subject of worth stays behind every page of the clinic's own.
    """
    parts = urlsplit(url)
    path = unquote(parts.path).lower()
    subject = f"{path}?{parts.query.lower()}" if parts.query else path
    points = next((score for score, rule in _RULES if rule.search(subject)), 0)
    if text and points >= 0:
        spoken = next((score for score, rule in _RULES if rule.search(text[:120].lower())), 0)
        points = max(points, spoken - 5)
    if points > 0 and _RULES[-1][1].search(path):
        points = points // 4 - 30
    if points > 0:
        points = max(1, points - 20 * max(0, len(re.findall(r"[^-_]+", path.rstrip("/").rpartition("/")[2])) - SLUG))
    points -= 4 * max(0, path.rstrip("/").count("/") - 1)
    if parts.query:
        points -= 25
    if path.endswith(".pdf"):
        points -= 20
    if len(start_path) > 1 and path.startswith(start_path):
        points += 30
    return points
