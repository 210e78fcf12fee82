"""Reviews: what waits, what a decision does, and that it holds through re-scores, rebuilds and new checklists, and no longer than its sentence."""

import json

import pytest
from desk_corpus import CURE, HOME_USE, NO_HOME_USE, VITALS, Desk, post, put_clinic
from sqlmodel import delete, select

from jobs.decided import decisions_as_gold
from jobs.judge import sentence_digest
from jobs.publish import Decisions
from jobs.score import score
from scorer.assessment import RolledUp
from scorer.verdicts import Confidence, Evidence, Verdict
from store.engine import session
from store.models import Assessment, Change, ClinicVerdict, Finding, Page, Snapshot, now
from store.people import Review
from store.people_reviews import queue


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path, VETTING_REPLY_DAYS="0")


@pytest.fixture
def two_person_desk(tmp_path):
    return Desk(tmp_path, VETTING_REPLY_DAYS="0", VETTING_TWO_PERSON_RULE="yes")


def current(desk, clinic_id, criterion):
    with session(desk.engine) as opened:
        of = (ClinicVerdict.clinic_id == clinic_id, ClinicVerdict.criterion == criterion, ClinicVerdict.current)
        return opened.exec(select(ClinicVerdict).where(*of)).one()


def decide(desk, clinic_id, criterion, quote, *, who="rita", **form):
    row = current(desk, clinic_id, criterion)
    return post(desk.client(who), f"/desk/review/{row.id}/{sentence_digest(quote)}", **form)


def states(desk):
    with session(desk.engine) as opened:
        return list(opened.exec(select(Review.state).order_by(Review.id)))


def test_what_can_harm_waits_and_the_public_is_told_that_it_is_being_checked(desk):
    row = current(desk, desk.mailer, "home-use")
    assert (row.verdict, row.published) == ("raised", False)
    page = desk.client().get("/clinics/lozenge-post").text
    row = page.split('id="home-use"')[1].split("</section>")[0]
    assert HOME_USE not in row and "Being checked by a person" in row
    with session(desk.engine) as opened:
        assert {one.clinic.name for one in queue(opened)} >= {"Lozenge Post", "Cure House"}


def test_the_reviewer_sees_the_sentence_in_its_whole_page(desk):
    row = current(desk, desk.mailer, "home-use")
    page = desk.client("rita").get(f"/desk/review/{row.id}/{sentence_digest(HOME_USE)}").text
    assert f"{HOME_USE}</mark>" in page and VITALS in page


def test_a_confirmed_finding_is_published(desk):
    assert decide(desk, desk.mailer, "home-use", HOME_USE, decision="confirm").status_code == 303
    assert current(desk, desk.mailer, "home-use").published
    assert HOME_USE in desk.client().get("/clinics/lozenge-post").text


def test_a_rejected_finding_is_gone_and_the_change_names_the_review(desk):
    decide(desk, desk.mailer, "home-use", HOME_USE, decision="confirm")
    decide(desk, desk.mailer, "home-use", HOME_USE, decision="reject", reason="a joke on the page")
    assert current(desk, desk.mailer, "home-use").verdict == "silent"
    with session(desk.engine) as opened:
        change = opened.exec(
            select(Change).where(Change.clinic_id == desk.mailer, Change.criterion == "home-use")
        ).one()
    assert (change.before, change.after, change.cause) == ("raised", "silent", "review")


def test_a_corrected_finding_has_the_persons_verdict(desk):
    decide(desk, desk.mailer, "home-use", HOME_USE, decision="correct", verdict="denied", reason="misread")
    row = current(desk, desk.mailer, "home-use")
    assert (row.verdict, row.evidence[0]["quote"]) == ("denied", HOME_USE)


def test_a_correction_needs_a_reason_and_a_verdict_of_the_criterion(desk):
    decide(desk, desk.mailer, "home-use", HOME_USE, decision="correct", verdict="stated", reason="x")
    decide(desk, desk.mailer, "home-use", HOME_USE, decision="reject", reason=" ")
    with session(desk.engine) as opened:
        assert not opened.exec(select(Review)).all()


def test_a_decision_survives_a_rescore_and_a_rebuild(desk):
    decide(desk, desk.mailer, "home-use", HOME_USE, decision="reject", reason="a joke")
    pages = {"/": f"# Welcome\n\n{VITALS} {HOME_USE}", "/about": "# About\n\nWe are a small team."}
    with session(desk.engine) as opened:  # everything right of the archive is deleted
        for table in (Finding, Change, ClinicVerdict, Assessment, Snapshot, Page):
            opened.exec(delete(table))
    put_clinic(desk.engine, "Lozenge Post", pages)
    score(desk.engine, desk.settings)
    assert current(desk, desk.mailer, "home-use").verdict == "silent"


def test_a_decision_holds_when_the_sentence_moves_to_another_page(desk):
    decide(desk, desk.mailer, "home-use", HOME_USE, decision="confirm")
    put_clinic(
        desk.engine,
        "Lozenge Post",
        {"/order": f"# Order\n\nThe price is fair.  {HOME_USE.replace(' ', '  ', 1)} Call us."},
    )
    score(desk.engine, desk.settings)
    row = current(desk, desk.mailer, "home-use")
    assert row.published and row.evidence[0]["url"].endswith("/order")


def test_a_counted_sentence_counts_on_when_the_program_stops_finding_it(desk):
    decide(desk, desk.curer, "overclaims", CURE, decision="confirm")
    text = desk.settings.checklist.read_text()
    start = text.index("  - id: overclaims")
    block = (
        text[start:]
        .replace('        - "[cure|cures|cured|curing]', '        - "[zure|zures|zured]')
        .replace('        - "[permanent|permanently|for good|', '        - "[vermanent|')
    )
    desk.settings.checklist.write_text(text[:start] + block)
    score(desk.engine, desk.settings)
    row = current(desk, desk.curer, "overclaims")
    assert (row.verdict, row.published, row.evidence[0]["quote"]) == ("raised", True, CURE)


@pytest.mark.parametrize("changed", ["We no longer mail anything.", HOME_USE[:-1] + " with a nurse beside you."])
def test_a_decision_is_dropped_with_a_notice_when_the_sentence_changes(desk, changed):
    decide(desk, desk.mailer, "home-use", HOME_USE, decision="confirm")
    put_clinic(desk.engine, "Lozenge Post", {"/": f"# Welcome\n\n{VITALS} {changed}"})
    score(desk.engine, desk.settings)
    with session(desk.engine) as opened:
        assert opened.exec(select(Review.state)).one() == "dropped"
    assert "Decisions dropped because the sentence is gone: 1" in desk.client("ed").get("/desk/notices/").text


def test_who_corrects_cannot_be_who_confirms(two_person_desk):
    desk = two_person_desk
    decide(desk, desk.mailer, "home-use", HOME_USE, decision="reject", reason="a joke")
    assert current(desk, desk.mailer, "home-use").verdict == "raised"
    answer = desk.client("rita").post("/desk/review/second/1", data={"csrf_token": "x"})
    assert answer.status_code == 400
    post(desk.client("rita"), "/desk/review/second/1", agree="yes")
    assert current(desk, desk.mailer, "home-use").verdict == "raised"
    post(desk.client("rob"), "/desk/review/second/1", agree="yes")
    assert current(desk, desk.mailer, "home-use").verdict == "silent"


def test_a_later_decision_takes_the_place_of_an_earlier_one_and_both_are_kept(desk):
    decide(desk, desk.mailer, "home-use", HOME_USE, decision="confirm")
    decide(desk, desk.mailer, "home-use", HOME_USE, decision="reject", reason="looked again", who="rob")
    with session(desk.engine) as opened:
        assert list(opened.exec(select(Review.state).order_by(Review.id))) == ["superseded", "standing"]


def test_confirming_a_harmful_sentence_publishes_it_and_not_the_denial_before_it(desk):
    text = f"# Both\n\n{NO_HOME_USE}\n\nSome other line about the weather.\n\n{HOME_USE}"
    clinic = put_clinic(desk.engine, "Both House", {"/": text})
    score(desk.engine, desk.settings)
    decide(desk, clinic, "home-use", HOME_USE, decision="confirm")
    row = current(desk, clinic, "home-use")
    assert (row.verdict, row.published, row.evidence[0]["quote"]) == ("raised", True, HOME_USE)


@pytest.fixture
def twice(desk):
    """A clinic with the harmful sentence twice on one page."""
    text = f"# Twice\n\n{HOME_USE}\n\nSome other line about the weather.\n\n## More\n\n{HOME_USE}"
    clinic = put_clinic(desk.engine, "Twice House", {"/": text})
    score(desk.engine, desk.settings)
    return clinic


def test_a_rejected_sentence_that_stands_twice_on_a_page_is_gone_from_both_places(desk, twice):
    decide(desk, twice, "home-use", HOME_USE, decision="reject", reason="a joke")
    assert current(desk, twice, "home-use").verdict == "silent"


def test_a_rejection_clears_nothing_for_publication(desk):
    decide(desk, desk.mailer, "home-use", HOME_USE, decision="reject", reason="a joke")
    harmful = Evidence(Verdict.RAISED, HOME_USE, 0, len(HOME_USE), confidence=Confidence.CERTAIN)
    up = RolledUp(Verdict.RAISED, Confidence.CERTAIN, ((None, harmful),))
    with session(desk.engine) as opened:
        decisions = Decisions(opened, desk.mailer, desk.settings)
        assert not decisions.may_publish("home-use", up, "US", now().date())


@pytest.fixture
def desk_with_a_proposal(two_person_desk):
    """A desk at which one decision holds and another one is proposed in its place."""
    desk = two_person_desk
    decide(desk, desk.mailer, "home-use", HOME_USE, decision="confirm")
    decide(desk, desk.mailer, "home-use", HOME_USE, who="rob", decision="reject", reason="hm")
    return desk


def test_what_holds_goes_on_holding_while_a_change_is_only_proposed(desk_with_a_proposal):
    desk = desk_with_a_proposal
    score(desk.engine, desk.settings)
    assert current(desk, desk.mailer, "home-use").published


def test_turning_a_proposal_down_leaves_what_held(desk_with_a_proposal):
    desk = desk_with_a_proposal
    post(desk.client("ada"), "/desk/review/second/2", agree="no")
    assert states(desk) == ["standing", "superseded"]
    assert current(desk, desk.mailer, "home-use").published


def test_agreeing_to_a_proposal_takes_the_place_of_what_held(desk_with_a_proposal):
    desk = desk_with_a_proposal
    post(desk.client("ada"), "/desk/review/second/2", agree="yes")
    assert states(desk) == ["superseded", "standing"]


def test_one_person_alone_cannot_take_back_what_two_rejected(two_person_desk):
    desk = two_person_desk
    seen = current(desk, desk.mailer, "home-use").id
    decide(desk, desk.mailer, "home-use", HOME_USE, decision="reject", reason="a joke")
    post(desk.client("rob"), "/desk/review/second/1", agree="yes")
    post(desk.client("rita"), f"/desk/review/{seen}/{sentence_digest(HOME_USE)}", decision="confirm")
    assert states(desk) == ["standing", "proposed"]
    assert current(desk, desk.mailer, "home-use").verdict == "silent"


def test_a_rejection_can_be_taken_back_from_the_list_of_decisions(desk):
    decide(desk, desk.mailer, "home-use", HOME_USE, decision="reject", reason="a joke")
    rita = desk.client("rita")
    link = rita.get("/desk/review/decisions").text.split('<a href="/desk/review/')[-1].split('"')[0]
    assert f"{HOME_USE}</mark>" in rita.get(f"/desk/review/{link}").text
    post(rita, f"/desk/review/{link}", decision="confirm")
    row = current(desk, desk.mailer, "home-use")
    assert (row.verdict, row.published) == ("raised", True)


def test_a_change_proposed_to_a_published_finding_waits_where_a_second_person_looks(two_person_desk):
    desk = two_person_desk
    decide(desk, desk.mailer, "vital-signs", VITALS, decision="reject", reason="not theirs")
    rob = desk.client("rob")
    assert VITALS in rob.get("/desk/review/").text
    assert '<b>1</b> <a href="/desk/review/">decisions that a second person must confirm' in rob.get("/desk/").text
    assert "Decisions that a second person must confirm: 1" in rob.get("/desk/notices/").text


def test_a_proposal_to_take_a_rejection_back_waits_where_a_second_person_looks(two_person_desk):
    desk = two_person_desk
    seen = current(desk, desk.mailer, "home-use").id
    decide(desk, desk.mailer, "home-use", HOME_USE, decision="reject", reason="a joke")
    post(desk.client("rob"), "/desk/review/second/1", agree="yes")
    post(desk.client("rita"), f"/desk/review/{seen}/{sentence_digest(HOME_USE)}", decision="confirm")
    with session(desk.engine) as opened:
        waiting = next(one for one in queue(opened) if one.needs_second)
        address = f"/desk/review/{waiting.verdict.id}/{waiting.piece['sentence_digest']}"
    assert "I agree" in desk.client("rob").get(address).text


def test_decisions_are_exported_as_gold_records(desk):
    decide(desk, desk.mailer, "home-use", HOME_USE, decision="confirm")
    record = json.loads("".join(decisions_as_gold(desk.engine)))
    assert record["labels"] == {"home-use": {"verdict": "raised", "quotes": [HOME_USE]}} and HOME_USE in record["text"]


def test_a_denied_finding_needs_nobody(desk):
    assert (
        current(desk, desk.calm, "home-use").published and NO_HOME_USE in desk.client().get("/clinics/calm-room").text
    )


@pytest.mark.parametrize(
    "address",
    [
        "/desk/review/99999/x",
        "/desk/review/99999999999/x",
        "/desk/review/1/not-a-digest",
        "/desk/cases/77",
        "/desk/checklist/drafts/5",
    ],
)
def test_a_forged_number_finds_nothing(desk, address):
    assert desk.client("ada").get(address).status_code == 404
