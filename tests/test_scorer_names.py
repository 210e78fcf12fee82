"""A clinic's own names in its prose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.names import own_name


@pytest.mark.parametrize(
    ("clinic", "prose"),
    [
        ("Alder Street Psychiatry", "At Alder Street Psychiatry we screen."),
        ("Alder Street Psychiatry", "At Alder Street we screen."),
        ("The Moore Clinic", "The Moore Clinic screens."),
        ("Calm Ketamine, Inc.", "Calm Ketamine screens."),
        ("St. Bride's Hospital Ketamine Service", "St. Bride's screens."),
        ("Two Rivers Interventional Psychiatry — Portland", "Two Rivers screens."),
        ("Larkspur Home Health", "LARKSPUR HOME HEALTH screens."),
        ("Rivet & Bloom", "At Rivet & Bloom we screen."),
    ],
)
def test_the_full_name_and_the_short_form_are_found(clinic: str, prose: str) -> None:
    pattern = own_name(clinic)
    assert pattern
    assert pattern.search(prose)


@pytest.mark.parametrize("clinic", ["", "Ketamine", "The Clinic", "—"])
def test_a_name_that_says_nothing_is_no_name(clinic: str) -> None:
    assert own_name(clinic) is None


def test_a_name_is_found_as_whole_words_only() -> None:
    pattern = own_name("Calm Clinic")
    assert pattern
    assert not pattern.search("It has a calming effect.")
    assert not pattern.search("Stay calm during the visit.")


@given(st.text(max_size=60))
def test_any_name_can_be_asked_for(clinic: str) -> None:
    own_name(clinic)
