"""Lessons: marks in a text become what each sentence is to be taught, the shortest answer among them."""

from pathlib import Path

import pytest

from scorer.checklist import load_checklist
from scorer.reader import MODEL, PRACTICE_VERDICTS, Vocabulary
from teaching.dataset import Item, items
from teaching.lessons import LessonError, lessons
from teaching.split import page_verdicts

CHECKLIST = load_checklist(Path(__file__).parent.parent / "checklist.yaml")
HEADER = "=== clinic: Fern Infusion | kind: clinic | title: Questions | path: /faq\n"
MENTAL_STATE = list(CHECKLIST.by_id).index("mental-state")


def lesson(folder: Path, text: str) -> Path:
    """A file with one page."""
    (folder / "one.txt").write_text(HEADER + text, encoding="utf-8")
    return folder / "one.txt"


def taught(folder: Path, text: str) -> list[str]:
    """What each sentence of a page is taught to say of mental-state."""
    lesson(folder, text)
    page: Item = items(folder, CHECKLIST, Vocabulary(MODEL / "tokenizer.json"))[0]
    return [PRACTICE_VERDICTS[found] for found in page.classes[:, MENTAL_STATE]]


def test_a_sentence_without_a_mark_is_taught_as_silent(tmp_path):
    assert taught(tmp_path, "The chairs are soft.") == ["silent"]


def test_a_question_and_its_short_answer_under_one_mark_are_both_taught(tmp_path):
    assert taught(tmp_path, "{{mental-state=stated: Am I ever alone? No.}}") == ["stated", "stated"]


def test_a_marked_clause_is_enough_for_its_sentence(tmp_path):
    text = "Bring a blanket, {{mental-state=stated: the nurse stays in her chair}}, and we play what you like."
    assert taught(tmp_path, text) == ["stated"]


def test_a_mark_that_ends_a_few_letters_into_the_next_sentence_does_not_teach_it(tmp_path):
    text = (
        "{{mental-state=stated: The nurse stays in her chair all the while. The}} garden is open to everybody at noon."
    )
    assert taught(tmp_path, text) == ["stated", "silent"]


def test_marks_may_nest(tmp_path):
    path = lesson(
        tmp_path, "{{screening=stated: We meet you first and {{informed-consent=stated: you sign a consent}}.}}"
    )
    (page,) = lessons([path])
    assert [(mark.criterion, page.page.text[mark.start : mark.end]) for mark in page.marks] == [
        ("informed-consent", "you sign a consent"),
        ("screening", "We meet you first and you sign a consent."),
    ]


def test_a_page_says_what_the_strongest_of_its_marks_says(tmp_path):
    path = lesson(tmp_path, "{{screening=partial: A quiz.}} {{screening=stated: The doctor examines you.}}")
    assert page_verdicts(next(lessons([path])).marks) == {"screening": "stated"}


def test_a_header_without_its_title_is_told_with_file_and_line(tmp_path):
    path = tmp_path / "two.txt"
    path.write_text(HEADER + "One.\n\n=== clinic: Ash | kind: clinic | path: /\nTwo.\n", encoding="utf-8")
    with pytest.raises(LessonError, match=r"two\.txt:4: the header lacks title"):
        list(lessons([path]))


def of_others(folder: Path, kind: str, text: str) -> bool | None:
    """Whether a page by such a publisher is taught as one that tells of others' practice only."""
    (folder / "one.txt").write_text(HEADER.replace("kind: clinic", f"kind: {kind}") + text, encoding="utf-8")
    return items(folder, CHECKLIST, Vocabulary(MODEL / "tokenizer.json"))[0].of_others


SILENT = "Good clinics have a nurse by the chair."
STATED = "{{mental-state=stated: Our nurse sits by the chair.}}"
RISKS = "{{risks-disclosed=stated: Nausea and dizziness are common.}}"


def test_an_article_that_states_no_practice_is_taught_as_of_others(tmp_path):
    assert of_others(tmp_path, "article", SILENT) is True


def test_an_article_that_tells_of_risks_is_taught_as_of_others_still(tmp_path):
    assert of_others(tmp_path, "article", f"{SILENT} {RISKS}") is True


def test_an_article_that_states_its_publishers_practice_is_not_taught_as_of_others(tmp_path):
    assert of_others(tmp_path, "article", f"{SILENT} {STATED}") is False


def test_of_a_clinics_page_that_states_nothing_it_is_not_asked_whose_it_is(tmp_path):
    assert of_others(tmp_path, "clinic", SILENT) is None
