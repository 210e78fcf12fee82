"""The archive: what is written can be read by us and by others, and survives a crash in mid-write."""

import fcntl
import os
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import Session
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from store.archive import Archive, ArchiveError, ArchiveSpot, index_lines
from store.engine import open_engine
from store.models import Clinic, CrawlRun, Snapshot, Visit, now
from store.warc_writer import ArchiveWriter, Exchange, Original, Place, mend, payload_digest

AT = datetime(2026, 11, 2, 8, 30, 0, 123456, tzinfo=UTC)
URL = "http://clinic.example/team?a=1"


def exchange(body: bytes = b"<p>We check.</p>", url: str = URL, **more: object) -> Exchange:
    headers = [
        ("Content-Type", "text/html"),
        ("Content-Encoding", "gzip"),
        ("Transfer-Encoding", "chunked"),
        ("Content-Length", "7"),
    ]
    return Exchange(url, AT, 200, "OK", headers, body, [("Host", "clinic.example")], **more)  # type: ignore[arg-type]


def writer(folder: Path, **more: int) -> ArchiveWriter:
    return ArchiveWriter(folder, "worker-1", "vetting/test", **more)


def spot(place: Place) -> ArchiveSpot:
    return ArchiveSpot(place.file, place.offset)


def test_a_response_is_read_back_with_mended_headers(tmp_path: Path) -> None:
    archive, open_file = Archive(tmp_path), writer(tmp_path)
    place = open_file.write(exchange())
    for _still_open in (True, False):
        copy = archive.read(spot(place))
        assert (copy.body, copy.url, copy.fetched_at, copy.status) == (b"<p>We check.</p>", URL, AT, 200)
        assert copy.headers["content-length"] == "16" and not {"content-encoding", "transfer-encoding"} & set(
            copy.headers
        )
        assert copy.headers["x-archive-orig-content-encoding"] == "gzip"
        open_file.close()


def test_warcio_check_accepts_the_file_and_another_reader_finds_three_records(tmp_path: Path) -> None:
    one = writer(tmp_path)
    one.write(exchange(about={"clinic": "a"}))
    one.close()
    (file,) = tmp_path.glob("*.warc.gz")
    assert Checker(Namespace(inputs=[str(file)], verbose=False)).process_all() == 0
    with file.open("rb") as stream:
        assert [record.rec_type for record in ArchiveIterator(stream)] == [
            "warcinfo",
            "response",
            "request",
            "metadata",
        ]


def test_a_revisit_gives_the_payload_that_it_repeats(tmp_path: Path) -> None:
    one = writer(tmp_path)
    first = one.write(exchange())
    original = Original(URL, AT, payload_digest(b"<p>We check.</p>"), first.file, first.offset)
    again = one.write(exchange(b"", original=original, not_modified=True))
    one.close()
    assert Archive(tmp_path).read(spot(again)).body == b"<p>We check.</p>"
    assert Archive(tmp_path).verify().problems == []


def test_a_torn_record_is_cut_off_and_everything_before_stays(tmp_path: Path) -> None:
    one = writer(tmp_path)
    kept, torn = one.write(exchange()), one.write(exchange(b"second" * 500))
    path = next(tmp_path.glob("*.open"))
    os.close(one._fd)  # type: ignore[arg-type]  the worker is dead: its lock is gone
    os.truncate(path, torn.offset + torn.length // 2)
    assert [finished.name for finished in mend(tmp_path)] == [kept.file]
    assert Archive(tmp_path).verify().problems == [] and Archive(tmp_path).read(spot(kept)).body
    with pytest.raises(ArchiveError, match=r"cannot be read|no response"):
        Archive(tmp_path).read(spot(torn))


def test_a_file_that_a_living_writer_holds_is_left_alone(tmp_path: Path) -> None:
    one = writer(tmp_path)
    one.write(exchange())
    with next(tmp_path.glob("*.open")).open("rb") as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert mend(tmp_path) == []
    one.close()


def test_files_are_rotated_by_size_and_indexed(tmp_path: Path) -> None:
    one = writer(tmp_path, rotate_bytes=1000)
    places = [one.write(exchange(os.urandom(900), f"http://clinic.example/{number}")) for number in range(3)]
    one.close()
    assert len({place.file for place in places}) == 3 and len(list(tmp_path.glob("*.index.jsonl"))) == 3
    assert [line.url[-1] for line in Archive(tmp_path).index()] == ["0", "1", "2"]


def test_verify_names_the_damaged_file(tmp_path: Path) -> None:
    one = writer(tmp_path)
    place = one.write(exchange())
    one.close()
    data = bytearray((tmp_path / place.file).read_bytes())
    data[place.offset + 40] ^= 0xFF
    (tmp_path / place.file).write_bytes(data)
    assert place.file in Archive(tmp_path).verify().problems[0]


def test_a_copy_that_is_not_there_is_an_error_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"nothing\.warc\.gz at 5"):
        Archive(tmp_path).read(ArchiveSpot("nothing.warc.gz", 5))
    with pytest.raises(ArchiveError, match="no archived copy"):
        Archive(tmp_path).show(URL)


def test_a_folder_that_cannot_be_made_is_an_error_with_the_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ArchiveError, match="VETTING_DATA_DIR"):
        writer(tmp_path / "file" / "archive")


@contextmanager
def old_files(folder: Path, count: int) -> Iterator[tuple[Session, list[Place]]]:
    """So many files of one page each, all of them old, beside a database that knows a visit and no snapshot yet."""
    one = writer(folder / "archive", rotate_bytes=1)
    places = [one.write(exchange(url=f"http://clinic.example/{number}")) for number in range(count)]
    one.close()
    for place in places:
        os.utime(folder / "archive" / place.file, (0, 0))
    with Session(open_engine(f"sqlite:///{folder}/v.sqlite")) as session, session.begin():
        session.add_all([Clinic(id=1, slug="a", name="A", url=URL, website="clinic.example"), CrawlRun(id=1)])
        session.flush()
        session.add(Visit(id=1, run_id=1, clinic_id=1))
        session.flush()
        yield session, places


def test_gc_deletes_whole_old_files_that_no_current_reading_needs(tmp_path: Path) -> None:
    with old_files(tmp_path, 3) as (session, places):
        old = datetime(2020, 1, 1, tzinfo=UTC)
        for number, place in enumerate(places, start=1):
            session.add(
                Snapshot(id=number, clinic_id=1, visit_id=1, url=str(number), status=200, digest="d", fetched_at=old, current=number == 3,
                         warc_file=place.file, warc_offset=place.offset, revisit_of=1 if number == 3 else None)
            )  # fmt: skip
            session.flush()
        archive = Archive(tmp_path / "archive")
        assert archive.gc(session, 0) == [] and archive.gc(session, 30) == [places[1].file]
        assert session.get_one(Snapshot, 2).warc_file == ""


def test_the_index_kept_while_writing_is_the_one_read_from_the_file(tmp_path: Path) -> None:
    one = writer(tmp_path)
    first = one.write(exchange(about={"clinic": "a", "visit": "7", "kind": "page"}))
    original = Original(URL, AT, payload_digest(b"<p>We check.</p>"), first.file, first.offset)
    one.write(exchange(b"", original=original, not_modified=True))
    one.close()
    assert list(Archive(tmp_path).index()) == list(index_lines(tmp_path / first.file))


def test_gc_keeps_the_payload_that_a_younger_reading_repeats(tmp_path: Path) -> None:
    with old_files(tmp_path, 2) as (session, places):
        common = {"clinic_id": 1, "visit_id": 1, "url": URL, "status": 200, "digest": "d", "current": False}
        old = datetime(2020, 1, 1, tzinfo=UTC)
        for number, (place, at, original) in enumerate(zip(places, (old, now()), (None, 1), strict=True), start=1):
            session.add(Snapshot(id=number, fetched_at=at, warc_file=place.file, warc_offset=place.offset, revisit_of=original, **common))  # fmt: skip
            session.flush()
        assert Archive(tmp_path / "archive").gc(session, 30) == []
