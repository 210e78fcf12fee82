"""The examples of checklist.yaml, read by phrases and context alone: each makes its verdict, each context label is met."""

from pathlib import Path

import pytest

from scorer.checklist import Criterion, Example, load_checklist
from scorer.findings import Judge
from scorer.markdown import read_markdown
from scorer.page import Page
from scorer.verdicts import Verdict

CHECKLIST = load_checklist(Path(__file__).parent.parent / "checklist.yaml")
JUDGE = Judge(CHECKLIST)
EXAMPLES = [(criterion, example) for criterion in CHECKLIST.criteria for example in criterion.examples]


def page_of(example: Example) -> Page:
    """A page of a clinic's own with nothing else on it."""
    heading = f"# {example.heading}" if example.heading else ""
    text = "\n\n".join(part for part in (heading, example.before, example.text) if part)
    return read_markdown(text, title="What to expect", address="/what-to-expect", clinic="Example Clinic")


@pytest.mark.parametrize(
    ("criterion", "example"), EXAMPLES, ids=[f"{criterion.id}-{example.line}" for criterion, example in EXAMPLES]
)
def test_an_example_makes_its_verdict(criterion: Criterion, example: Example) -> None:
    found = {finding.criterion: finding.verdict for finding in JUDGE.find(page_of(example))}
    assert found.get(criterion.id, Verdict.SILENT) == example.verdict, example.text


def test_no_sentence_is_an_example_twice_for_one_criterion() -> None:
    seen = [(criterion.id, example.heading, example.before, example.text) for criterion, example in EXAMPLES]
    assert len(seen) == len(set(seen))


def test_no_example_names_a_real_crisis_line_of_the_past() -> None:
    assert not any("273-8255" in example.text for _, example in EXAMPLES)
