"""The reader does not get worse: its figures on held-out lessons stay above the floors in data/floors.json."""

import json

import pytest

from jobs.evaluate import corpus_digest
from teaching.floors import FLOORS, LESSONS, below, measured
from teaching.held_out import measured_lessons

KEPT = json.loads(FLOORS.read_text(encoding="utf-8"))


def test_the_floors_are_of_these_lessons() -> None:
    assert corpus_digest(measured_lessons(LESSONS)) == KEPT["corpus"], (
        "held-out lessons changed: run python -m teaching.floors"
    )


@pytest.mark.parametrize(("reader", "taught"), [("phrases", False), ("taught", True)])
def test_no_figure_is_below_its_floor(reader: str, taught: bool) -> None:
    assert below(reader, measured(taught=taught), KEPT["readers"][reader]) == []


def test_every_quote_is_exact() -> None:
    assert {reader: floors["quotes_exact"] for reader, floors in KEPT["readers"].items()} == {
        "phrases": 1.0,
        "taught": 1.0,
    }
