"""Lessons to what a model learns from: passages of tokens, and for each sentence a class a criterion."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from scorer.checklist import Checklist
from scorer.evaluate import OTHERS
from scorer.examples import example_page
from scorer.page import Sentence
from scorer.passages import Passage, Tokenizer, passages
from scorer.reader import FLAG_VERDICTS, PRACTICE_VERDICTS
from scorer.verdicts import Verdict
from teaching.lessons import Lesson, Mark, lessons
from teaching.split import is_held_out

# So much of a mark, or of the sentence, must overlap for the sentence to carry the mark: so many letters, unless one of them is shorter.
_OF_MARK, _OF_SENTENCE, _LETTERS = 0.6, 0.3, 12


@dataclass(frozen=True, slots=True)
class Item:
    """One page to learn from: its passages, and `classes[i, c]` for sentence i and criterion c.

    `of_others` is whether the page tells of others' practice only; None where that is not asked.
    """

    clinic: str
    passages: tuple[Passage, ...]
    classes: npt.NDArray[np.int64]
    of_others: bool | None

    @property
    def held_out(self) -> bool:
        """Whether the page's clinic is held out of teaching."""
        return is_held_out(self.clinic)


def items(folder: Path, checklist: Checklist, tokenizer: Tokenizer) -> list[Item]:
    """Every lesson of the folder, then every example of the checklist as a small page."""
    made = [_item(lesson, checklist, tokenizer) for lesson in lessons(sorted(folder.glob("*.txt")))]
    for criterion in checklist.criteria:
        for example in criterion.examples:
            page = example_page(example)
            start = page.text.index(example.text)
            mark = Mark(criterion.id, example.verdict, start, start + len(example.text))
            marks = () if example.verdict is Verdict.SILENT else (mark,)
            lesson = Lesson(f"checklist.yaml:{example.line}", "clinic", page, marks)
            # An example is labelled on its own criterion only: the others are unknown, not silent.
            made.append(_item(lesson, checklist, tokenizer, only=criterion.id))
    return made


def class_of(verdict: str) -> int:
    """The column of a verdict in the reader's scores."""
    columns = PRACTICE_VERDICTS if verdict in PRACTICE_VERDICTS else FLAG_VERDICTS
    return columns.index(verdict)


def _item(lesson: Lesson, checklist: Checklist, tokenizer: Tokenizer, only: str = "") -> Item:
    found, parts = passages(lesson.page, tokenizer)
    columns = {criterion.id: n for n, criterion in enumerate(checklist.criteria)}
    classes = np.zeros((len(found), len(columns)), np.int64)
    if only:
        classes[:] = -100
        classes[:, columns[only]] = 0
    for mark in lesson.marks:
        for number, sentence in enumerate(found):
            if _carries(sentence, mark):
                column = columns[mark.criterion]
                classes[number, column] = max(classes[number, column], class_of(mark.verdict.value))
    return Item(lesson.page.clinic, tuple(parts), classes, None if only else _of_others(lesson, checklist))


def _of_others(lesson: Lesson, checklist: Checklist) -> bool | None:
    """None for a clinic's own page that states nothing: there is no telling from its sentences whose it is."""
    practices = {
        criterion.id for criterion in checklist.criteria if not (criterion.general_counts or criterion.is_flag)
    }
    if any(mark.criterion in practices for mark in lesson.marks):
        return False
    return True if lesson.publisher in OTHERS else None


def _carries(sentence: Sentence, mark: Mark) -> bool:
    shared = min(sentence.end, mark.end) - max(sentence.start, mark.start)
    length, marked = sentence.end - sentence.start, mark.end - mark.start
    # "No." at the end of a longer mark is a whole sentence in it.
    enough = shared >= min(_LETTERS, 0.5 * marked, length)
    return enough and (shared >= _OF_SENTENCE * length or shared >= _OF_MARK * marked)
