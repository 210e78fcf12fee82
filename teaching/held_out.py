"""The lessons that no reader is taught with and no threshold is chosen on, as labelled pages: what figures are measured on."""

from pathlib import Path

from jobs.check import Input
from jobs.evaluate import Labels
from teaching.lessons import lessons
from teaching.split import is_measured, page_verdicts


def measured_lessons(folder: Path) -> list[tuple[Input, Labels]]:
    """The measured pages of a folder of lessons with their labels and quotes."""
    pages: list[tuple[Input, Labels]] = []
    for lesson in lessons(sorted(folder.glob("*.txt"))):
        if is_measured(lesson.page.clinic):
            verdicts = page_verdicts(lesson.marks)
            labels = {
                criterion: (
                    verdict,
                    [
                        lesson.page.text[m.start : m.end]
                        for m in lesson.marks
                        if m.criterion == criterion and m.verdict == verdict
                    ],
                )
                for criterion, verdict in verdicts.items()
            }
            pages.append((Input(lesson.name, lesson.page, lesson.name, lesson.publisher), labels))
    return pages
