"""Visits over time: what changed, what did not, what went away."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from awkward_web import NOTHING, WORDS, Answer, Ask, Web, page, site, to
from crawl_fixtures import crawl_all, listed, loopback_settings
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from store.archive import Archive
from store.clinics import import_csv
from store.models import Clinic, Outcome, Snapshot, Visit

STATE = {"round": 1}


@site
def changing(ask: Ask) -> Answer:
    number = STATE["round"]
    if number == 3:
        return Answer(b"down", 503)
    if ask.path == "/":
        return page("Home", "/etag", "/nonce", "/prices", "/leaving", "/dated", "/moving")
    if ask.path == "/etag":
        if ask.headers.get("if-none-match") == '"one"':
            return Answer(b"", 304, headers={"ETag": '"one"'})
        return Answer(page("Tagged", "/behind-tag").body, headers={"ETag": '"one"'})
    if ask.path == "/dated":
        if ask.headers.get("if-modified-since"):
            return Answer(b"", 304)
        return Answer(page("Dated").body, headers={"Last-Modified": "Mon, 02 Nov 2026 08:00:00 GMT"})
    if ask.path == "/nonce":
        return page("Nonce", head=f'<meta name="csrf" content="{number}{ask.times}">')
    if ask.path == "/prices":
        return page("Prices", text=f"One infusion is {400 + number} dollars. {WORDS}")
    if ask.path == "/leaving":
        return page("Leaving") if number == 1 else Answer(b"gone", 410)
    if ask.path == "/moving":
        return page("Moving") if number == 1 else to("/moved", 301)
    if ask.path == "/moved":
        return page("Moving")
    return page("Behind") if ask.path == "/behind-tag" else NOTHING


@pytest.fixture(scope="module")
def rounds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Session, Archive, Web]]:
    web = Web(["changing"], third_octet=80)
    settings = loopback_settings(tmp_path_factory.mktemp("change"))
    engine = listed(settings, web.csv())
    for number in (1, 2, 3):
        STATE["round"] = number
        crawl_all(engine, settings)
    with Session(engine) as session:
        yield session, Archive(settings.archive_dir), web
    web.close()


def readings(session: Session, path: str) -> list[Snapshot]:
    return list(session.exec(select(Snapshot).where(col(Snapshot.url).endswith(path)).order_by(col(Snapshot.id))))


@pytest.mark.parametrize("path", ["/etag", "/dated", "/nonce", "/"])
def test_a_page_that_did_not_change_costs_a_revisit_record(rounds: tuple[Session, Archive, Web], path: str) -> None:
    session, archive, _web = rounds
    first, second = readings(session, path)
    assert second.revisit_of == first.id and second.current and not first.current
    assert (
        archive.read(second).body == archive.read(first).body and archive.read(second).fetched_at == second.fetched_at
    )


def test_a_page_that_changed_is_stored_again(rounds: tuple[Session, Archive, Web]) -> None:
    session, archive, _web = rounds
    first, second = readings(session, "/prices")
    assert (
        second.revisit_of is None and b"402 dollars" in archive.read(second).body and b"401" in archive.read(first).body
    )


def test_a_page_that_went_away_keeps_its_past_and_gets_a_date(rounds: tuple[Session, Archive, Web]) -> None:
    session, archive, _web = rounds
    (only,) = readings(session, "/leaving")
    assert only.gone_at is not None and not only.current and b"Leaving" in archive.read(only).body


def test_a_page_that_moved_for_good_goes_on_under_its_new_address(rounds: tuple[Session, Archive, Web]) -> None:
    (old,), (new,) = readings(rounds[0], "/moving"), readings(rounds[0], "/moved")
    assert old.gone_at is not None and not old.current and new.current


def test_links_behind_a_page_that_answers_304_are_still_followed(rounds: tuple[Session, Archive, Web]) -> None:
    assert len(readings(rounds[0], "/behind-tag")) == 2


def test_a_visit_that_fails_leaves_the_last_good_reading(rounds: tuple[Session, Archive, Web]) -> None:
    session = rounds[0]
    visits = session.exec(select(Visit).order_by(col(Visit.id))).all()
    assert [visit.outcome for visit in visits] == [Outcome.COMPLETE, Outcome.COMPLETE, Outcome.ROBOTS_DISALLOWED]
    assert len(session.exec(select(Snapshot).where(Snapshot.current)).all()) == 7


def test_a_run_that_reads_nothing_raises_an_alert(rounds: tuple[Session, Archive, Web]) -> None:
    from store.visits import runs

    last, before, _first = runs(rounds[0])
    assert "No page was read at all" in last.alerts[0] and before.alerts == []


def test_the_next_visit_has_a_date(rounds: tuple[Session, Archive, Web]) -> None:
    session = rounds[0]
    clinic, visit = (
        session.exec(select(Clinic)).one(),
        session.exec(select(Visit).order_by(col(Visit.id).desc())).first(),
    )
    assert visit is not None and clinic.due_at > visit.finished_at


def test_an_archived_copy_is_found_by_address_and_date(rounds: tuple[Session, Archive, Web]) -> None:
    session, archive, _web = rounds
    first, second = readings(session, "/prices")
    assert archive.show(first.url, first.fetched_at).body != archive.show(second.url).body


def test_a_crawl_runs_on_each_database(engine: Engine, tmp_path: Path) -> None:
    web = Web(["plain"], third_octet=81)
    settings = loopback_settings(tmp_path)
    (tmp_path / "list.csv").write_text(web.csv())
    with Session(engine) as session, session.begin():
        import_csv(session, tmp_path / "list.csv", "test")
    outcomes = [crawl_all(engine, settings).outcomes for _twice in (1, 2)]
    web.close()
    assert outcomes == [{"complete": 1}, {"unchanged": 1}]
