"""The figures of an evaluation."""

from math import isnan

import pytest

from scorer.evaluate import Labelled, evaluate, kappa


def page(number: int, label: str, found: str) -> Labelled:
    def said(verdict: str, quote: str) -> dict[str, tuple[str, list[str]]]:
        return {} if verdict == "silent" else {"vital-signs": (verdict, [quote])}

    return Labelled(
        str(number), "We check your pulse.", said(label, "check your pulse"), said(found, "We check your pulse.")
    )


def test_precision_counts_only_the_exact_verdict() -> None:
    row = evaluate([page(1, "stated", "stated"), page(2, "partial", "stated")], ["vital-signs"]).rows[0]
    assert row.precision == 0.5


def test_found_or_not_forgives_the_kind_of_verdict() -> None:
    row = evaluate([page(1, "stated", "stated"), page(2, "partial", "stated")], ["vital-signs"]).rows[0]
    assert row.found_f1 == 1.0


def test_a_missed_label_lowers_recall() -> None:
    row = evaluate([page(1, "stated", "stated"), page(2, "stated", "silent")], ["vital-signs"]).rows[0]
    assert row.recall == 0.5


def test_two_constant_readers_who_agree_have_kappa_one() -> None:
    assert kappa([("silent", "silent")] * 5) == 1.0


def test_agreement_by_chance_is_kappa_nought() -> None:
    pairs = [("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")]
    assert kappa(pairs) == pytest.approx(0.0)


def test_precision_of_harmful_verdicts_is_told_apart() -> None:
    pages = [page(1, "silent", "contradicted"), page(2, "contradicted", "contradicted")]
    assert evaluate(pages, ["vital-signs"]).harm_precision == 0.5


def test_a_criterion_without_labels_and_findings_has_no_f1() -> None:
    assert isnan(evaluate([page(1, "silent", "silent")], ["vital-signs"]).rows[0].f1)


def test_the_same_seed_gives_the_same_intervals() -> None:
    pages = [page(n, "stated", "stated" if n % 3 else "silent") for n in range(12)]
    assert evaluate(pages, ["vital-signs"]).macro_interval == evaluate(pages, ["vital-signs"]).macro_interval


def test_each_band_of_confidence_tells_how_often_it_is_right() -> None:
    said = {"vital-signs": ("stated", ["pulse"])}
    sure = Labelled("1", "pulse", said, said, {"vital-signs": "certain"})
    wrong = Labelled("2", "pulse", {}, said, {"vital-signs": "doubtful"})
    bands = {band.name: band.precision for band in evaluate([sure, wrong], ["vital-signs"]).bands}
    assert bands == {"certain": 1.0, "doubtful": 0.0}


def test_each_kind_of_page_has_figures_of_its_own() -> None:
    said = {"vital-signs": ("stated", ["pulse"])}
    pages = [Labelled("1", "pulse", said, said, kind="clinic"), Labelled("2", "pulse", {}, said, kind="article")]
    assert {kind.name: kind.precision for kind in evaluate(pages, ["vital-signs"]).kinds} == {
        "article": 0.0,
        "clinic": 1.0,
    }


def test_a_practice_found_in_an_article_counts_as_false() -> None:
    said = {"vital-signs": ("stated", ["pulse"])}
    pages = [Labelled("1", "pulse", {}, said, kind="article"), Labelled("2", "pulse", {}, {}, kind="directory")]
    assert evaluate(pages, ["vital-signs"], practice=["vital-signs"]).false_on_others == 0.5
