"""The daily digest: nothing that happened is left out because a digest was late, missed or not sent; nothing of clinics that opted out."""

from dataclasses import replace
from datetime import timedelta

import pytest
from desk_corpus import HOME_USE, Desk, put_clinic
from sqlmodel import select
from test_desk_review import decide

from jobs.daily import daily, is_done_today
from jobs.notices import NoticeError, digest, write_notices
from jobs.score import score
from store.clinics import opt_out
from store.engine import session
from store.models import CrawlRun, now
from store.people import Letter, Reply, Review

DROPPED = "Decisions dropped because the sentence is gone: 1".lower()
NOBODY = {"VETTING_SMTP_URL": "smtp://127.0.0.1:9", "VETTING_NOTICES_TO": "desk@vetting.example"}


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path, VETTING_REPLY_DAYS="0")


def drop(desk, at):
    decide(desk, desk.mailer, "home-use", HOME_USE, decision="confirm")
    put_clinic(desk.engine, "Lozenge Post", {"/": "# Welcome\n\nNothing."})
    score(desk.engine, desk.settings)
    with session(desk.engine) as opened:
        review = opened.exec(select(Review)).one()
        review.dropped_at = at
        opened.add(review)


def written(desk, at):
    return write_notices(desk.engine, desk.settings, at).read_text().lower()


def test_what_happened_since_the_last_digest_is_told_however_late_the_next_one_is(desk):
    at = now()
    drop(desk, at - timedelta(hours=60))
    written(desk, at - timedelta(hours=72))
    assert DROPPED in written(desk, at)


def test_what_a_digest_told_is_not_told_by_the_next_days(desk):
    at = now()
    drop(desk, at - timedelta(hours=23))
    assert DROPPED in written(desk, at - timedelta(hours=22))
    assert DROPPED not in written(desk, at + timedelta(hours=2))


def test_a_digest_that_is_written_twice_on_a_day_tells_the_whole_day(desk):
    noon = now().replace(hour=12)
    drop(desk, noon - timedelta(hours=2))
    written(desk, noon - timedelta(days=1))
    written(desk, noon - timedelta(hours=1))
    assert DROPPED in written(desk, noon)


def test_a_digest_that_was_copied_later_hides_nothing(desk):
    noon = now().replace(hour=12)
    drop(desk, noon - timedelta(hours=20))
    file = write_notices(desk.engine, desk.settings, noon - timedelta(days=1))
    file.touch()
    assert DROPPED in written(desk, noon)


def test_a_run_is_told_when_it_has_ended_however_long_it_took(desk):
    with session(desk.engine) as opened:
        started, ended = now() - timedelta(hours=30), now() - timedelta(hours=1)
        opened.add(CrawlRun(state="finished", started_at=started, finished_at=ended, alerts=["the disk is full"]))
    assert "the disk is full" in digest(desk.engine).text


def test_a_day_whose_digest_could_not_be_sent_is_tried_again(tmp_path):
    desk = Desk(tmp_path, **NOBODY)
    with pytest.raises(NoticeError):
        daily(desk.engine, desk.settings)
    assert not is_done_today(desk.settings)
    assert "Lozenge Post" in (tmp_path / "notices" / "notices.atom").read_text()


def test_what_could_not_be_sent_is_told_by_the_next_digest(tmp_path):
    desk = Desk(tmp_path, VETTING_REPLY_DAYS="0", **NOBODY)
    drop(desk, now() - timedelta(hours=30))
    refused, desk.settings = desk.settings, replace(desk.settings, smtp_url="")
    written(desk, now() - timedelta(hours=72))
    with pytest.raises(NoticeError):
        write_notices(desk.engine, refused, now() - timedelta(hours=28))
    assert DROPPED in written(desk, now())


def test_a_clinic_that_opted_out_is_not_in_the_digest(desk):
    drop(desk, now())
    with session(desk.engine) as opened:
        opened.add(Letter(clinic_id=desk.mailer, token_hash="x", due_on=now().date()))
        opened.flush()
        opened.add(Reply(letter_id=1, clinic_id=desk.mailer, criterion="home-use", reason="misread"))
    assert "Lozenge Post" in digest(desk.engine).text and "Cure House" in digest(desk.engine).text
    with session(desk.engine) as opened:
        for slug in ("lozenge-post", "cure-house"):
            opt_out(opened, slug, "asked")
    text = digest(desk.engine).text
    assert "Lozenge Post" not in text and "Cure House" not in text
