"""The lessons that no reader is taught with, as labelled pages: what thresholds are chosen on and floors are measured on."""

from pathlib import Path

from jobs.check import Input
from jobs.evaluate import Labels
from teaching.lessons import lessons
from teaching.split import is_held_out, page_verdicts


def held_out(folder: Path) -> list[tuple[Input, Labels]]:
    """The held-out pages of a folder of lessons with their labels and quotes."""
    pages: list[tuple[Input, Labels]] = []
    for lesson in lessons(sorted(folder.glob("*.txt"))):
        if is_held_out(lesson.page.clinic):
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
            pages.append((Input(lesson.name, lesson.page, lesson.name), labels))
    return pages
