"""Statistics over time count each clinic's newest reading by the end of each month, and say when there is only one month."""

from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Engine

from scorer.checklist import load_checklist
from store.engine import session
from store.models import Assessment, Clinic, ClinicVerdict
from store.settings import Settings
from webapp import create_app
from webapp.overtime import OverTime, over_time

CHECKLIST = load_checklist(Path(__file__).parent.parent / "checklist.yaml")


def keep(
    engine: Engine, clinic: int, when: str, verdict: str, *, published: bool = True, status: str = "active"
) -> None:
    """One reading of one clinic with its verdict on screening, on a day like 2026-01-31."""
    with session(engine) as opened:
        if opened.get(Clinic, clinic) is None:
            host = f"c{clinic}.example"
            opened.add(
                Clinic(id=clinic, slug=f"c{clinic}", name=host, url=f"https://{host}/", website=host, status=status)
            )
            opened.flush()
        made = Assessment(
            clinic_id=clinic, made_at=datetime.fromisoformat(when).replace(tzinfo=UTC), checklist_version="1"
        )
        opened.add(made)
        opened.flush()
        assert made.id is not None
        row = {"assessment_id": made.id, "clinic_id": clinic, "criterion": "screening", "published": published}
        opened.add(ClinicVerdict(**row, verdict=verdict))


def screening(course: OverTime) -> list[tuple[date, int, int]]:
    """The points of the course of screening."""
    points = next(one.points for one in course.courses if one.criterion.id == "screening")
    return [(point.month, point.found, point.read) for point in points]


def test_a_reading_counts_until_the_next_one(engine: Engine) -> None:
    keep(engine, 1, "2026-01-31", "silent")
    keep(engine, 1, "2026-03-01", "stated")
    keep(engine, 2, "2026-02-10", "stated")
    assert screening(over_time(engine, CHECKLIST)) == [
        (date(2026, 1, 1), 0, 1),
        (date(2026, 2, 1), 1, 2),
        (date(2026, 3, 1), 2, 2),
    ]


def test_of_two_readings_in_one_month_the_newer_counts(engine: Engine) -> None:
    keep(engine, 1, "2026-01-02", "stated")
    keep(engine, 1, "2026-01-30", "silent")
    assert screening(over_time(engine, CHECKLIST)) == [(date(2026, 1, 1), 0, 1)]


def test_what_could_not_be_read_or_has_opted_out_is_not_among_the_clinics_read(engine: Engine) -> None:
    keep(engine, 1, "2026-01-02", "stated")
    keep(engine, 2, "2026-01-02", "unread")
    keep(engine, 3, "2026-01-02", "stated", status="opted-out")
    assert screening(over_time(engine, CHECKLIST)) == [(date(2026, 1, 1), 1, 1)]


def test_a_verdict_that_waits_for_a_person_counts_as_read_only(engine: Engine) -> None:
    keep(engine, 1, "2026-01-02", "stated", published=False)
    assert screening(over_time(engine, CHECKLIST)) == [(date(2026, 1, 1), 0, 1)]


def test_the_year_turns(engine: Engine) -> None:
    keep(engine, 1, "2025-12-31", "stated")
    keep(engine, 1, "2026-01-01", "silent")
    assert [month for month, *_ in screening(over_time(engine, CHECKLIST))] == [date(2025, 12, 1), date(2026, 1, 1)]


def page(engine: Engine, folder: Path) -> str:
    settings = Settings.from_environment({"VETTING_DATA_DIR": str(folder), "VETTING_RATE_LIMIT": "off"})
    return create_app(settings, engine).test_client().get("/statistics").get_data(as_text=True)


def test_one_month_makes_a_sentence_and_no_picture(engine: Engine, tmp_path: Path) -> None:
    keep(engine, 1, "2026-01-02", "stated")
    shown = page(engine, tmp_path)
    assert "Every reading so far is of Jan 2026." in shown
    assert 'class="course' not in shown


def test_two_months_make_a_picture_that_says_in_words_what_it_shows(engine: Engine, tmp_path: Path) -> None:
    keep(engine, 1, "2026-01-02", "silent")
    keep(engine, 1, "2026-02-02", "stated")
    assert 'aria-label="from 0 % in Jan 2026 to 100 % in Feb 2026"' in page(engine, tmp_path)
