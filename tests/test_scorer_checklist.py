"""Loading checklist.yaml: what comes of it, its version, and what is said of a broken one."""

import json
import re
from pathlib import Path

import pytest

from scorer.checklist import ChecklistError, load_checklist
from scorer.entries import json_schema
from scorer.verdicts import Verdict

ROOT = Path(__file__).parent.parent
FILE = ROOT / "checklist.yaml"
CHECKLIST = load_checklist(FILE)
CORE = {"physician-oversight", "screening", "vital-signs", "home-use"}
GENERAL = {"risks-disclosed", "regulatory-status", "limits-disclosed", "crisis-plan"}


def changed(folder: Path, old: str, new: str) -> Path:
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    copy = folder / "checklist.yaml"
    copy.write_text(text.replace(old, new, 1), encoding="utf-8")
    return copy


def test_there_are_24_criteria_in_the_order_of_their_groups() -> None:
    assert len(CHECKLIST.criteria) == 24
    order = [group.id for group in CHECKLIST.groups]
    assert [order.index(criterion.group) for criterion in CHECKLIST.criteria] == sorted(
        order.index(criterion.group) for criterion in CHECKLIST.criteria
    )


def test_the_core_criteria_and_those_that_general_prose_counts_for_are_marked() -> None:
    assert {criterion.id for criterion in CHECKLIST.criteria if criterion.core} == CORE
    assert {criterion.id for criterion in CHECKLIST.criteria if criterion.general_counts} == GENERAL
    assert sum(criterion.is_flag for criterion in CHECKLIST.criteria) == 3


@pytest.mark.parametrize("criterion", CHECKLIST.criteria, ids=lambda criterion: criterion.id)
def test_each_criterion_tells_what_to_ask_why_and_whose_rule_it_is(criterion) -> None:  # type: ignore[no-untyped-def]
    assert criterion.question.endswith("?")
    assert criterion.why.endswith(".")
    assert criterion.rule.endswith(".")
    assert not criterion.states.endswith(".")
    assert criterion.states[0].islower()
    assert criterion.sources
    assert all(source.standing for source in criterion.sources)


def test_each_criterion_rests_on_more_than_the_seed_articles_or_says_so() -> None:
    for criterion in CHECKLIST.criteria:
        assert any(source.standing != "seed article" for source in criterion.sources), criterion.id


def test_a_phrase_keeps_its_line() -> None:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    for criterion in CHECKLIST.criteria:
        for phrase in criterion.phrases:
            assert phrase.text in lines[phrase.line - 1]


def test_crisis_lines_are_there_by_country_and_no_old_number_is() -> None:
    assert {"US", "CA", "GB", "IE", "AU", "NZ"} <= {line.country for line in CHECKLIST.crisis_lines}
    assert not re.search(r"273.?8255|08457", FILE.read_text(encoding="utf-8"))


def test_comments_and_layout_do_not_change_the_version(tmp_path: Path) -> None:
    copy = changed(tmp_path, "\ngroups:", "\n# a note\n\ngroups:")
    assert load_checklist(copy).version == CHECKLIST.version
    assert re.fullmatch(r"[0-9a-f]{12}", CHECKLIST.version)


@pytest.mark.parametrize(
    "old", ["    title: Its prices", '        - "Contact us for pricing."', '        - "medical director"']
)
def test_words_examples_and_phrases_change_the_version(tmp_path: Path, old: str) -> None:
    copy = changed(tmp_path, old, old.replace("prices", "price").replace("Contact", "Call").replace("director", "lead"))
    assert load_checklist(copy).version != CHECKLIST.version


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "    question: What does a full course",
            "    quesion: What does a full course",
            r"quesion.* is unknown.*question",
        ),
        ("  - id: registered", "  - id: costs-disclosed", r"the id costs-disclosed is taken by line \d+"),
        ("    group: honesty", "    group: honestly", r"honestly.* is not in this file.*honesty"),
        ("    kind: practice", "    kind: practise", "none of the choices"),
        ("    core: true", '    core: "true"', "Write true or false"),
        ('        - "medical director"', "        - no", 'Write "no" in quotes'),
        ('        - "medical director"', "        - Myth: it cures", "Put this sentence in quotes"),
        ('        - "medical director"', "        - [medical|clinical] director", "is no YAML here"),
        ('        - "medical director"', '        - "[medical|clinical director"', "opens or closes no choice"),
        ('        - "medical director"', '        - "... director"', "words on both sides"),
        (
            "    sources: [seed-1st-step, rems, cqc",
            "    sources: [seed-first-step, rems, cqc",
            "Did you mean seed-1st-step",
        ),
        ("    raised:\n", "    stated:\n", "a flag is never stated"),
        ("    why: Knowing the cost", "    # why: Knowing the cost", "why.*is missing"),
    ],
)
def test_a_broken_checklist_is_named_with_line_field_and_mend(tmp_path: Path, old: str, new: str, said: str) -> None:
    copy = changed(tmp_path, old, new)
    with pytest.raises(ChecklistError) as refused:
        load_checklist(copy)
    message = str(refused.value)
    assert re.search(said, message, re.S), message
    assert re.match(rf"{re.escape(str(copy))}:\d+: ", message)


def test_the_line_named_is_the_line_of_the_fault(tmp_path: Path) -> None:
    copy = changed(tmp_path, '        - "medical director"', '        - "medical director "')
    with pytest.raises(ChecklistError) as refused:
        load_checklist(copy)
    [problem] = refused.value.problems
    assert '"medical director "' in copy.read_text(encoding="utf-8").splitlines()[problem.line - 1]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"- just\n- a list\n", b"criteria: [\n"])
def test_a_file_that_is_no_checklist_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "checklist.yaml"
    file.write_bytes(content)
    with pytest.raises(ChecklistError):
        load_checklist(file)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ChecklistError, match=r"nowhere\.yaml"):
        load_checklist(tmp_path / "nowhere.yaml")


def test_the_schema_for_editors_is_fresh() -> None:
    kept = json.loads((ROOT / "data" / "checklist.schema.json").read_text(encoding="utf-8"))
    assert kept == json_schema(), "run: python -m scorer.entries > data/checklist.schema.json"


def test_every_verdict_of_a_phrase_is_one_of_its_kind() -> None:
    for criterion in CHECKLIST.criteria:
        assert {phrase.verdict for phrase in criterion.phrases} <= set(criterion.verdicts)
        assert Verdict.SILENT not in criterion.verdicts
