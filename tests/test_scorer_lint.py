"""The lint of checklist.yaml: what its examples leave uncovered, with line, field and mend."""

from pathlib import Path

import pytest

from scorer.lint import lint

FILE = Path(__file__).parent.parent / "checklist.yaml"

SMALL = """\
title: Small
groups: [{id: monitoring, title: Monitoring}]
sources: [{id: rule, publisher: Somebody, title: A rule, date: "2020", standing: verified}]
crisis_lines: [{country: US, name: Line, call: "988", emergency: "911", verified: false}]
context:
  - id: general
    about: Sets aside.
    any: ["clinics should"]
    examples: ["Clinics should check."]
criteria:
  - id: vital-signs
    title: Measured
    group: monitoring
    kind: practice
    question: Do you?
    why: It matters.
    states: it measures
    rule: A rule.
    sources: [rule]
    stated:
      any:
        - "check* ... pulse"
      unless: ["tomorrow"]
    examples:
      stated: ["We check your pulse.", "She checks the pulse.", "He checks a pulse."]
      silent: ["Clinics should check the pulse tomorrow.", "b", "c", "d", "e"]
"""


def problems(folder: Path, old: str = "", new: str = "") -> list[str]:
    file = folder / "checklist.yaml"
    assert old in SMALL
    file.write_text(SMALL.replace(old, new, 1), encoding="utf-8")
    return [str(problem) for problem in lint(file)]


def test_our_checklist_has_no_problem() -> None:
    assert [str(problem) for problem in lint(FILE)] == []


def test_the_small_checklist_has_no_problem(tmp_path: Path) -> None:
    assert problems(tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "sources: [rule]",
            "sources: &rules [rule]\n    examples: {stated: *rules}",
            "20: criteria[0].examples.stated: is referred to with & and *. Write it out in both places",
        ),
        (
            "states: it measures",
            "states: it measures\n    ? [a, b]\n    : c",
            "18: criteria[0]: has a key that is no word",
        ),
        (
            '- "check* ... pulse"',
            '- "check* ... pulse"\n        - "cuff"',
            '23: vital-signs.stated: no example uses the phrase "cuff"',
        ),
        ('unless: ["tomorrow"]', 'unless: ["yesterday"]', 'no example uses the exception "yesterday"'),
        ('"He checks a pulse."', '"He looks."', 'no phrase finds "He looks."'),
        (', "He checks a pulse."', "", "vital-signs.examples.stated: 2 of at least 3 examples. Add 1"),
        (', "e"]', "]", "vital-signs.examples.silent: 4 of at least 5"),
        (
            'any: ["clinics should"]',
            'any: ["clinics should", "usually"]',
            'context[general].any: no example uses the phrase "usually"',
        ),
        (
            'examples: ["Clinics should check."]',
            'examples: ["Clinics should check.", "Well."]',
            'no phrase finds "Well."',
        ),
        ("    examples:\n      stated", "    exampels:\n      stated", "Did you mean examples?"),
    ],
)
def test_lint_names_what_examples_leave_uncovered(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert any(said in problem for problem in problems(tmp_path, old, new)), problems(tmp_path, old, new)


def test_without_examples_the_slow_look_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "checklist.yaml"
    file.write_text(SMALL.replace('"tomorrow"', '"yesterday"'), encoding="utf-8")
    assert lint(file, examples=False) == []


def test_problems_come_in_the_order_of_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "checklist.yaml"
    file.write_text(SMALL.replace('"tomorrow"', '"yesterday"').replace(', "e"]', "]"), encoding="utf-8")
    lines = [problem.line for problem in lint(file)]
    assert lines == sorted(lines)
    assert len(lines) == 2
