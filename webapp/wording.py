"""How verdicts, dates and distances are said. The words of verdicts are fixed (docs/decisions): what a page states, never what a
clinic does; "not found" carries what was read and what to ask.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import Any
from urllib.parse import quote, urlsplit

from babel import Locale
from babel.dates import format_date, format_skeleton
from flask import Flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from markupsafe import Markup
from sqlalchemy import Engine

from scorer.verdicts import Verdict
from store.listing import BEING_CHECKED
from store.places import Place
from store.settings import Settings
from webapp.language import language

OLD_AFTER_DAYS = 90
FRAGMENT_WORDS = 5  # of each end of a long quote
MILES = {"US", "GB"}
KM_PER_MILE = 1.609344

SHORT = {
    Verdict.STATED: lazy_gettext("stated"),
    Verdict.PARTIAL: lazy_gettext("stated in part"),
    Verdict.CONTRADICTED: lazy_gettext("states the opposite"),
    Verdict.CONFLICTING: lazy_gettext("its pages disagree"),
    Verdict.SILENT: lazy_gettext("not found"),
    Verdict.RAISED: lazy_gettext("the page says so"),
    Verdict.DENIED: lazy_gettext("states that it does not"),
    Verdict.UNREAD: lazy_gettext("could not be read"),
    BEING_CHECKED: lazy_gettext("being checked by a person"),
}
CAUSES = {
    "page changed": lazy_gettext("the page changed"),
    "page gone": lazy_gettext("the page is gone"),
    "checklist changed": lazy_gettext("the checklist changed"),
    "review": lazy_gettext("a person reviewed it"),
}
FACTS = {
    "leads": lazy_gettext("Who leads"),
    "route": lazy_gettext("How it is given"),
    "place": lazy_gettext("Where"),
    "condition": lazy_gettext("For"),
    "minutes-observed": lazy_gettext("Minutes observed"),
    "sessions-in-course": lazy_gettext("Sessions in a course"),
    "price": lazy_gettext("Price"),
    "telehealth": lazy_gettext("By video"),
    "served": lazy_gettext("States or countries served"),
}
PAGE_KINDS = {
    "home": lazy_gettext("home page"),
    "service": lazy_gettext("service page"),
    "process": lazy_gettext("what to expect"),
    "faq": lazy_gettext("questions and answers"),
    "team": lazy_gettext("team page"),
    "pricing": lazy_gettext("prices"),
    "safety": lazy_gettext("safety page"),
    "contact": lazy_gettext("contact page"),
    "blog": lazy_gettext("blog article"),
    "testimonials": lazy_gettext("testimonials"),
    "legal": lazy_gettext("legal page"),
    "other": lazy_gettext("page"),
}


def moment(value: Any) -> datetime | None:
    """A moment from a datetime or ISO text; None for anything that is neither."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return None


def day(value: Any) -> str:
    """ "21 November 2026", in the reader's language; empty where there is no date."""
    found = moment(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return _day(value, language())
    return _day(found.date(), language()) if found else ""


@lru_cache(maxsize=4096)
def _day(value: date, code: str) -> str:
    """British and American readers both read "21 November 2026"; elsewhere the language's own long form."""
    return str(format_date(value, "d MMMM y" if code == "en" else "long", locale=code))


def month(value: date) -> str:
    """ "Nov 2026", in the reader's language."""
    return str(format_skeleton("yMMM", value, locale=language()))


def iso_day(value: Any) -> str:
    """ "2026-11-21", for the datetime attribute; empty where there is no date."""
    found = moment(value)
    return found.date().isoformat() if found else ""


def age_days(value: Any) -> int | None:
    """Whole days since a moment."""
    found = moment(value)
    return (datetime.now(UTC) - found).days if found else None


def is_old(value: Any) -> bool:
    """Whether a finding of that moment is to be marked as perhaps out of date."""
    age = age_days(value)
    return age is not None and age > OLD_AFTER_DAYS


def distance(kilometres: float, country: str) -> str:
    """A distance as people of a country say it."""
    miles = country in MILES
    value = kilometres / KM_PER_MILE if miles else kilometres
    shown = f"{value:.1f}" if value < 10 else f"{value:.0f}"
    return str(_("%(n)s miles", n=shown) if miles else _("%(n)s km", n=shown))


def country_name(code: str) -> str:
    """The name of a country in the reader's language, or its code where there is none."""
    return _territories(language()).get(code, code)


@cache
def _territories(tongue: str) -> dict[str, str]:
    return dict(Locale.parse(tongue).territories)


def in_data(verdict: str) -> str:
    """A verdict as API and downloads name it."""
    return "being checked" if verdict == BEING_CHECKED else str(verdict)


def place_label(place: Place) -> str:
    """How a place is shown: "Portland, OR", "Leeds, United Kingdom", "London, ON, Canada"."""
    if place.kind == "country":
        return country_name(place.country)
    region = place.region if place.country in {"US", "CA", "AU"} and place.kind != "region" else ""
    country = "" if place.country == "US" and region else country_name(place.country)
    return ", ".join(dict.fromkeys(part for part in (place.name, region, country) if part))


def web_address(url: Any) -> str:
    """The address if it is one of the web, else empty: nothing else is ever put into a link."""
    text = str(url or "")
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return text if parts.scheme in {"http", "https"} and parts.netloc else ""


def jump(url: Any, sentence: str) -> str:
    """An address that opens the live page at a sentence (URL Fragment Text Directives, WICG draft)."""
    address = web_address(url)
    words = sentence.split()
    if not address or not words:
        return address
    ends = [" ".join(words)]
    if len(words) > 2 * FRAGMENT_WORDS:
        ends = [" ".join(words[:FRAGMENT_WORDS]), " ".join(words[-FRAGMENT_WORDS:])]
    fragment = ",".join(quote(end, safe="").replace("-", "%2D") for end in ends)
    return f"{address.partition('#')[0]}#:~:text={fragment}"


def path_of(url: Any) -> str:
    """ "/what-to-expect": the part of an address that tells pages of one site apart."""
    try:
        parts = urlsplit(str(url or ""))
    except ValueError:
        return ""
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def without_scheme(url: Any) -> str:
    """An address as somebody types it from paper: host, with www. and port where it has them, and path."""
    return str(url or "").removeprefix("https://").removeprefix("http://").rstrip("/")


def host_of(url: Any) -> str:
    """The host of an address, without www."""
    try:
        return (urlsplit(str(url or "")).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


@dataclass(frozen=True)
class Dialled:
    """A telephone number at the head of a text: as dialled, as shown, and the words after it."""

    compact: str
    shown: str
    rest: str


def dialled(text: Any) -> Dialled | None:
    """The number that a text starts with; None where it starts with none."""
    match = re.match(r"\s*(\+?[\d][\d\s().-]*\d|\d)(.*)$", str(text or ""), re.DOTALL)
    if match is None:
        return None
    return Dialled(re.sub(r"[^\d+]", "", match.group(1)), match.group(1), match.group(2))


def fact_name(name: Any) -> str:
    """What a fact beside the verdicts is called."""
    return str(FACTS.get(str(name), str(name).replace("-", " ").capitalize()))


def init_app(app: Flask, _settings: Settings, _engine: Engine) -> None:
    """Give templates these words."""
    app.add_template_filter(day)
    app.add_template_filter(iso_day)
    app.add_template_filter(month)
    app.add_template_filter(age_days)
    app.add_template_filter(path_of)
    app.add_template_filter(host_of)
    app.add_template_filter(without_scheme)
    app.add_template_filter(country_name)
    app.add_template_filter(web_address)
    app.add_template_filter(dialled)
    app.add_template_filter(place_label)
    app.add_template_test(is_old, "old")

    @cache
    def sign(verdict: str) -> Markup:
        """The shape of a verdict; made once each, since a page shows a hundred."""
        return Markup(app.jinja_env.get_template("signs.html").module.sign(str(verdict)))  # type: ignore[attr-defined]  # noqa: S704  a template of ours, no input

    @cache
    def of_language(verdict: str, _language: str) -> Markup:
        return Markup(app.jinja_env.get_template("signs.html").module.verdict_word(verdict))  # type: ignore[attr-defined]  # noqa: S704  the same

    def verdict_word(verdict: Any) -> Markup:
        """A verdict's sign and word, in the reader's language."""
        return of_language(str(verdict or ""), language())

    app.jinja_env.globals.update(
        sign=sign,
        verdict_word=verdict_word,
        SHORT=SHORT,
        CAUSES=CAUSES,
        PAGE_KINDS=PAGE_KINDS,
        OLD_AFTER_DAYS=OLD_AFTER_DAYS,
        jump=jump,
        distance=distance,
        fact_name=fact_name,
    )
