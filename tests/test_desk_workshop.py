"""The workshop: lint, try, preview, adopt; two editors; a crash between adopting and scoring."""

import html
import re
import time
from dataclasses import replace

import pytest
from desk_corpus import CURE, VITALS, Desk, post
from sqlmodel import select

from jobs import assess, score
from jobs.adopt import AdoptError, OutdatedError, adopt, versions
from jobs.difference import difference
from jobs.editing import criterion_form, with_form
from jobs.preview import preview
from jobs.rebase import rebase
from jobs.told import as_text
from scorer.checklist import load_checklist
from store.engine import session
from store.models import Assessment, ChecklistVersion, Clinic, ClinicVerdict, Snapshot, now
from store.people import DeskJob, Draft

NEW_PHRASE = '        - "a small team"'


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path, VETTING_REPLY_DAYS="0")


def edited(text, criterion, place, add=(), drop=()):
    checklist_form = criterion_form(text, criterion, ["stated", "partial", "contradicted", "raised", "denied"])
    lines = [line for line in checklist_form.lists[place] if not any(word in line for word in drop)]
    return with_form(text, replace(checklist_form, lists={place: [*lines, *add]}))


def both(desk, new_text):
    new = desk.settings.data_dir / "new.yaml"
    new.write_text(new_text)
    return load_checklist(desk.settings.checklist), load_checklist(new)


def test_a_form_that_is_saved_unchanged_changes_no_byte(desk):
    text = desk.settings.checklist.read_text()
    for criterion in load_checklist(desk.settings.checklist).criteria[::9]:
        assert with_form(text, criterion_form(text, criterion.id, [v.value for v in criterion.verdicts])) == text


def test_an_edit_keeps_comments_and_order_and_touches_its_lines_alone(desk):
    text = desk.settings.checklist.read_text()
    new = edited(text, "trained-staff", "partial.any", add=["a small team"])
    assert [line for line in new.splitlines() if line not in text.splitlines()] == [NEW_PHRASE]
    assert len(new.splitlines()) == len(text.splitlines()) + 1


def test_a_preview_tells_whose_verdict_flips_with_old_and_new_quotes(desk):
    text = desk.settings.checklist.read_text()
    old, new = both(desk, edited(text, "trained-staff", "partial.any", add=["a small team"]))
    found = preview(desk.engine, old, new, settings=desk.settings)
    flip = next(f for f in found.flips if f.clinic == "Lozenge Post")
    assert (flip.before, flip.after, flip.old_quotes) == ("silent", "partial", ())
    assert flip.new_quotes[0].quote == "We are a small team." and found.new_counts == {"trained-staff": 1}
    assert found.judged == 1 and found.pages == 4


def test_a_preview_equals_what_scoring_then_makes(desk):
    text = desk.settings.checklist.read_text()
    old, new = both(desk, edited(text, "home-use", "raised.any", drop=["lozenge"]))
    found = preview(desk.engine, old, new, settings=desk.settings)
    before = verdicts(desk)
    desk.settings.checklist.write_text((desk.settings.data_dir / "new.yaml").read_text())
    score.score(desk.engine, desk.settings)
    after = verdicts(desk)
    flipped = {(f.clinic, f.criterion, f.before, f.after) for f in found.flips}
    assert flipped == {(*key, before[key], after[key]) for key in before if before[key] != after[key]}


def test_a_reworded_criterion_judges_nothing_anew(desk):
    text = desk.settings.checklist.read_text()
    old, new = both(desk, text.replace("title: What families ask", "title: What all families ask", 1))
    found = preview(desk.engine, old, new, settings=desk.settings)
    assert (found.judged, found.flips) == (0, ()) and old.version != new.version


def test_a_clinic_whose_pages_are_all_gone_flips_nothing_in_a_preview(desk):
    old = load_checklist(desk.settings.checklist)
    with session(desk.engine) as opened:
        clinic = opened.exec(select(Clinic).where(Clinic.name == "Lozenge Post")).one()
        for snapshot in opened.exec(select(Snapshot).where(Snapshot.clinic_id == clinic.id)):
            snapshot.gone_at = now()
    new = replace(old, version="new", criteria=tuple(c for c in old.criteria if c.id != "home-use"))
    assert "Lozenge Post" not in {flip.clinic for flip in preview(desk.engine, old, new, settings=desk.settings).flips}


def test_a_removed_criterion_loses_its_findings_in_the_preview(desk):
    old = load_checklist(desk.settings.checklist)
    new = replace(old, version="without", criteria=tuple(c for c in old.criteria if c.id != "vital-signs"))
    flips = {(f.clinic, f.before, f.after) for f in preview(desk.engine, old, new, settings=desk.settings).flips}
    assert ("Calm Room", "stated", "") in flips


def test_the_difference_is_told_in_words(desk):
    old, new = both(
        desk, edited(desk.settings.checklist.read_text(), "trained-staff", "partial.any", add=["a small team"])
    )
    assert difference(old, new).words == ('trained-staff: partial: phrase added or changed: "a small team"',)


def test_an_adopted_edit_has_author_date_and_reason(desk):
    text = desk.settings.checklist.read_text()
    version = adopt(
        desk.engine,
        desk.settings.checklist,
        edited(text, "trained-staff", "partial.any", add=["a small team"]),
        base_text=text,
        author="ed",
        reason="seen on many pages",
    )
    row = next(one for one in versions(desk.engine) if one.version == version)
    assert (row.author, row.reason) == ("ed", "seen on many pages") and not row.current
    assert load_checklist(desk.settings.checklist).version == version


def test_an_edit_of_a_checklist_that_has_changed_since_is_refused_and_nothing_is_lost(desk):
    text = desk.settings.checklist.read_text()
    first = edited(text, "trained-staff", "partial.any", add=["a small team"])
    adopt(desk.engine, desk.settings.checklist, first, base_text=text, author="ed", reason="one")
    with pytest.raises(OutdatedError, match="has changed since"):
        adopt(desk.engine, desk.settings.checklist, text + "\n# mine", base_text=text, author="rita", reason="two")
    assert desk.settings.checklist.read_text() == first


def test_an_unusable_text_is_never_adopted(desk):
    text = desk.settings.checklist.read_text()
    with pytest.raises(ValueError, match="is no YAML"):
        adopt(desk.engine, desk.settings.checklist, text + '\n"', base_text=text, author="ed", reason="x")
    with pytest.raises(AdoptError, match="say why"):
        adopt(desk.engine, desk.settings.checklist, text + "\n# x", base_text=text, author="ed", reason=" ")
    assert desk.settings.checklist.read_text() == text and not list(desk.settings.data_dir.glob(".*.new"))


def test_a_crash_between_adopting_and_scoring_leaves_the_site_on_the_old_version_whole(desk, monkeypatch):
    before, text = verdicts(desk), desk.settings.checklist.read_text()
    old = load_checklist(desk.settings.checklist).version
    adopt(
        desk.engine,
        desk.settings.checklist,
        edited(text, "trained-staff", "partial.any", add=["a small team"]),
        base_text=text,
        author="ed",
        reason="x",
    )
    kept = []

    def killed(opened, prepared):
        if kept:
            raise SystemExit("killed in the middle")
        kept.append(prepared)
        keep(opened, prepared)

    keep = assess.keep
    monkeypatch.setattr(assess, "keep", killed)
    with pytest.raises(SystemExit):
        score.score(desk.engine, desk.settings)
    with session(desk.engine) as opened:
        assert set(opened.exec(select(Assessment.checklist_version))) == {old}
    assert verdicts(desk) == before and desk.app().extensions["vetting"].checklist.version == old
    monkeypatch.undo()
    score.score(desk.engine, desk.settings)
    assert verdicts(desk)["Lozenge Post", "trained-staff"] == "partial"


def test_the_site_shows_a_new_checklist_only_when_it_is_scored(desk):
    site, text = desk.app().extensions["vetting"], desk.settings.checklist.read_text()
    old = site.checklist.version
    desk.settings.checklist.write_text(edited(text, "trained-staff", "partial.any", add=["a small team"]))
    site._looked = 0
    assert site.checklist.version == old
    score.score(desk.engine, desk.settings)
    site._looked = 0
    assert site.checklist.version == load_checklist(desk.settings.checklist).version != old


def test_of_two_editors_the_second_is_told_and_keeps_the_words(desk):
    ed, rita = desk.client("ed"), desk.client("rita")
    post(ed, "/desk/checklist/", title="Teams")
    address = "/desk/checklist/drafts/1/criteria/trained-staff"
    form = {"partial.any": "a small team", "revision": "1"}
    assert post(ed, address, **form, **words(desk)).status_code == 303
    answer = post(rita, address, **{**form, "partial.any": "a tiny team"}, **words(desk))
    assert answer.status_code == 409 and "ed has saved this draft" in answer.text and "a tiny team" in answer.text
    assert (
        post(
            rita, address, **{**form, "partial.any": "a small team\na tiny team", "revision": "2"}, **words(desk)
        ).status_code
        == 303
    )


def test_a_whole_edit_from_draft_to_the_site(desk):
    client = desk.client("ed")
    post(client, "/desk/checklist/", title="Teams")
    with session(desk.engine) as opened:
        draft = opened.get_one(Draft, 1)
    new = edited(draft.text, "trained-staff", "partial.any", add=["a small team"])
    assert post(client, "/desk/checklist/drafts/1/text", text=new, revision="1").status_code == 303
    post(client, "/desk/checklist/drafts/1/adopt", revision="2", reason="x")
    assert "make a preview of the draft" in client.get("/desk/checklist/drafts/1").text
    post(client, "/desk/checklist/drafts/1/preview")
    ended(desk, "preview")
    page = client.get("/desk/checklist/drafts/1/preview").text
    assert "Lozenge Post" in page and "We are a small team." in page
    post(client, "/desk/checklist/drafts/1/adopt", revision="2", reason="many pages say so")
    ended(desk, "scoring")
    assert verdicts(desk)["Lozenge Post", "trained-staff"] == "partial"
    with session(desk.engine) as opened:
        row = opened.exec(select(ChecklistVersion).where(ChecklistVersion.current)).one()
    assert (row.author, row.reason) == ("ed", "many pages say so")


def test_a_text_is_tried_sentence_by_sentence(desk):
    page = post(
        desk.client("ed"),
        "/desk/checklist/try",
        text=f"{VITALS}\n\n{CURE}\n\nOther clinics mail lozenges to your home.",
    ).text
    assert (
        "<mark>" in page and '<mark class="aside">' in page and "is set aside" in page and "speaks for raised" in page
    )


def test_trying_a_text_names_the_exception_that_a_phrase_gave_way_to(desk):
    page = post(desk.client("ed"), "/desk/checklist/try", text="We do not mail lozenges.").text
    assert re.search(r"<code>\[ship\|[^<]+</code> is set aside \(gives way to “\[don", html.unescape(page))


def test_faults_of_a_draft_are_told_with_line_and_mend(desk):
    client = desk.client("ed")
    post(client, "/desk/checklist/", title="Broken")
    with session(desk.engine) as opened:
        text = opened.get_one(Draft, 1).text
    post(client, "/desk/checklist/drafts/1/text", text=text.replace("kind: flag", "kind: flog", 1), revision="1")
    page = client.get("/desk/checklist/drafts/1").text
    assert "is none of the choices" in page and "checklist.yaml, line" in page


def test_with_two_persons_nobody_adopts_an_own_edit(tmp_path):
    desk = Desk(tmp_path, VETTING_TWO_PERSON_RULE="yes")
    client = desk.client("ed")
    post(client, "/desk/checklist/", title="Mine")
    with session(desk.engine) as opened:
        opened.add(DeskJob(kind="preview", draft_id=1, revision=1, state="done"))
    post(client, "/desk/checklist/drafts/1/adopt", revision="1", reason="x")
    assert "who edits cannot be who confirms" in client.get("/desk/checklist/drafts/1").text


def verdicts(desk):
    from store.models import Clinic

    with session(desk.engine) as opened:
        rows = opened.exec(
            select(Clinic.name, ClinicVerdict.criterion, ClinicVerdict.verdict)
            .join(Clinic, Clinic.id == ClinicVerdict.clinic_id)
            .where(ClinicVerdict.current)
        )
        return {(name, criterion): verdict for name, criterion, verdict in rows}


def words(desk):
    form = criterion_form(desk.settings.checklist.read_text(), "trained-staff", ["stated", "partial", "contradicted"])
    lists = {name: "\n".join(lines) for name, lines in form.lists.items() if name != "partial.any"}
    return {**form.words, **lists}


def ended(desk, kind, seconds=60):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with session(desk.engine) as opened:
            job = opened.exec(select(DeskJob).where(DeskJob.kind == kind)).first()
        if job and job.state != "running":
            assert job.state == "done", job.problem
            return
        time.sleep(0.2)
    pytest.fail(f"{kind} did not end")


def test_a_preview_is_told_as_text_too(desk):
    old, new = both(
        desk, edited(desk.settings.checklist.read_text(), "trained-staff", "partial.any", add=["a small team"])
    )
    text = as_text(preview(desk.engine, old, new, settings=desk.settings))
    assert "Lozenge Post: trained-staff: silent -> partial" in text and "before: no sentence" in text


def test_an_outdated_draft_is_taken_over_line_by_line(desk):
    text = desk.settings.checklist.read_text()
    mine = edited(text, "trained-staff", "partial.any", add=["a small team"])
    theirs = edited(
        edited(text, "trained-staff", "partial.any", add=["a large team"]),
        "vital-signs",
        "stated.any",
        drop=["heart strip"],
    )
    new, conflicts = rebase(text, mine, theirs)
    added = edited(theirs, "trained-staff", "partial.any", add=["a small team"])
    assert sorted(new.splitlines()) == sorted(added.splitlines()) and conflicts == ()


def test_a_field_that_both_changed_is_told_and_chosen(desk):
    text = desk.settings.checklist.read_text()
    title = load_checklist(desk.settings.checklist).by_id["trained-staff"].title
    mine, theirs = (text.replace(f"title: {title}", f"title: {words}", 1) for words in ("My title", "Their title"))
    new, (conflict,) = rebase(text, mine, theirs)
    assert (conflict.place, conflict.mine, conflict.theirs) == (
        "criteria trained-staff title",
        "My title",
        "Their title",
    )
    assert new == theirs and rebase(text, mine, theirs, {conflict.place})[0] == mine


def test_a_taken_over_draft_can_be_adopted_and_the_old_one_stays(desk):
    client, text = desk.client("ed"), desk.settings.checklist.read_text()
    post(client, "/desk/checklist/", title="Teams")
    mine = edited(text, "trained-staff", "partial.any", add=["a small team"])
    post(client, "/desk/checklist/drafts/1/text", text=mine, revision="1")
    desk.settings.checklist.write_text(edited(text, "vital-signs", "stated.any", drop=["heart strip"]))
    assert "Take these changes over" in client.get("/desk/checklist/drafts/1").text
    version = load_checklist(desk.settings.checklist).version
    assert "Nothing was changed on both sides" in client.get("/desk/checklist/drafts/1/take-over").text
    post(client, "/desk/checklist/drafts/1/take-over", revision="2", version=version)
    with session(desk.engine) as opened:
        old, new = opened.get_one(Draft, 1), opened.get_one(Draft, 2)
        assert (old.state, old.text) == ("taken-over", mine)
        assert new.base_version == version and "a small team" in new.text and "heart strip" not in new.text
