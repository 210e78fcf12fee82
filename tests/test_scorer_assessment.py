"""From the findings of pages to the verdicts of a clinic."""

from collections.abc import Mapping

from scorer.assessment import PageFindings, RolledUp, roll_up
from scorer.checklist import load_checklist
from scorer.page import PageKind
from scorer.verdicts import Confidence, Evidence, Finding, Reason, Verdict

CHECKLIST = load_checklist("checklist.yaml")


def page(
    name: str,
    criterion: str,
    verdict: Verdict,
    *,
    confidence: Confidence = Confidence.CERTAIN,
    kind: PageKind = PageKind.PROCESS,
) -> PageFindings[str]:
    quote = f"{name} says {verdict}"
    evidence = Evidence(verdict, quote, 0, len(quote), (), confidence, Reason(probability=0.9))
    return PageFindings(name, kind, (Finding(criterion, verdict, (evidence,), confidence),))


def rolled(*pages: PageFindings[str]) -> Mapping[str, RolledUp[str]]:
    return roll_up(pages, CHECKLIST)


def test_stated_on_one_page_outweighs_partial_on_another() -> None:
    up = rolled(page("a", "vital-signs", Verdict.PARTIAL), page("b", "vital-signs", Verdict.STATED))["vital-signs"]
    assert up.verdict is Verdict.STATED


def test_stated_here_and_contradicted_there_is_conflicting_with_both_quotes() -> None:
    up = rolled(page("a", "vital-signs", Verdict.STATED), page("b", "vital-signs", Verdict.CONTRADICTED))["vital-signs"]
    assert (up.verdict, {ref for ref, _ in up.evidence}) == (Verdict.CONFLICTING, {"a", "b"})


def test_partial_here_and_contradicted_there_is_conflicting() -> None:
    up = rolled(page("a", "screening", Verdict.PARTIAL), page("b", "screening", Verdict.CONTRADICTED))["screening"]
    assert up.verdict is Verdict.CONFLICTING


def test_raised_and_denied_is_conflicting() -> None:
    up = rolled(page("a", "home-use", Verdict.RAISED), page("b", "home-use", Verdict.DENIED))["home-use"]
    assert up.verdict is Verdict.CONFLICTING


def test_a_criterion_that_no_page_speaks_of_is_silent() -> None:
    assert rolled(page("a", "vital-signs", Verdict.STATED))["home-use"].verdict is Verdict.SILENT


def test_where_no_page_was_read_nothing_is_silent() -> None:
    assert {up.verdict for up in rolled().values()} == {Verdict.UNREAD}


def test_doubtful_evidence_gives_way_to_better() -> None:
    up = rolled(
        page("a", "vital-signs", Verdict.CONTRADICTED, confidence=Confidence.DOUBTFUL),
        page("b", "vital-signs", Verdict.STATED),
    )["vital-signs"]
    assert up.verdict is Verdict.STATED


def test_doubtful_evidence_alone_makes_a_doubtful_verdict() -> None:
    up = rolled(page("a", "vital-signs", Verdict.STATED, confidence=Confidence.DOUBTFUL))["vital-signs"]
    assert (up.verdict, up.confidence) == (Verdict.STATED, Confidence.DOUBTFUL)


def test_a_process_page_is_quoted_before_a_blog() -> None:
    up = rolled(
        page("blog", "vital-signs", Verdict.STATED, kind=PageKind.BLOG), page("process", "vital-signs", Verdict.STATED)
    )["vital-signs"]
    assert [ref for ref, _ in up.evidence] == ["process", "blog"]


def test_the_same_quote_on_two_pages_is_kept_once() -> None:
    one = page("a", "vital-signs", Verdict.STATED)
    assert len(rolled(one, PageFindings("b", PageKind.FAQ, one.findings))["vital-signs"].evidence) == 1
