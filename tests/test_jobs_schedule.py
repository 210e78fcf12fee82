"""The calendar: turns follow one another, and what is not due is left alone."""

from pathlib import Path

import pytest
from awkward_web import Web
from crawl_fixtures import listed, loopback_settings

from crawler.run import CrawlError, RunSummary
from jobs.schedule import run_forever


def test_a_turn_crawls_what_is_due_and_then_scores(tmp_path: Path) -> None:
    web = Web(["plain"], third_octet=82)
    settings, seen = loopback_settings(tmp_path), list[RunSummary]()
    run_forever(listed(settings, web.csv()), settings, after=seen.append, every_minutes=0.001, turns=2)
    web.close()
    assert [summary.clinics for summary in seen] == [1, 0] and web.asked("plain").count("/") == 1


def test_a_wrong_setting_is_seen_at_the_first_turn(tmp_path: Path) -> None:
    settings = loopback_settings(tmp_path)
    with pytest.raises(CrawlError, match="VETTING_CONTACT"):
        run_forever(listed(settings, "public,http://8.8.8.8/\n"), settings, every_minutes=0.001, turns=2)


def test_later_errors_do_not_end_the_calendar(tmp_path: Path) -> None:
    settings, turns = loopback_settings(tmp_path), []

    def fails_later(summary: RunSummary) -> None:
        turns.append(summary.run_id)
        if len(turns) == 2:
            raise RuntimeError("the disk was full for a moment")

    run_forever(
        listed(settings, "gone,http://127.0.77.250:9/\n"), settings, after=fails_later, every_minutes=0.001, turns=3
    )
    assert len(turns) == 3


def test_the_digest_is_written_once_a_day(tmp_path: Path) -> None:
    settings, digests = loopback_settings(tmp_path), list[str]()

    def tell(summary: RunSummary) -> None:
        digests.append(",".join(file.read_text() for file in (settings.data_dir / "notices").glob("*.txt")))
        for file in (settings.data_dir / "notices").glob("*.txt"):
            file.write_text("kept")

    run_forever(listed(settings, "gone,http://127.0.77.250:9/\n"), settings, after=tell, every_minutes=0.001, turns=3)
    assert digests[0] == "" and digests[1].startswith("Vetting, ") and digests[2] == "kept"
