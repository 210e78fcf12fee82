"""Figures page by page and clinic by clinic."""

from jobs.check import Input
from jobs.evaluate import Labels, evaluate_clinics, evaluate_pages
from scorer.checklist import load_checklist
from scorer.evaluate import Evaluation, Row
from scorer.findings import Judge
from scorer.markdown import read_markdown


def pages(*texts: str) -> list[tuple[Input, Labels]]:
    """Pages of one invented clinic; each is labelled as stating vital signs."""
    return [
        (
            Input(
                str(n), read_markdown(text, title="What to expect", address="/what-to-expect", clinic="Alder Clinic")
            ),
            {"vital-signs": ("stated", [text])},
        )
        for n, text in enumerate(texts)
    ]


def row_of(evaluation: Evaluation, criterion: str) -> Row:
    return next(row for row in evaluation.rows if row.criterion == criterion)


MEASURED = "We check your blood pressure every ten minutes during the infusion."
UNHEARD = "The cat sleeps."


def test_a_page_that_was_missed_lowers_recall_page_by_page() -> None:
    evaluation, _ = evaluate_pages(Judge(load_checklist("checklist.yaml")), pages(MEASURED, UNHEARD))
    assert row_of(evaluation, "vital-signs").recall == 0.5


def test_a_clinic_is_found_to_state_what_one_of_its_pages_states() -> None:
    evaluation = evaluate_clinics(Judge(load_checklist("checklist.yaml")), pages(MEASURED, UNHEARD))
    assert (evaluation.pages, row_of(evaluation, "vital-signs").recall) == (1, 1.0)
