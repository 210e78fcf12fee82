"""When a clinic is due, when it counts as closed, what alarms: pure functions of its visits."""

from datetime import UTC, datetime, timedelta

import pytest

from store.due import alerts, closed_because, next_due
from store.models import Outcome, Visit

AT = datetime(2026, 11, 2, tzinfo=UTC)


def visit(outcome: Outcome, days_ago: float = 0, clinic: int = 1, **counts: int) -> Visit:
    at = AT - timedelta(days=days_ago)
    transient = outcome in (Outcome.TIMEOUT, Outcome.DNS_FAILURE)
    return Visit(
        id=int(1000 - days_ago),
        run_id=1,
        clinic_id=clinic,
        started_at=at,
        finished_at=at,
        outcome=outcome,
        counts=counts,
        transient=transient,
    )


def days(*history: Visit, **more: float) -> float:
    return (next_due(AT, history, 3, 30, **more) - AT).total_seconds() / 86400


def test_a_site_that_changes_is_seen_sooner_and_a_quiet_one_later() -> None:
    changing = [visit(Outcome.COMPLETE, n, changed=3) for n in range(5)]
    quiet = [visit(Outcome.UNCHANGED, n) for n in range(6)]
    assert days(*changing) == 3 and days(*quiet) == 30 and 3 < days(visit(Outcome.COMPLETE, changed=3)) < 30


def test_a_failure_that_may_pass_is_tried_again_within_hours_then_days() -> None:
    one, four = [visit(Outcome.TIMEOUT)], [visit(Outcome.TIMEOUT, n) for n in range(4)]
    assert days(*one) == 0.25 and days(*four) == 2.0


def test_a_pause_that_the_site_asked_for_is_kept() -> None:
    assert days(visit(Outcome.TIMEOUT), not_before=90_000.0) == pytest.approx(90_000 / 86400)


def test_a_clinic_counts_as_closed_after_several_visits_over_several_days_only() -> None:
    dead = [visit(Outcome.DNS_FAILURE, n * 3) for n in range(4)]
    assert closed_because(dead) == "dns-failure at 4 visits since 2026-10-24"
    assert closed_because(dead[:3]) == "" and closed_because([visit(Outcome.GONE, n * 0.1) for n in range(9)]) == ""
    assert closed_because([dead[0], visit(Outcome.COMPLETE, 1), *dead[1:]]) == ""


def test_a_drop_against_the_visits_before_is_told() -> None:
    before = [visit(Outcome.COMPLETE, 7, clinic, stored=20) for clinic in range(6)]
    after = [
        visit(Outcome.COMPLETE if clinic else Outcome.BLOCKED, 0, clinic, stored=20 if clinic > 3 else 2)
        for clinic in range(6)
    ]
    said = alerts(after, before, {1: "North Clinic"})
    assert said[0].startswith("48 pages were read where") and "North Clinic: 2 pages after 20 (complete)." in said


def test_no_alert_where_nothing_was_visited_or_nothing_dropped() -> None:
    same = [visit(Outcome.COMPLETE, 7, stored=20)]
    assert alerts([], same, {}) == [] and alerts(same, same, {}) == []


def test_a_run_without_a_single_page_is_never_silent() -> None:
    assert "No page was read at all" in alerts([visit(Outcome.TIMEOUT)], [], {})[0]
