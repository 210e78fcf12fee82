"""Whose practice a sentence tells of, and which way it goes."""

import pytest

from scorer.checklist import load_checklist
from scorer.context import Practice, contexts
from scorer.findings import Judge
from scorer.markdown import read_markdown
from scorer.phrases import PhraseMatcher
from scorer.sentences import sentences

CHECKLIST = load_checklist("checklist.yaml")
MATCHER = PhraseMatcher(CHECKLIST)
JUDGE = Judge(CHECKLIST)


def practices(
    text: str, *, title: str = "What to expect", address: str = "/what-to-expect", clinic: str = ""
) -> list[Practice]:
    """The practice of each sentence's first clause."""
    page = read_markdown(text, title=title, address=address, clinic=clinic)
    found = list(sentences(page))
    hits = [hit for hit in MATCHER.find(text) if hit.context]
    return [context.clauses[0].practice for context in contexts(page, found, hits)]


def verdict(criterion: str, text: str) -> str:
    """What phrases and context alone make of a passage on a clinic's own page."""
    page = read_markdown(text, title="What to expect", address="/what-to-expect")
    return {f.criterion: f.verdict.value for f in JUDGE.find(page)}.get(criterion, "silent")


def quotes(criterion: str, text: str) -> list[str]:
    """What is quoted for a criterion from a passage on a clinic's own page."""
    page = read_markdown(text, title="What to expect", address="/what-to-expect")
    return [e.quote for f in JUDGE.find(page) if f.criterion == criterion for e in f.evidence]


def test_we_is_the_clinic() -> None:
    assert practices("We check your pulse.") == [Practice.OWN]


def test_the_clinics_own_name_is_the_clinic() -> None:
    assert practices("At Harbor Light every infusion has a nurse.", clinic="Harbor Light Infusion") == [Practice.OWN]


def test_a_named_rival_is_another_provider() -> None:
    assert practices("Other clinics skip cardiac monitoring.") == [Practice.OTHER_PROVIDER]


def test_a_section_about_others_stays_about_them_until_the_text_turns_back() -> None:
    told = practices("Mail-order companies ship lozenges. Nobody is in the room. Here we stay with you.")
    assert told == [Practice.OTHER_PROVIDER, Practice.OTHER_PROVIDER, Practice.OWN]


def test_a_new_heading_ends_what_was_carried_on() -> None:
    told = practices(
        "## Mail-order firms\n\nOther companies ship lozenges.\n\n## In the room\n\nBlood pressure is checked."
    )
    assert told[-1] is Practice.OWN


def test_a_blog_article_is_general_until_it_says_we() -> None:
    told = practices("Blood pressure is checked. At our clinic we check it too.", title="Blog", address="/blog/safety")
    assert told == [Practice.GENERAL, Practice.OWN]


def test_a_quotation_is_a_testimonial() -> None:
    assert practices("> They checked my pressure every five minutes.") == [Practice.TESTIMONIAL]


def test_another_service_is_set_aside() -> None:
    assert practices("TMS patients are screened by a psychiatrist.") == [Practice.OTHER_SERVICE]


def test_another_service_named_beside_ketamine_is_not_set_aside() -> None:
    assert practices("Before TMS or ketamine, we screen every patient.") == [Practice.OWN]


def test_a_question_without_answer_says_nothing() -> None:
    assert verdict("vital-signs", "Do you check my blood pressure?") == "silent"


@pytest.mark.parametrize(
    ("criterion", "text", "expected"),
    [
        (
            "vital-signs",
            "No infusion begins until vital signs are recorded, and we check your pulse throughout.",
            "stated",
        ),
        ("home-use", "We never mail ketamine to your home.", "denied"),
        ("vital-signs", "Unlike telehealth firms, we check your blood pressure every ten minutes.", "stated"),
        ("vital-signs", "Clinics should monitor blood pressure throughout.", "silent"),
        ("vital-signs", "Studies show that monitoring blood pressure matters.", "silent"),
        ("informed-consent", "We cannot treat you without informed consent.", "stated"),
        ("follow-up", "We will soon offer follow-up visits.", "silent"),
    ],
    ids=str,
)
def test_phrases_in_context(criterion: str, text: str, expected: str) -> None:
    assert verdict(criterion, text) == expected


def test_no_answers_the_question_before_it() -> None:
    assert verdict("home-use", "**Do you mail ketamine to my home?** No.") == "denied"


@pytest.mark.parametrize(
    "text",
    [
        "### Do you mail ketamine to patients at home?\n\n+\n\nNo.",
        "### Do you mail ketamine to patients at home\n\nNo.",
        "Q: Do you mail ketamine to patients at home?\n\nA: No.",
        "Do you mail ketamine to patients at home? ▾\n\nNo.",
    ],
    ids=["the sign of a toggle between", "no question mark", "lettered", "a sign behind the mark"],
)
def test_an_answer_finds_its_question(text: str) -> None:
    assert verdict("home-use", text) == "denied"


def test_an_answer_is_quoted_with_its_question() -> None:
    assert quotes("home-use", "### Do you mail ketamine to patients at home?\n\n+\n\nNo.") == [
        "Do you mail ketamine to patients at home?\n\n+\n\nNo."
    ]


def test_a_line_that_refuses_turns_its_list_round() -> None:
    assert verdict("home-use", "We do not offer:\n\n- At-home ketamine lozenges mailed to your door") == "denied"


def test_an_item_is_quoted_with_the_line_that_refuses_it() -> None:
    text = "## What we never do\n\n- Mail ketamine lozenges to your home"
    assert quotes("home-use", text) == ["What we never do\n\n- Mail ketamine lozenges to your home"]


def test_a_line_on_whom_the_clinic_does_not_treat_turns_nothing_round() -> None:
    text = "## Who we don't treat\n\n- Anyone with uncontrolled high blood pressure or psychosis"
    assert verdict("contraindications", text) == "stated"


def test_a_page_that_contradicts_itself_shows_both_sides() -> None:
    said = " ".join(f"We check your blood pressure during session {number}." for number in range(1, 8))
    told = quotes("vital-signs", f"{said} We do not check your blood pressure during the infusion.")
    assert "We do not check your blood pressure during the infusion." in told


def test_a_quote_is_exactly_the_text_at_its_offsets() -> None:
    page = read_markdown("Hello there. We check your blood pressure every ten minutes. Bye.", address="/safety")
    evidence = [e for f in JUDGE.find(page) for e in f.evidence]
    assert evidence
    assert all(page.text[e.start : e.end] == e.quote for e in evidence)
