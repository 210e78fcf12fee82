"""The list: rows in, clinics and locations out, all or nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session, select

from store.clinics import ImportReport, ListError, accept_proposed_url, import_csv, list_clinics, opt_out
from store.engine import open_engine
from store.models import Clinic, ClinicStatus, Location
from store.website import AddressError, website_of

HEADER = "name,url,street,city,region,postcode,country,phone\n"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Session(open_engine(f"sqlite:///{tmp_path}/v.sqlite")) as session:
        yield session


def bring(session: Session, tmp_path: Path, rows: str, header: str = HEADER) -> ImportReport:
    path = tmp_path / "list.csv"
    path.write_text(header + rows, encoding="utf-8")
    return import_csv(session, path, "test")


def test_rows_of_one_website_are_locations_of_one_clinic(session: Session, tmp_path: Path) -> None:
    report = bring(
        session,
        tmp_path,
        "A,https://www.a.example/x,,Lyon,,,FR,\nA Nice,http://a.example/,,Nice,,,FR,\nB,https://b.example,,,,,US,\n",
    )
    assert (report.added, report.merged, report.unchanged, report.slugs) == (2, 1, 0, ["a", "b"])
    assert len(session.exec(select(Location)).all()) == 3


def test_the_same_list_again_changes_nothing(session: Session, tmp_path: Path) -> None:
    rows = "A,https://a.example,,Lyon,,,FR,\nB,https://b.example,,,,,US,\n"
    bring(session, tmp_path, rows)
    again = bring(session, tmp_path, rows)
    assert (again.added, again.merged, again.unchanged) == (0, 0, 2)


def test_a_bad_row_is_named_with_its_line_and_nothing_is_imported(session: Session, tmp_path: Path) -> None:
    rows = 'A,https://a.example,,,,,US,\n"Two\nlines",ftp://b.example,,,,,US,\n,https://c.example,,,,,USA,\nD,https://d.example\n'
    report = bring(session, tmp_path, rows)
    assert [line for line, _message in report.problems] == [3, 5, 5, 6]
    assert "http://" in report.problems[0][1] and session.exec(select(Clinic)).all() == []


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("title,link\n", ":1: the header lacks name, url"),
        ("name,url,colour\n", "unknown column 'colour'"),
        ("", "the header lacks"),
    ],
)
def test_a_wrong_header_is_an_error_that_shows_the_right_one(
    session: Session, tmp_path: Path, header: str, message: str
) -> None:
    with pytest.raises(ListError, match=message):
        bring(session, tmp_path, "", header)


def test_a_list_without_rows_or_with_broken_quotes_is_an_error(session: Session, tmp_path: Path) -> None:
    with pytest.raises(ListError, match="has no rows"):
        bring(session, tmp_path, "\n\n")
    with pytest.raises(ListError, match="quotation marks"):
        bring(session, tmp_path, '"A,https://a.example\n')
    with pytest.raises(ListError, match="cannot be read"):
        import_csv(session, tmp_path / "nowhere.csv", "test")


def test_a_list_in_another_encoding_is_an_error(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes((HEADER + "Caf\u00e9,https://a.example,,,,,FR,\n").encode("latin-1"))
    with pytest.raises(ListError, match="UTF-8"):
        import_csv(session, path, "test")


def test_likely_doubles_are_told_to_a_person(session: Session, tmp_path: Path) -> None:
    rows = (
        "Mesa Ketamine Clinic,https://a.example,,Mesa,AZ,,US,\nMesa Ketamine Clinics,https://b.example,,Mesa,AZ,,US,\n"
        "One,https://c.example,,Bern,,,CH,+41 31 555 01 01\nTwo,https://d.example,,Basel,,,CH,0041315550101\nFar,https://e.example,,Mesa,AZ,,US,\n"
    )
    doubles = bring(session, tmp_path, rows).likely_doubles
    assert len(doubles) == 2 and "nearly the same name in Mesa" in doubles[0] and "the same phone" in doubles[1]


def test_further_websites_of_a_clinic_are_those_that_the_list_names(session: Session, tmp_path: Path) -> None:
    header = "name,url,hosts\n"
    bring(session, tmp_path, "A,https://a.example,book.a.example https://www.a-mind.example/x\n", header)
    assert session.exec(select(Clinic)).one().hosts == ["a-mind.example", "book.a.example"]
    bring(session, tmp_path, "A,https://a.example,,Lyon,,,FR,\n")
    assert session.exec(select(Clinic)).one().hosts == ["a-mind.example", "book.a.example"]
    bring(session, tmp_path, "A,https://a.example,\n", header)
    assert session.exec(select(Clinic)).one().hosts == []


def test_a_further_website_that_is_none_is_named_with_its_line(session: Session, tmp_path: Path) -> None:
    report = bring(session, tmp_path, "A,https://a.example,ftp://b.example\n", "name,url,hosts\n")
    assert [line for line, message in report.problems if "hosts: 'ftp://b.example'" in message] == [2]


def test_two_clinics_of_one_name_get_two_slugs(session: Session, tmp_path: Path) -> None:
    rows = "Klinik \u00dcber,https://a.example,,Bern,,,CH,\nKlinik Uber,https://b.example,,Bern,,,CH,\nKlinik Uber,https://c.example,,Bern,,,CH,\n"
    assert bring(session, tmp_path, rows).slugs == ["klinik-uber", "klinik-uber-bern", "klinik-uber-2"]


def test_a_clinic_that_opts_out_stays_in_the_list_and_says_so(session: Session, tmp_path: Path) -> None:
    bring(session, tmp_path, "A,https://a.example,,,,,US,\n")
    opt_out(session, "a", "asked by mail on 2026-11-02")
    bring(session, tmp_path, "A,https://a.example,,,,,US,\n")
    assert [clinic.slug for clinic in list_clinics(session, status=ClinicStatus.OPTED_OUT)] == ["a"]
    with pytest.raises(ListError, match="no clinic is called"):
        opt_out(session, "nobody", "")


def test_a_proposed_address_is_taken_over_by_a_person_only(session: Session, tmp_path: Path) -> None:
    bring(session, tmp_path, "A,https://a.example,,,,,US,\n")
    with pytest.raises(ListError, match="no new address"):
        accept_proposed_url(session, "a")
    session.exec(select(Clinic)).one().proposed_url = "https://new.example/"
    assert accept_proposed_url(session, "a").website == "new.example"


@pytest.mark.parametrize(
    ("url", "website"),
    [
        ("https://WWW.A.example/x", "a.example"),
        ("http://a.example:80/", "a.example"),
        ("http://127.0.0.5:8080/", "127.0.0.5:8080"),
        ("https://m\u00fcnchen.example/", "xn--mnchen-3ya.example"),
        ("http://[::1]:81/", "[::1]:81"),
    ],
)
def test_a_website_is_host_and_port(url: str, website: str) -> None:
    assert website_of(url) == website


@pytest.mark.parametrize(
    "url",
    ["a.example", "ftp://a.example", "http://", "http://u:p@a.example/", "http://a b.example/", "http://a.example:x/"],
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(AddressError):
        website_of(url)
