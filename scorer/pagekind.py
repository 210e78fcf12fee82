"""What a page is for, told from its address first, then its title, then its headings."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from scorer.page import PageKind

# In order of precedence: an address like /blog/faq-about-ketamine is a blog post.
_SIGNS: tuple[tuple[PageKind, str], ...] = (
    (PageKind.BLOG, r"blog|news|press|article|post|insight|journal|magazine|learn|library|20[12]\d"),
    (PageKind.LEGAL, r"privacy|terms|legal|disclaimer|cookie|hipaa|accessibility|complaints?-policy"),
    (PageKind.TESTIMONIALS, r"testimonial|review|stories|success-stories|what-(our-)?(patients|clients)-say"),
    (PageKind.FAQ, r"faqs?|questions|q-?and-?a|q-?&-?a|common-questions|answers"),
    (
        PageKind.SAFETY,
        r"safety|safe|risks?|side-effects?|monitoring|consent|contraindications?|candida(cy|tes?)|eligib\w+|am-i-a",
    ),
    (PageKind.PRICING, r"pric\w+|costs?|fees?|rates|insurance|payment|membership|financ\w+|menu|tariff"),
    (PageKind.TEAM, r"team|staff|providers?|doctors?|meet|about|our-story|who-we-are|clinicians|people|bio"),
    (
        PageKind.PROCESS,
        r"process|what-to-expect|expect|how-it-works|how-we|your-(first-)?(visit|session|infusion|treatment)|first-visit|procedure|prepar\w+|instructions|aftercare|journey|steps",
    ),
    (PageKind.CONTACT, r"contact|locations?|directions|find-us|book|appointment|schedule|refer(ral|rals|rers)?"),
    (
        PageKind.SERVICE,
        r"services?|treatments?|therap(y|ies)|ketamine|esketamine|spravato|infusions?|conditions?|depression|anxiety|ptsd|pain|kap|lozenges?",
    ),
)
_COMPILED = tuple((kind, re.compile(rf"(?<![a-z])(?:{signs})(?![a-z])")) for kind, signs in _SIGNS)


def page_kind(address: str, title: str, headings: Iterable[str] = ()) -> PageKind:
    """The kind of a page. `address` may be a URL or a path."""
    path = urlsplit(address).path if "//" in address else address
    path = re.sub(r"\.(html?|php|aspx?)$", "", path.lower()).strip("/")
    if path in {"", "index", "home", "default"} and address:
        return PageKind.HOME
    for words in (path, _as_path(title), _as_path(" ".join(list(headings)[:1]))):
        for kind, sign in _COMPILED:
            if words and sign.search(words):
                return kind
    return PageKind.OTHER


def _as_path(words: str) -> str:
    return re.sub(r"[^a-z0-9&/]+", "-", words.lower()).strip("-")
