"""From what sentences say to the verdict of a page."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scorer.reader import MODEL
from scorer.weighing import CONTRADICTED, PARTIAL, SILENT, STATED, WEIGHER, Heard, Weigher, features, log_odds


def heard(*sentences: tuple[float, float, float, float], said: dict[int, set[int]] | None = None) -> Heard:
    """Sentences as the reader's probabilities of silent, partial, whole, opposite."""
    return Heard(log_odds(np.array(sentences)), {column: frozenset(n) for column, n in (said or {}).items()})


QUIET = (0.97, 0.01, 0.01, 0.01)
FAINT = (0.6, 0.2, 0.15, 0.05)


@pytest.fixture
def weigher(tmp_path: Path) -> Weigher:
    """One criterion; its whole weighs as much as is heard of the whole on all sentences together."""
    size = len(features(heard(QUIET), 1.0))
    weights = np.zeros((4, size))
    alone, together = heard(FAINT), heard(FAINT, FAINT, FAINT)
    grows = features(together, 1.0) > features(alone, 1.0)
    weights[STATED, grows] = 1.0
    fitted = {
        "criteria": ["vital-signs"],
        "least": 0.8,
        "silence": 0.85,
        "mean": [0.0] * size,
        "scale": [1.0] * size,
        "weights": weights.tolist(),
        "own": [[0.0]] * 4,
        "bias": [0.0] * 4,
    }
    path = tmp_path / "weigher.json"
    path.write_text(json.dumps(fitted), encoding="utf-8")
    return Weigher(path)


def test_what_is_looked_at_has_the_same_length_for_one_sentence_and_for_many() -> None:
    assert len(features(heard(QUIET), 1.0)) == len(features(heard(*[FAINT] * 9), 1.0))


def test_a_phrase_is_seen_beside_the_reader() -> None:
    without = features(heard(FAINT), 3.0)
    with_one = features(heard(FAINT, said={STATED: {0}}), 3.0)
    assert (with_one > without).sum() == 3


def test_three_faint_sentences_weigh_more_than_one(weigher: Weigher) -> None:
    one = weigher.weigh(heard(FAINT, QUIET, QUIET), "vital-signs", 1.0)
    three = weigher.weigh(heard(FAINT, FAINT, FAINT), "vital-signs", 1.0)
    assert three[STATED] > one[STATED]


def test_a_faint_sentence_weighs_more_where_the_page_says_much_else() -> None:
    shipped, faint = Weigher(MODEL / WEIGHER), heard(FAINT, QUIET)
    alone = shipped.weigh(replace(faint, around=0.02), "vital-signs", 1.0)
    among_others = shipped.weigh(replace(faint, around=0.6), "vital-signs", 1.0)
    assert among_others[SILENT] < alone[SILENT]


def test_the_chances_of_all_verdicts_add_up_to_one(weigher: Weigher) -> None:
    assert weigher.weigh(heard(FAINT), "vital-signs", 1.0).sum() == pytest.approx(1.0)


def test_a_contradiction_that_is_not_likely_enough_gives_way_to_the_next_verdict(weigher: Weigher) -> None:
    assert weigher.decide(np.array([0.1, 0.3, 0.0, 0.6])) == PARTIAL


def test_a_contradiction_that_is_likely_enough_stands(weigher: Weigher) -> None:
    assert weigher.decide(np.array([0.1, 0.05, 0.0, 0.85])) == CONTRADICTED


def test_silence_counts_a_little_less_than_what_is_found(weigher: Weigher) -> None:
    assert weigher.decide(np.array([0.45, 0.42, 0.13, 0.0])) == PARTIAL


def test_a_page_that_is_likely_silent_is_silent(weigher: Weigher) -> None:
    assert weigher.decide(np.array([0.6, 0.3, 0.1, 0.0])) == SILENT


def test_what_a_clinic_states_needs_no_more_than_to_be_likeliest(weigher: Weigher) -> None:
    assert weigher.decide(np.array([0.4, 0.1, 0.5, 0.0])) == STATED
