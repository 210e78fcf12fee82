"""Who may adopt an edit of the checklist, what is kept of each adoption, and which acts leave a line in the log."""

import pytest
from desk_corpus import VITALS, Desk, post
from sqlmodel import select

from jobs.adopt import adopt, versions
from scorer.checklist import load_checklist
from store.engine import session
from store.people import AuditEntry, DeskJob, Draft
from store.people_gold import add_page, label, reading_of

REFUSED = "who edits cannot be who confirms"


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path, VETTING_REPLY_DAYS="0")


@pytest.fixture
def two_persons(tmp_path):
    return Desk(tmp_path, VETTING_TWO_PERSON_RULE="yes")


def log(desk):
    with session(desk.engine) as opened:
        return [(line.who, line.act, line.subject) for line in opened.exec(select(AuditEntry).order_by(AuditEntry.id))]


def retitled(desk, words):
    text = desk.settings.checklist.read_text()
    title = load_checklist(desk.settings.checklist).by_id["trained-staff"].title
    return text.replace(f"title: {title}", f"title: {words}", 1)


def draft_of(desk, *savers):
    """A draft that ed began and these saved in turn, previewed."""
    post(desk.client("ed"), "/desk/checklist/", title="Teams")
    for revision, name in enumerate(savers, start=1):
        text = retitled(desk, f"A title of {name}")
        post(desk.client(name), "/desk/checklist/drafts/1/text", text=text, revision=str(revision))
    previewed(desk, 1)


def previewed(desk, number):
    with session(desk.engine) as opened:
        revision = opened.get_one(Draft, number).revision
        opened.add(DeskJob(kind="preview", draft_id=number, revision=revision, state="done"))
        # A scoring that goes on: none is started in a process of its own.
        opened.add(DeskJob(kind="scoring"))


def adopted(desk, who, number=1):
    client = desk.client(who)
    with session(desk.engine) as opened:
        revision = opened.get_one(Draft, number).revision
    post(client, f"/desk/checklist/drafts/{number}/adopt", revision=str(revision), reason="so it is")
    with session(desk.engine) as opened:
        return opened.get_one(Draft, number).state == "adopted"


def test_with_two_persons_nobody_who_ever_saved_a_draft_adopts_it(two_persons):
    draft_of(two_persons, "rita", "rob")
    assert not adopted(two_persons, "rita")
    assert REFUSED in two_persons.client("rita").get("/desk/checklist/drafts/1").text


def test_with_two_persons_somebody_who_only_read_a_draft_adopts_it(two_persons):
    draft_of(two_persons, "rita", "rob")
    assert adopted(two_persons, "ada")


def test_a_hand_in_a_draft_counts_in_the_draft_that_goes_on_from_it(two_persons):
    desk = two_persons
    draft_of(desk, "rita", "ed")
    desk.settings.checklist.write_text(desk.settings.checklist.read_text() + "\n# moved on\n")
    version = load_checklist(desk.settings.checklist).version
    post(desk.client("rob"), "/desk/checklist/drafts/1/take-over", revision="3", version=version)
    previewed(desk, 2)
    assert not adopted(desk, "rita", 2)


def test_the_log_names_who_adopted_and_whose_edit_it_was(two_persons):
    draft_of(two_persons, "rita")
    assert adopted(two_persons, "ada")
    with session(two_persons.engine) as opened:
        line = opened.exec(select(AuditEntry).where(AuditEntry.act == "checklist adopted")).one()
    assert (line.who, line.detail["author"], line.detail["reason"]) == ("ada", "ed", "so it is")


def test_adopting_an_old_content_again_keeps_what_its_first_adoption_said(desk):
    version, other = adopted_again(desk)
    row = next(one for one in versions(desk.engine) if one.version == version)
    assert (row.author, row.reason, row.text) == ("ed", "first", other)
    with session(desk.engine) as opened:
        lines = opened.exec(select(AuditEntry).where(AuditEntry.subject == version).order_by(AuditEntry.id)).all()
    told = [(line.who, line.detail["author"], line.detail["reason"]) for line in lines]
    assert told == [("ed", "ed", "first"), ("ada", "rob", "and forth")]


def test_a_version_tells_each_of_its_adoptions(desk):
    version, _ = adopted_again(desk)
    page = desk.client("ed").get(f"/desk/checklist/versions/{version}").text
    assert page.count("Adopted ") == 2
    assert page.index("ed. first") < page.index("rob. and forth")


def test_a_version_that_was_written_by_hand_says_so_until_it_is_adopted(desk):
    by_hand = load_checklist(desk.settings.checklist).version
    page = f"/desk/checklist/versions/{by_hand}"
    assert "written by hand in the file" in desk.client("ed").get(page).text
    adopted_again(desk)
    assert "rita. back" in desk.client("ed").get(page).text


def adopted_again(desk):
    """A version that was adopted, given up and adopted again, and its text."""
    path, base, other = desk.settings.checklist, desk.settings.checklist.read_text(), retitled(desk, "Another title")
    version = adopt(desk.engine, path, other, base_text=base, author="ed", reason="first")
    adopt(desk.engine, path, base, base_text=other, author="rita", reason="back")
    adopt(desk.engine, path, other + "\n# again\n", base_text=base, author="rob", by="ada", reason="and forth")
    return version, other


def test_a_gold_label_that_is_kept_and_taken_away_leaves_two_lines(desk):
    with session(desk.engine) as opened:
        page = add_page(opened, clinic="Calm Room", title="T", path="/", text=VITALS, who="ed")
        for verdict in ("stated", "silent"):
            mine = reading_of(opened, page, "rita")
            label(
                opened, page, mine, criterion="vital-signs", verdict=verdict, quote=VITALS, allowed={"vital-signs": ["stated"]}
            )  # fmt: skip
    assert log(desk)[-2:] == [("rita", "gold label kept", "gold 1"), ("rita", "gold label taken away", "gold 1")]


def test_the_log_tells_no_reader_what_the_other_has_labelled(desk):
    post(desk.client("ed"), "/desk/gold/", clinic="C", title="T", path="/", text=VITALS)
    post(desk.client("ed"), "/desk/gold/1", quote=VITALS, label="vital-signs:stated")
    assert "vital-signs" not in desk.client("ada").get("/desk/log/log.jsonl").text


def test_a_preview_and_a_scoring_that_are_started_leave_a_line_each(desk):
    client = desk.client("rita")
    post(client, "/desk/checklist/", title="Teams")
    post(client, "/desk/checklist/drafts/1/preview")
    post(client, "/desk/checklist/score")
    assert {("rita", "preview started", "draft 1"), ("rita", "scoring started", "")} <= set(log(desk))


def test_a_report_from_the_public_form_leaves_a_line(desk):
    desk.client().post("/corrections", data={"clinic": "calm-room", "text": "It has closed."})
    assert log(desk)[-1] == ("the public form", "error reported", "case 1")
