"""A criterion as a form, and drafts with slips: each is told, none breaks a page of the desk."""

import re
from contextlib import nullcontext

import pytest
from desk_corpus import ROOT, Desk, post

from jobs.editing import EditError, Form, criterion_form, example_line, load, with_form
from jobs.rebase import rebase
from scorer.rulefile import DEEPEST, read_rules
from store.engine import session
from store.people import Draft

BASE = (ROOT / "checklist.yaml").read_text()
START = BASE.index("  - id: trained-staff")
SMALL = "criteria:\n" + BASE[START : BASE.index("\n  - id: ", START)] + "\n"
# Eleven lines that name two thousand million words.
REFERENCES = "a0: &a0 [word]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 11))
SLIPS = {
    "phrases that are a word": 'criteria:\n  - id: trained-staff\n    kind: practice\n    stated: "a phrase"\n',
    "phrases that are a number": "criteria:\n  - id: trained-staff\n    kind: practice\n    stated:\n      any: 5\n",
    "a phrase that is a mapping": "criteria:\n  - id: trained-staff\n    kind: practice\n    stated: {any: [{a: b}]}\n",
    "examples that are a list": "criteria:\n  - id: trained-staff\n    kind: practice\n    examples: [a]\n",
    "an example that is a number": "criteria:\n  - id: trained-staff\n    kind: practice\n    examples: {stated: [5]}\n",
    "an example without text": "criteria:\n  - id: trained-staff\n    kind: practice\n    examples: {stated: [{heading: a}]}\n",
    "a kind that there is not": "criteria:\n  - id: trained-staff\n    kind: [flog]\n",
    "an id that is a list": "criteria:\n  - id: [x]\n",
    "criteria that are a number": "criteria: 5\n",
    "criteria that are words": "criteria: [a, b]\n",
    "a day that there is not": "when: 2026-02-30\n" + SMALL,
    "a number that is none": "a: !!int x\n",
    "a switch that is none": "a: !!bool x\n",
    "brackets without end": "a: " + "[" * 1000,
    "brackets with an end": "a: " + "[" * 60 + "]" * 60 + "\n",
    "deep brackets with an end": "a: " + "[" * 1000 + "]" * 1000 + "\n",
    "a list that holds itself": "a: &a [*a]\n",
    "references to references": REFERENCES,
    "a key of references to references": REFERENCES + "? *a10\n: x\n",
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    return Desk(tmp_path_factory.mktemp("desk"))


@pytest.mark.parametrize(
    "slip",
    [
        "phrases that are a word",
        "phrases that are a number",
        "an id that is a list",
        "criteria that are a number",
        "a day that there is not",
        "brackets without end",
        "references to references",
    ],
)
def test_no_slip_in_a_draft_breaks_a_page_of_the_desk(desk, slip):
    client = desk.client("ed")
    desk.app().testing, desk.app().config["PROPAGATE_EXCEPTIONS"] = False, False
    number = post(client, "/desk/checklist/", title=slip).headers["Location"].rpartition("/")[2]
    draft = f"/desk/checklist/drafts/{number}"
    assert post(client, f"{draft}/text", text=SLIPS[slip], revision="1").status_code == 303
    for page in ("", "/criteria/trained-staff", "/text", "/take-over", "/preview"):
        assert client.get(draft + page).status_code in (200, 303), page
    assert "checklist.yaml, line" in client.get(draft).text


@pytest.mark.parametrize("slip", SLIPS)
def test_every_slip_is_a_fault_with_its_line_and_mend(slip):
    problems = read_rules(SLIPS[slip].encode())[2]
    assert problems and all(problem.line >= 1 and problem.mend for problem in problems)


@pytest.mark.parametrize("slip", SLIPS)
def test_a_form_of_a_criterion_that_cannot_be_read_is_refused_with_the_reason(slip):
    with pytest.raises(EditError):
        criterion_form(SLIPS[slip], "trained-staff")


def test_a_form_is_not_put_into_a_draft_that_has_a_slip_by_now():
    form = criterion_form(SMALL, "trained-staff")
    with pytest.raises(EditError, match="trained-staff: stated holds no any:"):
        with_form(SLIPS["phrases that are a word"], form)


def test_lists_of_entries_whose_ids_are_no_words_are_joined_as_they_are():
    new, _ = rebase("criteria:\n  - id: a\n", "criteria:\n  - id: [x]\n", "criteria:\n  - id: a\n  - id: b\n")
    assert load(new)["criteria"] == [{"id": ["x"]}, {"id": "b"}]


def test_a_fault_of_nesting_has_the_line_where_it_begins_and_a_mend():
    (problem,) = read_rules(("title: T\n\nbad: " + "[" * 1000).encode())[2]
    assert problem.line == 3 and "nested" in problem.what and problem.mend


@pytest.mark.parametrize(("levels", "taken"), [(DEEPEST, True), (DEEPEST + 1, False)])
def test_the_desk_and_the_reader_of_the_file_agree_how_deep_a_file_may_nest(levels, taken):
    text = "notes: " + "[" * (levels - 1) + "]" * (levels - 1) + "\n"
    assert ("nested" not in str(read_rules(text.encode())[2])) is taken
    with nullcontext() if taken else pytest.raises(EditError, match="nested"):
        load(text)


@pytest.mark.parametrize(
    ("line", "example"),
    [
        ("Words.", "Words."),
        ("Words {heading: Safety}", {"text": "Words", "heading": "Safety"}),
        ("W {heading: A {b} c} {before: Is it?}", {"text": "W", "heading": "A {b} c", "before": "Is it?"}),
        ("W {heading: A} and more", "W {heading: A} and more"),
        ("W {heading: A} and {before: B}", {"text": "W {heading: A} and", "before": "B"}),
        ("W {heading: A", "W {heading: A"),
    ],
)
def test_an_example_has_the_places_that_stand_at_its_end(line, example):
    new = with_form(SMALL, Form("trained-staff", {}, {"examples.stated": [line]}))
    (kept,) = load(new)["criteria"][0]["examples"]["stated"]
    assert kept == example and example_line(kept) == line


def test_a_new_flag_of_a_draft_has_a_flags_form(desk):
    start = BASE.index("  - id: home-use")
    flag = re.split(r"\n(?=  - id: )", BASE[start:])[0].replace("id: home-use", "id: new-flag", 1)
    client = desk.client("ed")
    number = post(client, "/desk/checklist/", title="A flag").headers["Location"].rpartition("/")[2]
    post(client, f"/desk/checklist/drafts/{number}/text", text=f"{BASE.rstrip()}\n{flag}\n", revision="1")
    page = client.get(f"/desk/checklist/drafts/{number}/criteria/new-flag").text
    assert 'name="raised.any"' in page and 'name="stated.any"' not in page
    assert "lozenge" in page


def test_a_criterion_that_becomes_a_flag_in_a_draft_has_a_flags_form(desk):
    client = desk.client("ed")
    number = post(client, "/desk/checklist/", title="Another").headers["Location"].rpartition("/")[2]
    text = BASE[:START] + BASE[START:].replace("kind: practice", "kind: flag", 1)
    post(client, f"/desk/checklist/drafts/{number}/text", text=text, revision="1")
    with session(desk.engine) as opened:
        assert opened.get_one(Draft, int(number)).text == text
    assert 'name="raised.any"' in client.get(f"/desk/checklist/drafts/{number}/criteria/trained-staff").text
