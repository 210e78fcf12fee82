"""`vetting status`: the last runs, their outcomes by cause, what is overdue, and what waits for scoring."""

from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from jobs.read import unread_snapshots
from store import models, visits
from store.engine import session


def status(engine: Engine, runs: int = 5) -> dict[str, Any]:
    """Counts of the whole, and the last runs newest first. Times are ISO 8601 in UTC."""
    with session(engine) as opened:
        return {
            "clinics": _by_status(opened),
            "overdue": visits.overdue(opened),
            "pages": opened.exec(select(func.count()).select_from(models.Page)).one(),
            "unread": len(unread_snapshots(opened)),
            "assessed": opened.exec(
                select(func.count()).select_from(models.Assessment).where(col(models.Assessment.current))
            ).one(),
            "runs": [_run(opened, run) for run in visits.runs(opened, runs)],
        }


def status_text(found: dict[str, Any]) -> str:
    """The same for a terminal."""
    by_status = ", ".join(f"{count} {name}" for name, count in found["clinics"].items()) or "none"
    lines = [
        f"clinics: {by_status}; {found['overdue']} overdue",
        f"pages: {found['pages']} read, {found['unread']} stored and not read yet; clinics assessed: {found['assessed']}",
    ]
    for run in found["runs"]:
        outcomes = ", ".join(f"{outcome} {count}" for outcome, count in run["outcomes"].items()) or "no visit ended"
        lines.append(f"run {run['id']}, {run['started_at']}, {run['state']}: {outcomes}")
        if run is found["runs"][0] and run["state"] == "interrupted":
            lines.append("  the next `vetting crawl` goes on where it was")
        lines += [f"  alert: {alert}" for alert in run["alerts"]]
    if not found["runs"]:
        lines.append("no run yet; `vetting crawl` starts one")
    return "\n".join(lines)


def _by_status(opened: Session) -> dict[str, int]:
    counted = opened.exec(
        select(models.Clinic.status, func.count()).group_by(models.Clinic.status).order_by(models.Clinic.status)
    )
    return dict(counted.all())


def _run(opened: Session, run: models.CrawlRun) -> dict[str, Any]:
    assert run.id is not None
    return {
        "id": run.id,
        "state": visits.state_of(run),
        "started_at": run.started_at.isoformat(timespec="seconds"),
        "finished_at": run.finished_at.isoformat(timespec="seconds") if run.finished_at else "",
        "outcomes": visits.outcomes(opened, run.id),
        "alerts": run.alerts,
    }
