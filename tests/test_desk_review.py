"""Reviews: what waits, what a decision does, and that it holds through re-scores, rebuilds and new checklists, and no longer than its sentence."""

import json

import pytest
from desk_corpus import CURE, HOME_USE, NO_HOME_USE, VITALS, Desk, post, put_clinic
from sqlmodel import delete, select

from jobs.decided import decisions_as_gold
from jobs.judge import sentence_digest
from jobs.score import score
from store.engine import session
from store.models import Assessment, Change, ClinicVerdict, Finding, Page, Snapshot
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
