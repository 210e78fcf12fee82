"""Visits over time: what changed, what did not, what went away."""

from collections.abc import Callable, Iterator
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


ROUND = {"bad": False}
FINE = {"/": page("Home", "/team"), "/team": page("Team")}


def spoiled(name: str, answer: Callable[[Ask], Answer]) -> None:
    """A site with a team that gives this answer at every address when it is visited again."""

    def function(ask: Ask) -> Answer:
        return answer(ask) if ROUND["bad"] and ask.path != "/robots.txt" else FINE.get(ask.path, NOTHING)

    function.__name__ = name
    site(function)


def tagged(ask: Ask, tag: str) -> Answer:
    """The site as it was, with an ETag that is matched; only the 304 carries this X-Robots-Tag."""
    if "if-none-match" in ask.headers:
        return Answer(b"", 304, headers={"ETag": '"1"', "X-Robots-Tag": tag} if ask.path == "/team" else {})
    answer = FINE.get(ask.path, NOTHING)
    return Answer(answer.body, answer.status, headers={"ETag": '"1"'})


HIDDEN = '<meta name="robots" content="noindex">'
FAILING = {
    "all_gone": lambda ask: NOTHING,
    "all_elsewhere": lambda ask: to(f"https://new-clinic.example{ask.path}", 301),
    "under_repair": lambda ask: page("Back soon", head=HIDDEN, text="We are working on our website."),
    "all_lost": lambda ask: page("Page not found", text="Sorry."),
    "for_sale": lambda ask: page("new-clinic.example is for sale", text="Buy this domain."),
    "suspended": lambda ask: page("Notice", text="This account has been suspended. Contact your hosting provider."),
    "a_notice": lambda ask: page("Closed today", text="The clinic is closed for the storm and opens on Monday."),
}
SPOILED = {
    **FAILING,
    "team_by_home": lambda ask: FINE["/"] if ask.path == "/team" else FINE.get(ask.path, NOTHING),
    "team_by_data": lambda ask: Answer(b"{}", kind="application/json") if ask.path == "/team" else FINE["/"],
    "team_is_blank": lambda ask: Answer(b"<html>") if ask.path == "/team" else FINE["/"],
}
for name, answer in SPOILED.items():
    spoiled(name, answer)


@site
def noindex_later(ask: Ask) -> Answer:
    return tagged(ask, "noindex")


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    web = Web([*SPOILED, "noindex_later"], third_octet=97)
    settings = loopback_settings(tmp_path_factory.mktemp("again"))
    engine = listed(settings, web.csv())
    for ROUND["bad"] in (False, True):
        crawl_all(engine, settings)
    web.close()
    with Session(engine) as session:
        yield session


def current(session: Session, name: str) -> list[str]:
    rows = session.exec(select(Snapshot.url).join(Clinic).where(Clinic.name == name, Snapshot.current)).all()
    return sorted("/" + url.split("/", 3)[3] for url in rows)


@pytest.mark.parametrize("name", FAILING)
def test_a_visit_that_reads_nothing_good_takes_no_reading_away(again: Session, name: str) -> None:
    assert current(again, name) == ["/", "/team"]


@pytest.mark.parametrize(
    ("name", "outcome"), [("for_sale", Outcome.GONE), ("suspended", Outcome.GONE), ("all_lost", Outcome.EMPTY)]
)
def test_the_notice_of_a_host_is_no_page_of_the_clinic(again: Session, name: str, outcome: Outcome) -> None:
    ended = select(Visit).join(Clinic).where(Clinic.name == name).order_by(col(Visit.id).desc())
    visit = again.exec(ended).first()
    assert visit is not None and visit.outcome == outcome and "is not to be read: " in visit.detail


@pytest.mark.parametrize("name", ["team_by_home", "team_by_data", "noindex_later"])
def test_what_answers_with_another_page_with_none_or_with_noindex_is_current_no_more(again: Session, name: str) -> None:
    assert current(again, name) == ["/"]


def test_an_empty_answer_takes_nothing_away(again: Session) -> None:
    assert current(again, "team_is_blank") == ["/", "/team"]


@site
def follows_nothing(ask: Ask) -> Answer:
    answer = page("Home", "/team")
    answer.headers["X-Robots-Tag"] = "nofollow"
    return answer if ask.path == "/" else page("Team") if ask.path == "/team" else NOTHING


@site
def says_nofollow_in_meta(ask: Ask) -> Answer:
    head = '<meta name="robots" content="nofollow">'
    home = Answer(page("Home", "/team", head=head).body, headers={"ETag": '"1"'})
    if ask.path == "/" and "if-none-match" in ask.headers:
        return Answer(b"", 304)
    return home if ask.path == "/" else page("Team") if ask.path == "/team" else NOTHING


@pytest.mark.parametrize("interrupted", [True, False])
@pytest.mark.parametrize("name", ["follows_nothing", "says_nofollow_in_meta"])
def test_nofollow_holds_when_a_visit_is_taken_up_and_when_nothing_changed(
    tmp_path: Path, name: str, interrupted: bool
) -> None:
    web = Web([name], third_octet=98)
    settings = loopback_settings(tmp_path)
    engine = listed(settings, web.csv())
    crawl_all(engine, settings)
    if interrupted:
        with Session(engine) as session, session.begin():
            visit = session.exec(select(Visit)).one()
            visit.outcome, visit.finished_at = "", None
    crawl_all(engine, settings)
    web.close()
    assert "/team" not in web.asked(name)
