"""Facts beside the verdicts: who leads, by which route, where, for what, how long, how often, at what price. Never scored.

Each has a closed list of values or a number with its unit, and the sentence that says it. Only sentences on the clinic's own
practice are read, so that a price told of others is not taken for its own. A wrong fact harms a clinic or a patient: what can
be taken two ways is not given.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from scorer.context import Practice
from scorer.findings import Looked
from scorer.page import BlockKind, Page, PageKind
from scorer.verdicts import Fact

# name -> what it tells, for the page that shows it and for the data dictionary.
FACTS = {
    "leads": "who leads or gives treatment: psychiatrist, anaesthesiologist, other-physician, crna, nurse-practitioner,"
    " or unclear where a physician without a speciality does",
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
        ("route", "iv", r"\bIV\b|\bintravenous\w*|\binfusions?\b|\bdrip\b"),
        ("route", "im", r"\bIM\b|\bintramuscular\w*|\bketamine (?:injection|shot)s?\b"),
        ("route", "esketamine", r"\besketamine\b|\bspravato\b"),
        ("route", "nasal", r"\b(?:compounded |ketamine )nasal sprays?\b|\bintranasal ketamine\b"),
        ("route", "oral", r"\blozenges?\b|\btroches?\b|\bsublingual\w*|\brapid[- ]dissolv\w+ tablets?\b|\boral ketamine\b|\bRDTs?\b"),
        ("place", "home", (r"\bat[- ]home (?:ketamine|treatment|sessions?)\b"
                          r"|\b(?:mailed|shipped|posted|delivered) to your (?:door|home|address)\b"
                          r"|(?<!to )\b(?:ketamine|treatments?|sessions?|therapy|doses?|lozenges?|troches?|tablets?) "
                          r"(?:(?!minutes|miles|hours|blocks|away|far)\w+ ){0,4}?"
                          r"from (?:the comfort of )?your (?:own )?home\b")),
        ("place", "clinic", r"\b(?:in|at) our (?:clinic|office|suite|center|centre|infusion (?:suite|room))\b|\btreatment rooms?\b"),
        ("telehealth", "yes", r"\btelehealth\b|\btelemedicine\b|\bvideo (?:visit|call|appointment|consult\w*)s?\b"),
        ("condition", "depression", r"(?<!respiratory )(?<!breathing )\bdepression\b"),
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
# A condition counts where sentence or heading says that it is treated, and none says that it is looked out for or shuts out.
_TREATED = re.compile(
    r"\b(?:treat(?:s|ed|ing|ment|ments)?|help(?:s|ed|ing)?|conditions|relie(?:f|ves?)|indications|approved"
    r"|(?:people|patients|adults|those|anyone) (?:with|who|whose)|living with|suffer\w*"
    r"|(?:ketamine|infusions?|therapy|injections?|care|offered|it) for)\b",
    re.I,
)
_NOT_TREATED = re.compile(
    r"\b(?:not|cannot|can['’]t|don['’]t|isn['’]t|aren['’]t|unless|contraindicat\w*|exclu\w+|unsuitable|ineligible|disqualif\w+|precautions?"
    r"|warnings?|risks?|side[- ]effects?|watch\w*|screen\w*|assess\w*|history of|tell us|let us know|if you have|scores?|nausea|unstable"
    r"|active|uncontrolled|caution|avoid|wait|delay|postpone|no)\b",
    re.I,
)
# A heading of what a clinic offers beside ketamine: what stands under it is told of that.
_KETAMINE = re.compile(r"ketamine|\bspravato\b|\bKAP\b", re.I)
_OTHER_SERVICE = re.compile(
    r"\b(?:NAD|vitamins?|B-?12|myers\w*|glutathione|IV (?:hydration|drips?|nutri\w+|therapy)|hydration (?:therapy|drips?|infusions?)"
    r"|hangover|TMS|transcranial|ECT|electroconvulsive|botox|fillers?|injectables|(?:a?esthetic|cosmetic)s?|facials?|laser|micro-?needling"
    r"|weight[- ]loss|semaglutide|tirzepatide|GLP-?1|peptides?|hormones?|testosterone|PRP|stem cells?|stellate|nerve blocks?|psilocybin"
    r"|MDMA|acupuncture|massage|neurofeedback|(?<!assisted )psychotherapy|talk therapy|counsell?ing|medication management)\b",
    re.I,
)

_ADJECTIVES = (
    r"(?:(?i:board[- ]certified|(?:double|dual|triple)[- ]board[- ]certified|certified|consultant|attending|licensed|registered|experienced"
    r"|qualified|trained|highly|fully|lead|chief|senior|psychiatric|in-house|on-site|one|two|three|four|five|all|and),?\s)*"
)
# Before the word for a profession: what makes that person the clinic's own. Names are known by their capitals.
_OWN_PERSON = (
    r"(?:\b(?i:our|the (?:clinic|practice|cent(?:er|re))['’]s)\s(?i:team of\s)?|\b(?i:board[- ]certified)\s|\b(?i:we are)\s(?i:an?\s)?"
    r"|(?:\bDr\.?(?:\s[A-Z][\w.'’-]+){1,3}|\b[A-Z][\w'’-]+(?:\s[A-Z][\w.'’-]*){1,3}(?=,))(?:,\s[A-Z][A-Za-z.-]+)*,?\s(?:is\s)?(?:an?\s|our\s)?"
    r"|\b(?i:led|run|directed|headed|overseen|supervised|owned|founded|given|administered|performed) by\s(?i:an?\s)?)"
)
_LEADING = (
    r"(?:,?\sDr\.?\s[A-Z]|\s(?i:leads?|runs?|directs?|heads?|oversees?|supervises?|gives?|administers?|performs?)\b)"
)
_PROFESSIONS = {
    "psychiatrist": r"psychiatrists?\b",
    "anaesthesiologist": r"(?<!nurse )(?:ana?esthesiologists?|anaesthetists?|consultant anesthetists?)\b",
    "crna": r"(?:CRNAs?|nurse (?:ana?esthetists?|ana?esthesiologists?))\b",
    "nurse-practitioner": r"(?:nurse practitioners?|PMHNP|FNP|ARNP|APRN)\b",
    "other-physician": r"(?:emergency|family|internal medicine|pain)(?: medicine)? (?:physician|doctor)s?\b",
    "unclear": r"(?:physicians?|medical directors?)\b",
}
_LEADS = {
    value: re.compile(rf"{_OWN_PERSON}{_ADJECTIVES}\b(?i:{words})|\b(?i:{words}){_LEADING}")
    for value, words in _PROFESSIONS.items()
}
# Most sentences name nobody; they are spared the long patterns.
_PROFESSION = re.compile(
    r"psychiatrist|sthe(?:tist|siologist)|CRNA|nurse pr|NP\b|PRN\b|physician|doctor|medical director", re.I
)
_PHYSICIAN_LED = re.compile(r"\b(?:physician|doctor)[- ](?:led|run)\b", re.I)
# Somebody else's doctors, which are taken out of the sentence before the clinic's own are looked for.
_ANY_PERSON = rf"{_ADJECTIVES}\b(?i:{'|'.join(_PROFESSIONS.values())})"
_THEIR_PERSON = re.compile(
    r"\b(?i:your|their|his|her|another|any|other|outside|local|referring|to|with)\s(?i:(?:an?|own|other|outside|local|current|regular)\s)*"
    rf"{_ANY_PERSON}(?:,?\s(?:or|and)\s{_ANY_PERSON})*"
)
_REFERRED = re.compile(r"\brefer(?:s|red|rals?|ring)?\b|\bletters? from\b", re.I)

_NUMBERS = {
    "forty-five": 45, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "sixty": 60, "ninety": 90, "an": 1,
    "half an": 0.5, "a half": 0.5, "half a": 0.5,
}  # fmt: skip
# A whole number: never the end of "15,000" or of "twenty-four".
_NUMBER = r"(?<![\w.,–-])(?:\d{1,3}(?:\.\d+)?|" + "|".join(_NUMBERS) + r")(?![\d,.]*\d)"
_OBSERVED = re.compile(
    r"\b(?:(?:observ(?:e|es|ed|ing|ation)|monitor(?:s|ed|ing)?|watch(?:ed|ing)?|recover(?:y|ing)?|kept|keep (?:you|everyone|every \w+)"
    r"|stays?|staying|remain|remaining|rest|resting)\b[^.;]{0,60}?\bfor"
    r"|(?:stay|remain|rest)(?:ing)?(?: with us| here| on[- ]site| in (?:the|our) \w+)?)"
    r"\s(?:the\s)?(?:(?:at least|about|around|approximately|a minimum of|another|a further|a full|full|required|next|first)\s)?"
    rf"(?P<n>{_NUMBER})(?P<half>\s?½|\sand a half)?(?:\s?(?:to|or|-|–)\s?(?:\d{{1,3}}|[a-z]+))?[\s-](?P<unit>minutes?|mins?|hours?|hrs?)\b"
    r"(?P<more>\sand a half)?",
    re.I,
)
# What is not a stay: in its clause a "no" or somebody or something else that stays, in its words another place or a fast, right
# behind the time what it is a part of.
_NOT_STAYING = re.compile(
    r"\b(?:not|never|no|without|effects?|benefits?|relief|symptoms?|nausea|friend|family|adult|someone|driver|if)\b|n['’]t\b",
    re.I,
)
_CLAUSE_START = re.compile(r"[,;:—]|\buntil\b", re.I)
_NOT_HERE = re.compile(
    r"\b(?:body|home|hydrat\w*|fast\w*|eat\w*|drink\w*|driv\w*|off|away|every \d+|within|before)\b", re.I
)
_NOT_A_STAY = re.compile(
    r"\s(?:every|each|per|within|prior|apart|in advance|infusion|session|treatment|to|or"
    r"|before(?! (?:you (?:go|leave|head)|going|leaving|discharge|heading)\b))\b",
    re.I,
)
_MOST_MINUTES = 8 * 60
_COUNTED = r"(?:\s[a-z]+)?\s(?:infusions?|sessions?|treatments?|doses?)\b"
_COURSE = re.compile(
    rf"\b(?:course|series|program(?:me)?|protocol|package|set) of (?P<of>{_NUMBER})(?!\s(?:to|or)\s){_COUNTED}"
    rf"|(?<!\bto )(?<!\bor )(?P<over>{_NUMBER})(?!\s(?:to|or)\s){_COUNTED}"
    r"\s(?:over|in|within|across)\s(?:(?:about|around|the|a|first|[a-z]+|\d+|to|-|–)\s?){0,5}(?:days?|weeks?|months?)\b",
    re.I,
)
_DONE = re.compile(
    r"\bwe(?:['’]ve| have)? (?:gave|given|performed|completed|provided|delivered|administered|did|done)\b", re.I
)
_LEAST_SESSIONS, _MOST_SESSIONS = 2, 30

_CURRENCIES = {
    "USD": "USD", "US": "USD", "CAD": "CAD", "CDN": "CAD", "CA": "CAD", "C": "CAD", "CANADIAN": "CAD", "AUD": "AUD", "AU": "AUD",
    "A": "AUD", "AUSTRALIAN": "AUD", "NZD": "NZD", "NZ": "NZD", "NEW ZEALAND": "NZD", "GBP": "GBP", "EUR": "EUR", "£": "GBP", "€": "EUR",
    "POUNDS": "GBP", "EUROS": "EUR",
}  # fmt: skip
_CODES = "USD|CAD|CDN|AUD|NZD|GBP|EUR"
_MONEY = re.compile(
    rf"(?P<before>\b(?:(?:{_CODES})\s?|[A-Za-z]+(?=\$)))?(?P<sign>[$£€])?\s?"
    r"(?<![\d.,])(?P<n>\d{1,3}(?:,\d{3})+|\d{2,5})(?:\.\d\d)?(?!\w|[.,]\d)"
    rf"(?:\s?\(?(?P<after>{_CODES}|(?i:(?:(?:US|Canadian|Australian|New Zealand)\s)?dollars|pounds|euros|Canadian|Australian))\b)?"
    r"(?P<range>\s?(?:-|–|to)\s?[$£€]?\d)?"
)
# Where a page is not in US dollars, "$" alone does not say which.
_ELSEWHERE = re.compile(r"\b(?:CAD|CDN|AUD|NZD|(?:Canadian|Australian|New Zealand) dollars)\b|\b(?:AU?|CA?|NZ)\$", re.I)
_ELSEWHERE_HOST = re.compile(r"^https?://[^/]*\.(?:ca|au|nz)(?::\d+)?(?:/|$)", re.I)
_PER_ONE = re.compile(
    r"\b(?:per|each|a|an|one|single|every) (?:\w+ )?(?:infusion|session|treatment|visit|injection|dose)\b", re.I
)
_ONE = re.compile(r"\b(?:infusion|session|injection)\b", re.I)
_BARE = re.compile(
    r"(?:[^\w$£€]|\d+|\b(?:price|cost|costs|fee|our|is|the|it|for|each|per|session|infusion|treatment|minutes?|mins?|ketamine|IV)\b)*",
    re.I,
)
_NOT_A_SESSION = re.compile(
    r"consult|evaluation|intake|cancel|deposit|no[- ]show|missed|package|bundle|series|course|protocol|phase|\bsix\b|prepaid|member|month"
    r"|\blate\b|deductible|\bsav(?:e|es|ings?)\b|\boff\b|discount|coupon|gift|voucher|credit|refund"
    r"|co-?pay|\bbox\b|integration|preparation|counsel|coaching|\bgroup\b|(?<!ketamine )therapy session"
    r"|\b(?:as low as|from|starting|start at|starts at|up to|under|over|average|elsewhere|typically|add(?:ed|itional)?|extra)\b"
    r"|\b(?:[2-9]|1\d|two|three|four|five|eight|ten|twelve)[- ](?:infusion|session|treatment|dose|injection)"
    r"|\b(?:before|after|during|with) (?:\w+ ){0,2}(?:infusion|session|treatment|injection)",
    re.I,
)
_STATES = (
    "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas"
    "|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|New Hampshire"
    "|New Jersey|New Mexico|New York|North Carolina|North Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode Island|South Carolina"
    "|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington|West Virginia|Wisconsin|Wyoming"
    "|Alberta|British Columbia|Manitoba|New Brunswick|Newfoundland|Nova Scotia|Ontario|Quebec|Saskatchewan"
    "|New South Wales|Queensland|South Australia|Tasmania|Western Australia"
    "|England|Scotland|Wales|Northern Ireland|Ireland|Australia|Canada|New Zealand|the United Kingdom|the United States"
)
_SERVED = re.compile(
    r"\b(?:(?:available|licen[sc]ed|serving|patients|prescrib\w+|practi[cs]e) (?:to |in |throughout |across |residents of )+|we serve )"
    rf"(?P<places>(?:{_STATES})(?! [A-Z]|, D\.?C)(?:(?:,? and |, )(?:{_STATES})(?! [A-Z]|, D\.?C))*)"
)
# One value of each of these a page is enough; conditions and routes may be many.
_MANY = frozenset({"condition", "route", "leads", "place"})


def find_facts(looked: Looked) -> tuple[Fact, ...]:
    """The facts of one page, each value once, with the first sentence on the clinic's own practice that says it."""
    page = looked.page
    if page.kind in (PageKind.BLOG, PageKind.TESTIMONIALS, PageKind.LEGAL):
        return ()
    found: dict[tuple[str, str], Fact] = {}
    for sentence, context in zip(looked.sentences, looked.contexts, strict=True):
        if any(clause.practice is not Practice.OWN for clause in context.clauses):
            continue
        quote = page.text[sentence.start : sentence.end]
        block = page.blocks[sentence.block]
        if _under_another_service(block.heading_path) and not _KETAMINE.search(quote):
            continue
        # A row stands under the header of its table, and that under a heading.
        labels = block.heading_path[-2 if block.kind is BlockKind.TABLE_ROW else -1 :]
        for name, value in _told(quote, block.heading_path, labels, page):
            key = (name, value if name in _MANY else "")
            found.setdefault(key, Fact(name, value, quote, sentence.start, sentence.end))
    if sum(name == "leads" for name, _ in found) > 1:
        found.pop(("leads", "unclear"), None)  # another sentence makes it clear
    return tuple(found.values())


@lru_cache(maxsize=4096)
def _under_another_service(path: tuple[str, ...]) -> bool:
    """Whether the nearest heading that names a service names another one than ketamine."""
    for heading in reversed(path):
        if _KETAMINE.search(heading):
            return False
        if _OTHER_SERVICE.search(heading):
            return True
    return False


def _told(quote: str, path: Sequence[str], labels: Sequence[str], page: Page) -> Iterator[tuple[str, str]]:
    if not re.search(r"\b(?:no|not|never|don['’]t|doesn['’]t|isn['’]t|without)\b", quote, re.I):
        for name, value, pattern in _WORD_FACTS:
            if pattern.search(quote) and (name != "condition" or _is_treated(quote, path)):
                yield name, value
        for value in _leads(quote):
            yield "leads", value
        if match := _SERVED.search(quote):
            yield "served", match["places"]
    if minutes := _minutes(quote):
        yield "minutes-observed", str(minutes)
    if (match := _COURSE.search(quote)) and not _DONE.search(quote):
        number = _number(match["of"] or match["over"])
        if _LEAST_SESSIONS <= number <= _MOST_SESSIONS:
            yield "sessions-in-course", f"{number:g}"
    if price := _price(quote, labels, page):
        yield "price", price


def _is_treated(quote: str, path: Sequence[str]) -> bool:
    said = (quote, *path)
    return any(map(_TREATED.search, said)) and not any(map(_NOT_TREATED.search, said))


def _leads(quote: str) -> list[str]:
    if not _PROFESSION.search(quote) or _REFERRED.search(quote):
        return []
    own = _THEIR_PERSON.sub("", quote)
    told = [value for value, pattern in _LEADS.items() if pattern.search(own)]
    return told or (["unclear"] if _PHYSICIAN_LED.search(own) else [])


def _minutes(quote: str) -> int:
    """Minutes of a stay that the sentence tells; 0 where it tells none."""
    match = _OBSERVED.search(quote)
    if not match or _NOT_HERE.search(match.group()) or _NOT_A_STAY.match(quote, match.end()):
        return 0
    if _NOT_STAYING.search(_CLAUSE_START.split(quote[: match.start()])[-1] + match.group()):
        return 0
    number = _number(match["n"]) + (0.5 if match["half"] or match["more"] else 0)
    minutes = round(number * 60 if match["unit"].lower().startswith("h") else number)
    return minutes if minutes <= _MOST_MINUTES else 0


def _price(quote: str, labels: Sequence[str], page: Page) -> str:
    """The price of one session with its currency; empty where another thing or more than one price is told."""
    if not re.search(r"\d\d", quote):
        return ""
    amounts = [match for match in _MONEY.finditer(quote) if match["before"] or match["sign"] or match["after"]]
    if len(amounts) != 1 or amounts[0]["range"]:
        return ""
    if _OTHER_SERVICE.search(quote) or any(map(_NOT_A_SESSION.search, (quote, *labels))):
        return ""
    money = amounts[0]
    rest = quote[: money.start()] + quote[money.end() :]
    if not _PER_ONE.search(quote) and not _ONE.search(quote):
        # A line without a word for a session is a price of one only by its label: "$450" under "Ketamine infusion".
        bare = bool(_BARE.fullmatch(rest))
        named = bare or _KETAMINE.search(quote)
        if not any((named and _PER_ONE.search(label)) or (bare and _ONE.search(label)) for label in labels):
            return ""
    currency = _currency(money, page)
    return f"{money['n'].replace(',', '')} {currency}" if currency else ""


def _currency(money: re.Match[str], page: Page) -> str:
    """What the letters, sign and word beside an amount say; empty where they disagree or leave it open."""
    beside = [(money["before"] or ""), (money["sign"] or ""), re.sub(r"(?i)\s?dollars$", "", money["after"] or "")]
    told = {_CURRENCIES.get(word.strip().upper(), "") for word in beside if word.strip() not in ("", "$")}
    if not told and not _ELSEWHERE_HOST.search(page.address) and not _ELSEWHERE.search(page.text):
        return "USD"
    return told.pop() if len(told) == 1 else ""


def _number(text: str) -> float:
    return _NUMBERS[text.lower()] if text.lower() in _NUMBERS else float(text)
