"""Crawl and score on a calendar, in this process, for as long as it lives. Cron or a systemd timer may do the same (docs/operating.md)."""

import logging
from collections.abc import Callable
from datetime import timedelta
from threading import Thread

from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.blocking import BlockingScheduler
from sqlalchemy import Engine
from sqlmodel import Session

from crawler.run import Progress, RunSummary, crawl
from jobs.daily import daily, is_done_today
from jobs.score import score
from store.archive import Archive
from store.models import now
from store.settings import Settings

log = logging.getLogger("vetting.schedule")


def run_forever(
    engine: Engine,
    settings: Settings,
    *,
    after: Callable[[RunSummary], object] | None = None,
    every_minutes: float = 15.0,
    max_pages: int = 40,
    progress: Callable[[Progress], None] | None = None,
    turns: int | None = None,
) -> None:
    """Every so many minutes: visit the clinics that are due, then `after` (scoring them, if not given); once a day clear out and tell the
    maintainers (jobs/daily.py).

    A turn that takes longer than the interval is followed by the next one at once; turns never overlap. Returns after
    Ctrl-C or SIGTERM, or after `turns` turns. What the first turn raises comes through, so that a wrong setting is seen at
    once; later errors are logged and the next turn tries again.
    """
    calendar = _Calendar(engine, settings, after, max_pages, progress)
    done = 1
    if not calendar.turn() or done == turns:
        return
    # In the thread of the caller, so that a signal reaches the crawl, which ends it cleanly.
    scheduler = BlockingScheduler(executors={"default": DebugExecutor()}, timezone="UTC")

    def again() -> None:
        nonlocal done
        done += 1
        try:
            goes_on = calendar.turn()
        except Exception:
            log.exception("this turn failed; the next one tries again")
            goes_on = True
        if not goes_on or done == turns:
            # From another thread: it waits there until the scheduler has put this job away.
            Thread(target=scheduler.shutdown, kwargs={"wait": False}).start()

    scheduler.add_job(again, "interval", minutes=every_minutes, coalesce=True, max_instances=1, misfire_grace_time=None)
    try:
        scheduler.start()
    except (KeyboardInterrupt, SystemExit):
        log.info("stopped")


class _Calendar:
    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        after: Callable[[RunSummary], object] | None,
        max_pages: int,
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self._engine, self._settings = engine, settings
        self._after = after or self._score
        self._max_pages, self._progress = max_pages, progress
        self._cleared = now() - timedelta(days=2)

    def turn(self) -> bool:
        """One turn; false when the crawl was interrupted and the calendar should end."""
        summary = crawl(self._engine, self._settings, max_pages=self._max_pages, progress=self._progress)
        for sentence in summary.alerts:
            log.warning("run %d: %s", summary.run_id, sentence)
        if summary.clinics:
            log.info(
                "run %d: %d clinics, %d pages, %s", summary.run_id, summary.clinics, summary.pages, summary.outcomes
            )
        if summary.state == "interrupted":
            return False
        self._after(summary)
        if now() - self._cleared > timedelta(days=1):
            with Session(self._engine) as session, session.begin():
                Archive(self._settings.archive_dir).gc(session, self._settings.archive_keep_days)
            self._cleared = now()
        if not is_done_today(self._settings):
            log.info("%d clinics published after their time to answer; digest %s", *daily(self._engine, self._settings))
        return True

    def _score(self, summary: RunSummary) -> None:
        """Findings and assessments of what was read; pages that wait from before are taken along."""
        scored = score(self._engine, self._settings)
        if summary.clinics:
            log.info("run %d: scored, %d verdicts changed", summary.run_id, scored.changes)
