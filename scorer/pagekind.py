"""What a page is for, told from its address first, then its title, then its headings."""

import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from scorer.page import PageKind

# In order of precedence: an address like /blog/faq-about-ketamine is a blog post. Words are joined by hyphens.
_SIGNS: tuple[tuple[PageKind, tuple[str, ...]], ...] = (
    (
        PageKind.BLOG,
        (
            "blogs?|news|press|articles?|posts?|insights?|journal|magazine|learn(?!-more)|library|20[12]\\d",
            "resources/(?:what|why|how|is|does|can|guide)",
        ),
    ),
    (
        PageKind.LEGAL,
        (
            "privacy|terms|legal|disclaimers?|cookies?|hipaa|accessibility|complaints?|(?:cancellation|refund|no-show)-policy",
        ),
    ),
    (
        PageKind.TESTIMONIALS,
        ("testimonials?|reviews?(?!-board)|stories|success-stories|what-(our-)?(patients|clients)-say",),
    ),
    (PageKind.FAQ, ("faqs?|questions|q-?and-?a|q-?&-?a|common-questions|answers",)),
    (
        PageKind.SAFETY,
        ("safety|safe|risks?|side-effects?|monitoring|consent|contraindications?|candida(cy|tes?)|eligib\\w+|am-i-a",),
    ),
    (PageKind.PRICING, ("pric\\w+|costs?|fees?|rates|insurance|payments?|paying|membership|financ\\w+|menu|tariffs?",)),
    (
        PageKind.CONTACT,
        ("for-(?:providers|therapists|clinicians|doctors|referrers|referring-\\w+)|provider-referrals?",),
    ),
    (PageKind.SERVICE, ("about[-/](?:ketamine|esketamine|spravato|treatment|depression|tms)",)),
    (
        PageKind.TEAM,
        (
            "team|staff|providers?|doctors?|dr-[a-z]+|meet|about|our-story|who-we-are|clinicians?|physicians?|therapists|nurses",
            "leadership|people|bios?",
        ),
    ),
    (
        PageKind.PROCESS,
        (
            "process|what-to-expect|expect|how-it-works|how-we|first-visit|procedure|prepar\\w+|instructions|after-?care",
            "your-(first-)?(visit|session|infusion|treatment)|journey|steps|our-approach$|new-patients?|(?:before|after)-(?:your|the)-\\w+",
        ),
    ),
    (
        PageKind.CONTACT,
        ("contact|locations?|directions|find-us|book|book-online|appointments?|schedule|refer(ral|rals|rers)?",),
    ),
    (
        PageKind.SERVICE,
        (
            "services?|treatments?|therap(y|ies)|ketamine|esketamine|spravato|infusions?|conditions?|depression|anxiety|ptsd|pain|kap",
            "lozenges?|tms|wh(?:o|at)-we-treat",
        ),
    ),
)
_COMPILED = tuple((kind, re.compile(rf"(?<![a-z])(?:{'|'.join(signs)})(?![a-z])")) for kind, signs in _SIGNS)
# "post-infusion" is no blog post.
_AFTER = re.compile(r"(?<![a-z])post-(?=infusion|treatment|session|ketamine|op)")
_LANGUAGE = re.compile(r"^(?:en|es|fr|de|pt|it|nl)(?:-[a-z]{2})?(?:/|$)")


def page_kind(address: str, title: str, headings: Iterable[str] = ()) -> PageKind:
    """The kind of a page. `address` may be a URL or a path."""
    try:
        parts = urlsplit(address)
        path, query = (
            (parts.path, parts.query) if "//" in address else (address.partition("?")[0], address.partition("?")[2])
        )
    except ValueError:  # an address that is none: "//["
        path, query = address, ""
    path = re.sub(r"\.(html?|php|aspx?|jsp|pdf)$", "", unquote(path).lower()).strip("/")
    path = _LANGUAGE.sub("", path)
    if path in {"", "index", "home", "default"}:
        # Older systems keep the page in the query: "/?p=12", "/index.php?page=fees".
        named = re.search(r"(?:^|&)(?:p|page|page_id|id|cat|view)=([^&]*)", query.lower())
        if not named and address:
            return PageKind.HOME
        path = named[1] if named else ""
    for words in (_as_path(path), _as_path(title), _as_path(" ".join(list(headings)[:1]))):
        for kind, sign in _COMPILED:
            if words and sign.search(words):
                return kind
    return PageKind.OTHER


def _as_path(words: str) -> str:
    return _AFTER.sub("after-", re.sub(r"[^a-z0-9&/]+", "-", words.lower()).strip("-"))
