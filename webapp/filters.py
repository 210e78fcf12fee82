"""The filters of search: what may be asked for, what each choice means in facets of the listing, and how many have it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.datastructures import MultiDict

from scorer.checklist import Checklist
from scorer.verdicts import Verdict
from store.search import Catalogue, Result
from webapp.language import in_words
from webapp.wording import country_name

# Facts as the scorer names them (scorer/facts.py) and the listing keeps them: "name:value" in plain words with hyphens.
LEADS = {
    "psychiatrist": ("leads:psychiatrist",),
    "anaesthesiologist": ("leads:anaesthesiologist", "leads:anesthesiologist"),
    "physician": ("leads:other-physician", "leads:physician"),
    "nurse": ("leads:crna", "leads:nurse-practitioner", "leads:nurse"),
}
ROUTES = {
    "infusion": ("route:iv", "route:intravenous", "route:infusion"),
    "injection": ("route:im", "route:intramuscular", "route:injection"),
    "esketamine": ("route:esketamine", "route:intranasal-esketamine", "product:esketamine"),
    "oral": ("route:oral", "route:sublingual", "route:oral-or-sublingual"),
    "nasal": ("route:nasal", "route:intranasal"),
}
CARE = {
    "in-person": ("place:clinic", "place:both", "place:in-person"),
    "telehealth": ("telehealth:yes", "place:home", "place:both", "place:telehealth"),
}
PRICE = {"stated": ("stated:costs-disclosed",)}
LABELS = {
    "lead:psychiatrist": lazy_gettext("Psychiatrist"),
    "lead:anaesthesiologist": lazy_gettext("Anaesthesiologist"),
    "lead:physician": lazy_gettext("Another physician"),
    "lead:nurse": lazy_gettext("Nurse"),
    "route:infusion": lazy_gettext("Infusion into a vein"),
    "route:injection": lazy_gettext("Injection"),
    "route:esketamine": lazy_gettext("Esketamine nasal spray"),
    "route:oral": lazy_gettext("By mouth (lozenge, tablet)"),
    "route:nasal": lazy_gettext("Other nasal spray"),
    "care:in-person": lazy_gettext("At a clinic"),
    "care:telehealth": lazy_gettext("By video or at home"),
    "price:stated": lazy_gettext("States a price"),
}
MANY_COUNTRIES = 12


@dataclass(frozen=True)
class Choice:
    """One box to tick: its parameter and value, its words, whether it is ticked, and how many clinics it would leave."""

    name: str
    value: str
    label: str
    chosen: bool
    count: int
    core: bool = False


@dataclass(frozen=True)
class Group:
    """Boxes under one heading."""

    title: str
    choices: Sequence[Choice]


def clauses(arguments: MultiDict[str, str], checklist: Checklist) -> dict[str, frozenset[str]]:
    """What the ticked boxes mean. Unknown values mean nothing: an old address still works."""
    wanted: dict[str, frozenset[str]] = {}
    for criterion in checklist.criteria:
        if not criterion.is_flag and criterion.id in arguments.getlist("states"):
            wanted[f"states:{criterion.id}"] = frozenset({f"{Verdict.STATED}:{criterion.id}"})
        if criterion.is_flag and criterion.id in arguments.getlist("without"):
            wanted[f"without:{criterion.id}"] = _without(criterion.id)
    for name, meanings in (("lead", LEADS), ("route", ROUTES), ("care", CARE), ("price", PRICE)):
        chosen = [facet for value in arguments.getlist(name) for facet in meanings.get(value, ())]
        if chosen:
            wanted[name] = frozenset(chosen)
    countries = [value for value in arguments.getlist("country") if len(value) == 2 and value.isalpha()]
    if countries:
        wanted["country"] = frozenset(f"country:{value.upper()}" for value in countries)
    return wanted


def groups(arguments: MultiDict[str, str], checklist: Checklist, catalogue: Catalogue, result: Result) -> list[Group]:
    """The boxes with their counts, the core criteria first."""

    def choice(name: str, value: str, label: str, facets: Iterable[str], group: str, core: bool = False) -> Choice:
        return Choice(
            name, value, label, value in arguments.getlist(name), catalogue.count_of(result, facets, group), core
        )

    def of_facts(title: str, name: str, meanings: Mapping[str, tuple[str, ...]]) -> Group:
        return Group(
            title,
            [choice(name, value, str(LABELS[f"{name}:{value}"]), facets, name) for value, facets in meanings.items()],
        )

    criteria = sorted(checklist.criteria, key=lambda criterion: not criterion.core)
    core: list[Choice] = []
    more: list[Choice] = []
    for criterion in criteria:
        name = "without" if criterion.is_flag else "states"
        facets = _without(criterion.id) if criterion.is_flag else {f"{Verdict.STATED}:{criterion.id}"}
        title = in_words(criterion.title)
        title = _("Not found: %(title)s", title=title) if criterion.is_flag else title
        made = choice(name, criterion.id, title, facets, f"{name}:{criterion.id}", criterion.core)
        (core if criterion.core else more).append(made)
    listed = {code: catalogue.count_of(result, {f"country:{code}"}, "country") for code in catalogue.values("country")}
    ticked = {value.upper() for value in arguments.getlist("country")}
    most = sorted(listed, key=lambda code: (code not in ticked, -listed[code], code))[:MANY_COUNTRIES]
    found = [
        Group(_("The four to look for first"), core),
        of_facts(_("Who leads the care"), "lead", LEADS),
        of_facts(_("How it is given"), "route", ROUTES),
        of_facts(_("Where"), "care", CARE),
        of_facts(_("Cost"), "price", PRICE),
        Group(
            _("Country"),
            [choice("country", code, country_name(code), {f"country:{code}"}, "country") for code in sorted(most)],
        ),
        Group(_("Everything else on the checklist"), more),
    ]
    return [group for group in found if any(choice.count or choice.chosen for choice in group.choices)]


def _without(criterion: str) -> frozenset[str]:
    """Read, and no such offer or claim found, or denied. What a person is checking is neither."""
    return frozenset({f"{Verdict.SILENT}:{criterion}", f"{Verdict.DENIED}:{criterion}"})
