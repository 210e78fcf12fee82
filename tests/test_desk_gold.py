"""Gold pages and decisions as gold: no silence that nobody stated, no seat that nobody took, no slip in a file that breaks the desk."""

import io
import json

import pytest
from desk_corpus import HOME_USE, VITALS, Desk, post, put_clinic
from sqlmodel import select
from test_desk_review import decide

from jobs.decided import decisions_as_gold
from jobs.score import score
from store.engine import session
from store.people import GoldPage

PULSE = "Your heart rate and blood pressure are monitored throughout."


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path, VETTING_REPLY_DAYS="0")


def upload(client, words):
    return post(client, "/desk/gold/", act="import", file=(io.BytesIO(words), "gold.jsonl"))


def two_vitals(desk, **pages):
    text = f"# T\n\n{VITALS}\n\nOur chairs are soft.\n\n{PULSE}"
    clinic = put_clinic(desk.engine, "Two Vitals", {"/": text, **{f"/{name}": words for name, words in pages.items()}})
    score(desk.engine, desk.settings)
    return clinic


def exported(desk):
    return [json.loads(line) for line in decisions_as_gold(desk.engine)]


def test_a_criterion_of_which_a_sentence_is_undecided_is_not_exported(desk):
    decide(desk, two_vitals(desk), "vital-signs", VITALS, decision="reject", reason="x")
    assert exported(desk) == []


def test_a_criterion_of_which_every_sentence_was_rejected_is_exported_as_silent(desk):
    clinic = two_vitals(desk)
    for quote in (VITALS, PULSE):
        decide(desk, clinic, "vital-signs", quote, decision="reject", reason="x")
    (record,) = exported(desk)
    assert (record["labels"], record["decided"]) == ({}, ["vital-signs"])


def test_a_sentence_that_was_decided_on_another_page_is_decided_here_too(desk):
    clinic = two_vitals(desk, other=f"# Other\n\n{VITALS}")
    for quote in (VITALS, PULSE):
        decide(desk, clinic, "vital-signs", quote, decision="confirm")
    labels = {record["path"]: record["labels"]["vital-signs"]["quotes"] for record in exported(desk)}
    assert labels["/"] == [VITALS, PULSE]


def test_a_file_of_decisions_is_not_taken_in_as_pages_labelled_whole(desk):
    decide(desk, desk.mailer, "home-use", HOME_USE, decision="confirm")
    client = desk.client("rita")
    upload(client, client.get("/desk/review/decisions.jsonl").data)
    assert client.get("/desk/gold/gold.jsonl").text == ""


def test_a_file_of_decisions_brings_its_pages_in_to_be_labelled(desk):
    decide(desk, desk.mailer, "home-use", HOME_USE, decision="confirm")
    client = desk.client("rita")
    upload(client, client.get("/desk/review/decisions.jsonl").data)
    with session(desk.engine) as opened:
        (page,) = opened.exec(select(GoldPage)).all()
    assert HOME_USE in page.text


def test_opening_a_gold_page_takes_no_seat(desk):
    post(desk.client("ed"), "/desk/gold/", clinic="C", title="S", path="/s", text=VITALS)
    for name in ("ada", "rob"):
        assert desk.client(name).get("/desk/gold/1").status_code == 200
    rita = desk.client("rita")
    post(rita, "/desk/gold/1", quote=VITALS, label="vital-signs:stated")
    assert "Take away" in rita.get("/desk/gold/1").text


@pytest.mark.parametrize(
    "line",
    [
        rb'{"text": "half a pair \ud800", "labels": {}}',
        rb'{"text": "a", "title": "\udfff", "labels": {}}',
        b"[" * 100_000,
        b"5",
        b'{"text": 5, "labels": {}}',
        b'{"text": "a b", "labels": {"vital-signs": {"verdict": "stated", "quotes": "a b"}}}',
        b'{"text": "a b", "labels": {"vital-signs": {"verdict": ["stated"], "quotes": []}}}',
        b'{"text": "a b", "labels": {}, "readers": 5}',
    ],
)
def test_a_slip_in_a_gold_file_is_told_with_its_line_and_nothing_is_kept(desk, line):
    client = desk.client("ed")
    good = json.dumps({"id": "a1", "text": VITALS, "labels": {}}).encode()
    assert upload(client, good + b"\n" + line).status_code == 303
    assert "Nothing was kept: line 2:" in client.get("/desk/gold/").text
    assert client.get("/desk/gold/gold.jsonl").text == ""
