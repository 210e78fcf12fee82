"""What tags, attributes and class names say of a part of a page: its role, whether it is hidden, whether it is a label.

Site builders name things alike ("accordion-title", "faq__question", "testimonialCard"), so names are read as words, whatever
joins them. Each distinct name is looked at once: they repeat over the pages of a site.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from scorer.page import Role

Attributes = Mapping[str, str | None]

SKIPPED = frozenset({"script", "style", "template", "svg", "head", "iframe", "-comment", "audio", "video", "canvas"})
INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark math nobr q rp rt ruby s samp small span "
    "strike strong sub sup time tt u var wbr img input picture source output".split()
)
BOLD = frozenset({"b", "strong"})
HEADINGS = {f"h{level}": level for level in range(1, 7)}
# Made headings (bold lines, styled boxes) stand below the real ones, and what opens an answer below those.
MADE_LEVEL = 7
LABEL_LEVEL = 8
# What a page shows to have been withdrawn.
STRUCK = frozenset({"del", "s", "strike"})

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_JOINTS = re.compile(r"[-_]+")


def _named(words: str) -> re.Pattern[str]:
    """A pattern for names that hold one of these as whole words; a blank stands for any joint."""
    return re.compile(rf"(?<![a-z])(?:{words.replace(' ', '-')})(?![a-z])")


_BANNER = _named(
    r"cookies?|gdpr|ccpa|onetrust|osano|cookiebot|cookieyes|cky|cmplz|iubenda|termly|moove"
    r"|consent (?:banner|bar|popup|modal|manager|notice)"
)
# A clinic's people and prices stand in popups too: a name that also says what it asks for makes a banner of one.
_POPUP = _named(r"popup|modal|pum")
_ASKS = _named(r"newsletters?|cookies?|consent|subscribe|subscription")
_WHOLE_POPUP = re.compile(r"(?:[Pp]opup|[Mm]odal|pum)(?![\w-])")
_POPUP_WORDS = 8
_TESTIMONIAL = _named(
    r"testimonials?|(?<!medical-)(?<!medically-)reviews?|(?:patient|client|success) stor(?:y|ies)|star ratings?"
)
_OWNER = _named(
    r"(?:owner|business|clinic|merchant) (?:response|reply|answer)|response (?:from )?(?:the )?(?:owner|business)"
)
_MENU = _named(
    r"nav|navbar|navigation|menu|submenu|mega menu|breadcrumbs?|skip links?|skip to content|hamburger|pagination|social (?:links|icons)"
    r"|share (?:buttons|links)|tag cloud|table of contents|toc"
)
_FOOTER = _named(r"footer|colophon|site info|copyright")
_LABEL = _named(
    r"(?:accordion|toggle|collapsible|collapse|expander|expand|tab|faqs?)(?: item)?"
    r" (?:title|header|heading|button|trigger|toggle|label|question|summary|control|q|link)|question|faq q"
)
_TITLE = _named(r"title|subtitle|heading|subheading|headline|sub heading|sub title|eyebrow")
# As whole names: "overflow-hidden", "hidden-xs" and "md:hidden" are shown somewhere.
_HIDDEN = re.compile(
    r"(?:^|[\s-])(?<!not-)(?:sr-only|visually-?hidden|screen-reader-(?:text|only)|elementor-screen-only)(?!\S)"
    r"|(?<!\S)(?:(?:is|js|u|w)-)?(?:hidden|d-none|hide|offscreen|condition-invisible|line-through|strikethrough)(?!\S)"
)
_SHOWN_SOMEWHERE = re.compile(
    r":(?:block|flex|grid|inline|table)|[a-z]-(?:block|flex|grid|inline)\b|\bshow\b|(?:sm|md|lg|xl):not-sr-only"
)
_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?:text-indent|left|top)\s*:\s*-\d{4}|font-size\s*:\s*0(?![.\d])"
    r"|text-decoration[a-z-]*\s*:[^;]*line-through",
    re.I,
)
_HEAVY_STYLE = re.compile(
    r"font-weight\s*:\s*(?:bold|[6-9]00)"
    r"|font-size\s*:\s*(?:2[2-9]|[3-9]\d|1\d\d)(?:\.\d+)?p[xt]|font-size\s*:\s*(?:1\.[5-9]|[2-9])\d*r?em",
    re.I,
)


# No name without one of these words says anything: most are passed over by one look at a set.
_TELLING = frozenset(
    "cookie cookies gdpr ccpa onetrust osano cookiebot cookieyes cky cmplz iubenda termly moove consent newsletter popup pum modal "
    "testimonial testimonials review reviews story stories owner business merchant response nav navbar navigation menu submenu "
    "breadcrumb breadcrumbs skip hamburger pagination social share tag table toc footer colophon info copyright accordion toggle "
    "collapsible collapse expander expand tab faq faqs question title subtitle heading subheading headline sub eyebrow sr "
    "visually visuallyhidden screen hidden d hide offscreen condition through strikethrough clinic".split()
)
_NOTHING = (None, False, False, False)
_BETWEEN = re.compile(r"[^a-z]+")


@lru_cache(maxsize=16384)
def names_say(names: str) -> tuple[Role | None, bool, bool, bool]:
    """What class and id say: the role if they name one, and whether they name a label, a title, something hidden."""
    words = _JOINTS.sub("-", names if names.islower() else _CAMEL.sub("-", names).lower())
    if _TELLING.isdisjoint(_BETWEEN.split(words)):
        return _NOTHING
    role: Role | None = None
    if _OWNER.search(words):
        role = Role.MAIN
    elif _BANNER.search(words) or (_POPUP.search(words) and _ASKS.search(words)):
        role = Role.BANNER
    elif _TESTIMONIAL.search(words):
        role = Role.TESTIMONIAL
    elif _MENU.search(words):
        role = Role.MENU
    elif _FOOTER.search(words):
        role = Role.FOOTER
    hidden = bool(_HIDDEN.search(words)) and not _SHOWN_SOMEWHERE.search(words)
    return role, bool(_LABEL.search(words)), bool(_TITLE.search(words)), hidden


def is_small_popup(names: str, node: Any) -> bool:
    """Whether this is a whole popup with so few words that it can only ask for something."""
    return bool(_WHOLE_POPUP.search(names)) and len((node.text() or "").split()) <= _POPUP_WORDS


@lru_cache(maxsize=4096)
def style_says(style: str) -> tuple[bool, bool]:
    """Whether an inline style hides, and whether it makes letters large or bold."""
    return bool(_HIDDEN_STYLE.search(style)), bool(_HEAVY_STYLE.search(style))


def hides(attributes: Attributes) -> bool:
    """Whether an inline element is not shown, or struck out. What only screen readers pass over (aria-hidden) is shown."""
    style, names = attributes.get("style"), attributes.get("class")
    return "hidden" in attributes or bool(style and style_says(style)[0]) or bool(names and names_say(names)[3])


def holds_blocks(node: Any) -> bool:
    """Whether an inline element is wrapped around blocks."""
    return any(child.tag not in INLINE and child.tag not in SKIPPED and child.tag != "br" for child in node.iter())


_ICON_FONT = re.compile(r"(?<!\S)material-(?:icons|symbols)(?:-\w+)?(?!\S)")
_LIGATURE = re.compile(r"\s*\w+\s*$", re.A)


def is_icon(attributes: Attributes, node: Any) -> bool:
    """Whether an element's letters are the name of a picture, which an icon font draws in their place."""
    return bool(_ICON_FONT.search(attributes.get("class") or "") and _LIGATURE.match(node.text() or ""))


_STAR_NAMES = re.compile(r"(?<![a-z])star(?P<many>s|[-_]?ratings?)?(?![a-z])", re.I)
MANY_STARS = 3


def stars_named(names: str) -> int:
    """How many stars a class name draws: a single one may be the bullet of a list, a rating has many."""
    found = [MANY_STARS if match["many"] else 1 for match in _STAR_NAMES.finditer(names)]
    return max(found, default=0)


# Where these stand, roles are named for the whole document ("no-cookies", "has-menu"), not for a part of it.
_WHOLE = frozenset({"html", "body", "main"})
_LANDMARKS = {"navigation": Role.MENU, "menu": Role.MENU, "menubar": Role.MENU, "contentinfo": Role.FOOTER}
_TAG_ROLES = {"nav": Role.MENU, "footer": Role.FOOTER}
# Without one of these, and without a telling name, an element leaves the role as it is.
ROLE_SIGNS = frozenset({"role", "hidden", "aria-hidden", "itemtype", "itemprop"})
ROLE_TAGS = frozenset(_TAG_ROLES) | {"dialog", "noscript"}


def role_of(tag: str, attributes: Attributes, named: Role | None, hidden: bool, role: Role) -> Role:
    """The role of what stands inside this element; `role` is what holds around it, `named` what its names say."""
    if role is Role.BANNER:
        return role
    found = _TAG_ROLES.get(tag) or _LANDMARKS.get(attributes.get("role") or "")
    if found is None and tag not in _WHOLE:
        found = named
    if found is None and ("itemtype" in attributes or "itemprop" in attributes) and _is_review(attributes):
        found = Role.TESTIMONIAL
    if found is not None and not (role is Role.TESTIMONIAL and found in (Role.FOOTER, Role.MENU)):
        # Within a footer only what is no footer's own: its menus.
        return role if role is Role.MENU and found is not Role.TESTIMONIAL else found
    if role is Role.MAIN and (
        hidden
        or "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or (tag == "dialog" and "open" not in attributes)
        or tag == "noscript"  # what a page says to readers without JavaScript, it says
    ):
        return Role.HIDDEN
    return role


def _is_review(attributes: Attributes) -> bool:
    kind, part = attributes.get("itemtype") or "", attributes.get("itemprop") or ""
    return kind.rstrip("/").endswith(("schema.org/Review", "schema.org/UserReview")) or part in ("review", "reviewBody")


_SWITCHES = frozenset(
    {"aria-expanded", "aria-controls", "data-toggle", "data-bs-toggle", "data-target", "data-bs-target"}
)
# A link or span with none of these is no button by another name.
BUTTON_SIGNS = _SWITCHES | {"role"}
LABEL_TAGS = frozenset({"summary", "dt", "legend", "caption"})
_OPENS_NO_TEXT = frozenset({"modal", "dropdown", "tooltip", "popover", "offcanvas"})
# A link that has an opened and a closed state is a button by another name.
_STATES = frozenset({"data-toggle", "data-bs-toggle", "aria-expanded"})
_PRESSED = frozenset({"button", "tab"})


def opens(tag: str, attributes: Attributes, node: Any) -> bool:
    """Whether this element, pressed, opens what it is the label of: an accordion's question, a tab. "Book now" opens no text."""
    if tag in LABEL_TAGS:
        return True
    pressed = tag == "button" or attributes.get("role") in _PRESSED
    if not pressed and not (tag == "a" and not _STATES.isdisjoint(attributes)):
        return False
    if (attributes.get("data-toggle") or attributes.get("data-bs-toggle")) in _OPENS_NO_TEXT:
        return False
    if attributes.get("aria-haspopup") and not _prose_beside(node, attributes.get("aria-controls")):
        return False
    return attributes.get("role") == "tab" or not _SWITCHES.isdisjoint(attributes)


def _prose_beside(node: Any, part: str | None) -> bool:
    """Whether what follows this element is the part it opens, and prose: Webflow makes menus and answers of one widget."""
    beside = next_element(node)
    if not part or beside is None or beside.attributes.get("id") != part:
        return False
    words = len(beside.text(separator=" ").split())
    return sum(len(link.text().split()) for link in beside.css("a")) < 0.3 * words


def next_element(node: Any) -> Any:
    """The element that follows under the same parent, None for the last."""
    beside = node.next
    while beside is not None and beside.tag.startswith("-"):
        beside = beside.next
    return beside


DIVI_TAB = re.compile(r"(?<!\S)et_pb_tab_\d+(?!\S)")


def opened_part(attributes: Attributes) -> str:
    """The id of the part that a label opens, "" where it names none."""
    for name in ("aria-controls", "data-bs-target", "data-target", "href"):
        if value := attributes.get(name):
            return value.lstrip("#")
    return ""


def is_data(table: Any, attributes: Attributes) -> bool:
    """Whether a table holds rows of data and not the columns of an old page's layout."""
    if attributes.get("role") in ("presentation", "none"):
        return False
    heads = cells = rows = inner = 0
    for node in table.traverse():
        tag = node.tag
        if tag == "td":
            cells += 1
        elif tag == "th":
            heads += 1
        elif tag == "tr":
            rows += 1
        elif tag == "table":
            inner += 1
            if inner > 1:
                return False
        elif tag in HEADINGS or tag in ("form", "article", "section", "nav", "iframe"):
            return False
    if heads:
        return True
    return cells >= 2 * rows > 0 and len(table.text()) < 300 * cells
