"""Facts beside the verdicts: what a sentence tells, and what only sounds like it."""

import pytest

from scorer.checklist import load_checklist
from scorer.facts import find_facts
from scorer.findings import Judge
from scorer.text import read_html

JUDGE = Judge(load_checklist("checklist.yaml"))


def told(name: str, html: str, address: str = "/what-to-expect") -> list[str]:
    """The values of one fact on a clinic's own page; plain text is a paragraph."""
    page = read_html(html if html.startswith("<") else f"<p>{html}</p>", address=address)
    return [fact.value for fact in find_facts(JUDGE.look(page)) if fact.name == name]


@pytest.mark.parametrize(
    ("sentence", "minutes"),
    [
        ("You stay with us for half an hour after the infusion.", "30"),
        ("We observe you for one hour afterwards.", "60"),
        ("You remain in our clinic for ninety minutes.", "90"),
        ("You are monitored for 1.5 hours after each dose.", "90"),
        ("You are monitored for an hour and a half.", "90"),
        ("You will stay for two hours and be seen by the nurse.", "120"),
        ("You are observed for at least 2 hours before you leave.", "120"),
        ("You may not leave until you have been observed for two hours.", "120"),
    ],
)
def test_a_stay_is_told_in_minutes(sentence: str, minutes: str) -> None:
    assert told("minutes-observed", sentence) == [minutes]


@pytest.mark.parametrize(
    "sentence",
    [
        "We monitor your blood pressure every 15 minutes.",
        "We monitor you for 5 minutes per hour.",
        "Please stay hydrated in the 24 hours before your infusion.",
        "Please remain fasting for 6 hours before your infusion.",
        "You will recover fully within 24 hours.",
        "You must stay off the road for 8 hours.",
        "You are observed for 24 hours.",
        "The effects stay for two hours.",
        "You do not have to stay for two hours.",
        "We monitor you for the 40-minute infusion.",
    ],
)
def test_what_is_no_stay_gives_no_minutes(sentence: str) -> None:
    assert told("minutes-observed", sentence) == []


@pytest.mark.parametrize(
    ("sentence", "leads"),
    [
        ("Our psychiatrist sees every patient.", ["psychiatrist"]),
        ("Dr. Ada Fenwick is a board-certified psychiatrist.", ["psychiatrist"]),
        ("Dr Ada Fenwick, consultant psychiatrist, sees you first.", ["psychiatrist"]),
        ("The clinic's anesthesiologist gives the infusion.", ["anaesthesiologist"]),
        ("Every infusion is given by a nurse anesthetist.", ["crna"]),
        ("Tessa Roe, CRNA, opened this office.", ["crna"]),
        ("A family physician leads our team.", ["other-physician"]),
        ("Our nurse practitioner talks with your psychiatrist.", ["nurse-practitioner"]),
    ],
)
def test_a_person_of_the_clinics_own_leads(sentence: str, leads: list[str]) -> None:
    assert told("leads", sentence) == leads


@pytest.mark.parametrize(
    "sentence",
    [
        "We will send a report to your psychiatrist.",
        "Your family physician or psychiatrist refers you to us.",
        "We work with your board-certified psychiatrist.",
        "We accept referrals from consultant psychiatrists.",
        "A psychiatrist may have told you about ketamine.",
        "He treats patients whose psychiatrists had run out of ideas.",
    ],
)
def test_somebody_elses_doctor_does_not_lead(sentence: str) -> None:
    assert told("leads", sentence) == []


@pytest.mark.parametrize("sentence", ["Our medical director is Dr. Ada Fenwick, MD.", "We are a physician-led clinic."])
def test_a_physician_without_a_speciality_is_unclear(sentence: str) -> None:
    assert told("leads", sentence) == ["unclear"]


def test_who_leads_is_not_unclear_where_another_sentence_tells() -> None:
    page = "Our medical director is Dr. Ada Fenwick. Dr. Fenwick is a board-certified psychiatrist."
    assert told("leads", page) == ["psychiatrist"]


def test_a_way_from_home_is_no_treatment_there() -> None:
    assert told("place", "We are ten minutes from your home.") == []


def test_treatment_from_home_is_taken_there() -> None:
    assert told("place", "You take your ketamine from the comfort of your own home.") == ["home"]


@pytest.mark.parametrize(
    ("sentence", "sessions"),
    [
        ("We recommend a series of six infusions.", ["6"]),
        ("Most patients do 6 infusions over two to three weeks.", ["6"]),
        ("We have performed more than 15,000 infusions in our clinic.", []),
        ("We gave 500 treatments in our first year.", []),
        ("We gave 20 treatments in two weeks.", []),
        ("We offer a course of 40 infusions.", []),
        ("We offer a package of one infusion.", []),
        ("We recommend a series of six to eight infusions.", []),
        ("We begin with a course of 12 weeks.", []),
    ],
)
def test_sessions_are_those_of_a_course(sentence: str, sessions: list[str]) -> None:
    assert told("sessions-in-course", sentence) == sessions


@pytest.mark.parametrize(
    ("sentence", "price"),
    [
        ("Each infusion costs $450.", "450 USD"),
        ("Each infusion costs $1,250.00.", "1250 USD"),
        ("Each infusion costs $450 CAD.", "450 CAD"),
        ("Each infusion costs 450 Canadian dollars.", "450 CAD"),
        ("Each infusion costs CAD 450.", "450 CAD"),
        ("CA$450 per session", "450 CAD"),
        ("AU$450 per session", "450 AUD"),
        ("A$450 per session", "450 AUD"),
        ("NZ$450 per session", "450 NZD"),
        ("£450 per session", "450 GBP"),
        ("€450 per session", "450 EUR"),
        ("A dosing session is 480 dollars.", "480 USD"),
    ],
)
def test_a_price_has_the_currency_that_stands_beside_it(sentence: str, price: str) -> None:
    assert told("price", sentence) == [price]


@pytest.mark.parametrize(
    "sentence",
    [
        "$50 off your first infusion.",
        "Our 6-infusion bundle costs $2,400.",
        "Each infusion costs HK$450.",
        "Each infusion costs A$450 NZD.",
        "Each infusion costs $400 to $800.",
        "Blood tests before your infusion cost $60.",
        "An integration session is $150.",
    ],
)
def test_what_is_not_the_price_of_one_session_is_none(sentence: str) -> None:
    assert told("price", sentence) == []


def test_a_dollar_alone_is_not_american_on_a_page_in_another_dollar() -> None:
    assert told("price", "Each infusion costs $450. We bill in Canadian dollars.") == []


def test_a_dollar_alone_is_not_american_on_an_australian_website() -> None:
    assert told("price", "Each infusion costs $450.", "https://wattle.example.au/fees") == []


@pytest.mark.parametrize(
    "html",
    [
        "<h3>Ketamine infusion</h3><p>$450</p>",
        "<dl><dt>Ketamine infusion<dd>$450</dl>",
        "<table><tr><th>Treatment<th>Price per session<tr><td>IV ketamine<td>$450</table>",
    ],
)
def test_a_label_over_a_price_tells_what_it_is_for(html: str) -> None:
    assert told("price", html) == ["450 USD"]


@pytest.mark.parametrize(
    "html",
    [
        "<h3>Ketamine infusion</h3><p>The whole plan is $2,700.</p>",
        "<h3>Infusion packages</h3><p>$2,700</p>",
        "<table><tr><th>Treatment<th>Price per session<tr><td>Recovery drip<td>$150</table>",
    ],
)
def test_a_label_over_a_price_of_something_else_gives_none(html: str) -> None:
    assert told("price", html) == []


def test_what_stands_under_another_services_heading_is_not_ours() -> None:
    page = (
        "<h3>NAD+ infusions</h3><p>Each session costs $350 for one infusion.</p>"
        "<h3>Ketamine</h3><p>Each infusion costs $450.</p>"
    )
    assert told("price", page) == ["450 USD"]


def test_under_another_services_heading_a_sentence_on_ketamine_is_ours() -> None:
    page = "<h3>TMS</h3><p>Our nurses are here.</p><p>A ketamine infusion costs $450.</p>"
    assert told("price", page) == ["450 USD"]


@pytest.mark.parametrize(
    "html",
    [
        "<h2>Who should not receive ketamine</h2><ul><li>Bipolar disorder with mania<li>Alcohol use disorder</ul>",
        "We watch for respiratory depression during your infusion.",
        "We screen every patient for bipolar disorder before treatment.",
        "Nausea and anxiety are common after treatment.",
    ],
)
def test_what_shuts_out_or_is_looked_out_for_is_not_treated(html: str) -> None:
    assert told("condition", html) == []


@pytest.mark.parametrize(
    "html", ["<h2>Conditions we treat</h2><ul><li>PTSD<li>Migraine</ul>", "We treat PTSD and migraine."]
)
def test_conditions_are_those_said_to_be_treated(html: str) -> None:
    assert told("condition", html) == ["PTSD", "migraine"]


@pytest.mark.parametrize(
    ("sentence", "served"),
    [
        ("We are licensed in Texas.", ["Texas"]),
        ("Our care is available in Oregon, Idaho and Washington.", ["Oregon, Idaho and Washington"]),
        ("Our care is available in English and Spanish.", []),
        ("We are not licensed in Texas.", []),
        ("We see patients in Kansas City.", []),
        ("We see patients in Washington, DC.", []),
    ],
)
def test_states_and_countries_are_served_and_nothing_else(sentence: str, served: list[str]) -> None:
    assert told("served", sentence) == served
