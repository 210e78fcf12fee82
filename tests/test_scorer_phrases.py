"""The phrase notation, and that the matcher's filter only makes it faster."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scorer.checklist import load_checklist
from scorer.phrases import NotationError, PhraseMatcher, check_notation, fold, has_negation, spans

CHECKLIST = load_checklist(Path(__file__).parent.parent / "checklist.yaml")
FILTERED, UNFILTERED = PhraseMatcher(CHECKLIST), PhraseMatcher(CHECKLIST, filtering=False)


def found(phrase: str, text: str) -> list[str]:
    return [text[start:end] for start, end in spans(phrase, fold(text))]


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        ("blood pressure", "Blood Pressure, blood-pressure and **blood** pressure", 3),
        ("[blood pressure|pulse]", "pulse", 1),
        ("monitor*", "monitor monitors monitored monitoring", 4),
        ("[check|measure]* ... pulse", "She measures, every ten minutes, your pulse.", 1),
        ("you'll ... stay", "You’ll stay with us", 1),
        ("check in", "check—in", 1),
        ("$*", "$525 or $1,200", 2),
        ("?", "Why? Where?", 2),
        ("nurse", "a nurse's chair", 1),
    ],
)
def test_the_notation_finds(phrase: str, text: str, expected: int) -> None:
    assert len(found(phrase, text)) == expected


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("art", "start, arts and party"),
        ("monitor", "monitors"),
        ("nurse ... room", "A nurse waits. The room is quiet."),
        ("nurse ... room", "A nurse waits\n\nThe room is quiet"),
        ("nurse ... room", "nurse one two three four five six seven room"),
        ("is ... addictive", "It is not addictive"),
    ],
)
def test_the_notation_does_not_find(phrase: str, text: str) -> None:
    assert not found(phrase, text)


def test_a_gap_goes_over_titles_and_decimals_but_not_over_a_sentence_end() -> None:
    assert found("see ... psychiatrist", "You see Dr. Moore, psychiatrist.")
    assert found("give ... slowly", "We give 0.5 mg slowly.")
    assert not found("see ... psychiatrist", "We will see. Our psychiatrist is in.")


def test_a_line_wrapped_by_hand_is_one_sentence() -> None:
    assert found("nurse ... room", "a nurse is in\nthe room")


def test_folding_keeps_every_character_in_its_place() -> None:
    text = "İstanbul ’quoted’ — and\u00a0ſpaced K"
    assert len(fold(text)) == len(text)


@pytest.mark.parametrize("phrase", ["[a|b", "a]", "a | b", "[a|]", "* word", "... word", "word ...", "two  spaces"])
def test_broken_notation_is_refused_with_its_mend(phrase: str) -> None:
    with pytest.raises(NotationError, match=";"):
        check_notation(phrase)


@pytest.mark.parametrize(
    ("phrase", "expected"), [("[no|without] risk", True), ("risk free", False), ("don’t ... ask", True)]
)
def test_a_phrase_knows_its_own_no(phrase: str, expected: bool) -> None:
    assert has_negation(phrase) is expected


def test_hits_lie_where_they_say() -> None:
    text = "We check your blood pressure every ten minutes. Nurses stay with you."
    for hit in FILTERED.find(text):
        assert 0 <= hit.start < hit.end <= len(text)
        assert bool(hit.criterion) != bool(hit.context)


def test_an_unless_line_sets_aside_only_in_its_own_sentence() -> None:
    alone = "A fee of $75 is charged for cancelling late."
    beside = "Late cancelling costs a fee. Each infusion is $450."
    assert not [hit for hit in FILTERED.find(alone) if hit.criterion == "costs-disclosed"]
    assert [hit for hit in FILTERED.find(beside) if hit.criterion == "costs-disclosed"]


_WORDS = sorted(
    {word for c in CHECKLIST.criteria for phrase in c.phrases for word in re.findall(r"[\w'$%?]+", phrase.text)}
)
_TEXTS = st.lists(
    st.one_of(
        st.sampled_from(_WORDS),
        st.sampled_from([example.text for criterion in CHECKLIST.criteria for example in criterion.examples]),
        st.sampled_from([". ", "\n", "\n\n", " — ", ", ", "’", "é", "İ", "ſ", "K", "**", "\u00a0", "-", "? ", "not "]),
    ),
    max_size=40,
).map(" ".join)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(_TEXTS)
def test_the_filter_changes_nothing(text: str) -> None:
    assert FILTERED.find(text) == UNFILTERED.find(text)
