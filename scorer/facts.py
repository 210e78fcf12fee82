"""Facts beside the verdicts: who leads, by which route, where, for what, how long, how often, at what price. Never scored.

Each has a closed list of values or a number with its unit, and the sentence that says it. Only sentences on the clinic's own
practice are read, so that a price told of others is not taken for its own.
"""

import re
from collections.abc import Iterator

from scorer.context import Practice
from scorer.findings import Looked
from scorer.page import PageKind
from scorer.verdicts import Fact

# name -> what it tells, for the page that shows it and for the data dictionary.
FACTS = {
    "leads": "who leads or gives treatment: psychiatrist, anaesthesiologist, other-physician, crna, nurse-practitioner",
    "route": "how it is given: iv, im, esketamine, nasal, oral",
    "place": "where it is taken: clinic, home",
    "condition": "what it is offered for",
    "telehealth": "yes where visits are held by video or telephone",
    "minutes-observed": "minutes in the clinic after or around a dose",
    "sessions-in-course": "sessions in the first course",
    "price": "price of one session, with its currency",
    "served": "states or countries served, where the clinic lists them",
}

_WORD_FACTS: tuple[tuple[str, str, re.Pattern[str]], ...] = tuple(
    (name, value, re.compile(pattern, re.I))
    for name, value, pattern in (
        ("leads", "psychiatrist", r"\b(?:board[- ]certified |consultant |our |attending |licensed |a )?psychiatrists?\b"),
        ("leads", "anaesthesiologist", r"\ba(?:na|ne)sthesiologists?\b|\bconsultant ana?esthetists?\b|\banaesthetists?\b"),
        ("leads", "crna", r"\bCRNAs?\b|\bnurse ana?esthetists?\b|\bnurse anesthesiologists?\b"),
        ("leads", "nurse-practitioner", r"\bnurse practitioners?\b|\bPMHNP\b|\bFNP\b|\bARNP\b|\bAPRN\b"),
        ("leads", "other-physician", (r"\b(?:emergency|family|internal medicine|pain)(?: medicine)? (?:physician|doctor)s?\b"
                                     r"|\bour physicians?\b|\bmedical director\b")),
        ("route", "iv", r"\bIV\b|\bintravenous\w*|\binfusions?\b|\bdrip\b"),
        ("route", "im", r"\bIM\b|\bintramuscular\w*|\bketamine (?:injection|shot)s?\b"),
        ("route", "esketamine", r"\besketamine\b|\bspravato\b"),
        ("route", "nasal", r"\b(?:compounded |ketamine )nasal sprays?\b|\bintranasal ketamine\b"),
        ("route", "oral", r"\blozenges?\b|\btroches?\b|\bsublingual\w*|\brapid[- ]dissolv\w+ tablets?\b|\boral ketamine\b|\bRDTs?\b"),
        ("place", "home", (r"\bat[- ]home (?:ketamine|treatment|sessions?)\b|\bfrom (?:the comfort of )?your (?:own )?home\b"
                          r"|\b(?:mailed|shipped|posted|delivered) to your (?:door|home|address)\b")),
        ("place", "clinic", r"\b(?:in|at) our (?:clinic|office|suite|center|centre|infusion (?:suite|room))\b|\btreatment rooms?\b"),
        ("telehealth", "yes", r"\btelehealth\b|\btelemedicine\b|\bvideo (?:visit|call|appointment|consult\w*)s?\b"),
        ("condition", "depression", r"\bdepression\b"),
        ("condition", "bipolar depression", r"\bbipolar\b"),
        ("condition", "PTSD", r"\bPTSD\b|\bpost[- ]?traumatic\b"),
        ("condition", "anxiety", r"\banxiety\b"),
        ("condition", "OCD", r"\bOCD\b|\bobsessive[- ]compulsive\b"),
        ("condition", "suicidal thoughts", r"\bsuicidal (?:thoughts|ideation)\b"),
        ("condition", "chronic pain", r"\bchronic pain\b|\bCRPS\b|\bneuropath\w+|\bfibromyalgia\b"),
        ("condition", "migraine", r"\bmigraines?\b"),
        ("condition", "addiction", r"\b(?:alcohol|opioid|substance) use disorders?\b"),
    )
)  # fmt: skip
_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8, "ten": 10, "twelve": 12, "half an": 30}
_NUMBER = r"(?P<n>\d{1,3}|" + "|".join(_NUMBERS) + ")"
_OBSERVED = re.compile(
    rf"(?:observ|monitor|recover|stay|remain|rest|kept?|keep)\w*[^.;]{{0,50}}?\b{_NUMBER}"
    r"(?:\s*(?:to|-|–)\s*\d{1,3})?[- ](?P<unit>minutes?|mins?|hours?|hrs?)\b",
    re.I,
)
_COURSE = re.compile(
    rf"\b(?:course|series|program(?:me)?|protocol|package|set) of {_NUMBER}\b"
    rf"|\b{_NUMBER.replace('<n>', '<m>')} (?:infusions?|sessions?|treatments?|doses?) (?:over|in|within|across)\b",
    re.I,
)
_PRICE = re.compile(
    r"(?P<sign>US\$|A\$|C\$|NZ\$|[$£€])\s?(?P<n>\d{1,3}(?:,\d{3})+|\d{2,5})(?:\.\d\d)?|(?P<n2>\d{2,5})\s?(?P<unit>dollars|pounds|euros)",
    re.I,
)
_PER_SESSION = re.compile(
    r"\b(?:per|each|a|an|one|single|every) (?:\w+ )?(?:infusion|session|treatment|visit|injection|dose)\b"
    r"|\b(?:infusion|session|injection)\b",
    re.I,
)
_NOT_A_SESSION = re.compile(
    r"consult|evaluation|intake|cancel|deposit|no[- ]show|package|series|course|six|prepaid|membership|month|TMS"
    r"|vitamin|NAD|myers|late|deductible|save",
    re.I,
)
_SIGNS = {
    "$": "USD",
    "US$": "USD",
    "A$": "AUD",
    "C$": "CAD",
    "NZ$": "NZD",
    "£": "GBP",
    "€": "EUR",
    "dollars": "USD",
    "pounds": "GBP",
    "euros": "EUR",
}
_SERVED = re.compile(
    r"\b(?:available|licensed|serving|we serve|patients|prescrib\w+) (?:to |in |throughout |across |residents of )+"
    r"(?P<places>(?:[A-Z][a-z]+(?: [A-Z][a-z]+)?(?:, (?:and )?| and )?){2,})"
)
# One value of each of these a page is enough; conditions and routes may be many.
_MANY = frozenset({"condition", "route", "leads", "place"})


def find_facts(looked: Looked) -> tuple[Fact, ...]:
    """The facts of one page, each value once, with the first sentence on the clinic's own practice that says it."""
    if looked.page.kind in (PageKind.BLOG, PageKind.TESTIMONIALS, PageKind.LEGAL):
        return ()
    found: dict[tuple[str, str], Fact] = {}
    for sentence, context in zip(looked.sentences, looked.contexts, strict=True):
        if any(clause.practice is not Practice.OWN for clause in context.clauses):
            continue
        quote = looked.page.text[sentence.start : sentence.end]
        for name, value in _told(quote):
            key = (name, value if name in _MANY else "")
            found.setdefault(key, Fact(name, value, quote, sentence.start, sentence.end))
    return tuple(found.values())


def _told(quote: str) -> Iterator[tuple[str, str]]:
    negated = re.search(r"\b(?:no|not|never|don['’]t|doesn['’]t|isn['’]t|without)\b", quote, re.I)
    if not negated:
        for name, value, pattern in _WORD_FACTS:
            if pattern.search(quote):
                yield name, value
    if match := _OBSERVED.search(quote):
        number = _number(match["n"])
        yield "minutes-observed", str(number * 60 if match["unit"].lower().startswith("h") else number)
    if match := _COURSE.search(quote):
        yield "sessions-in-course", str(_number(next(n for n in match.groups() if n)))
    if (match := _PRICE.search(quote)) and _PER_SESSION.search(quote) and not _NOT_A_SESSION.search(quote):
        amount = (match["n"] or match["n2"]).replace(",", "")
        yield (
            "price",
            f"{amount} {_SIGNS[(match['sign'] or match['unit']).upper() if match['sign'] else match['unit'].lower()]}",
        )
    if match := _SERVED.search(quote):
        yield "served", match["places"].strip(" ,")


def _number(text: str) -> int:
    return int(text) if text.isdigit() else _NUMBERS[text.lower()]
