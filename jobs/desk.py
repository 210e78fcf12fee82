"""Long work that is started at the desk, in a process of its own: a preview, a scoring. Its progress is a row that moves."""

import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from jobs.adopt import kept_checklist
from jobs.preview import preview
from jobs.score import score
from scorer.checklist import load_checklist
from store.engine import open_engine, session
from store.models import now
from store.people import DeskJob, Draft
from store.people_audit import note
from store.people_drafts import newest_job
from store.settings import Settings

LOST_AFTER = timedelta(seconds=90)
TOLD_EVERY = 0.5  # seconds between two writes of the progress


class DeskJobError(RuntimeError):
    """The work cannot be started; the message says why."""


def start(engine: Engine, settings: Settings, kind: str, who: str, draft_id: int | None = None) -> int:
    """Start a "preview" of a draft or a "scoring" and return its number. Raises DeskJobError while one of the kind is under way."""
    with session(engine) as opened:
        last = newest_job(opened, kind, draft_id)
        if last is not None and is_running(last):
            raise DeskJobError("it is under way already")
        draft = opened.get(Draft, draft_id) if draft_id is not None else None
        job = DeskJob(
            kind=kind, draft_id=draft_id, revision=draft.revision if draft else 0, started_by=who, step="starting"
        )
        opened.add(job)
        opened.flush()
        note(opened, who, f"{kind} started", f"draft {draft_id}" if draft else "")
        assert job.id is not None
        number = job.id
    url = engine.url.render_as_string(hide_password=False)
    get_context("spawn").Process(target=_run, args=(url, settings, number), daemon=False).start()
    return number


def is_running(job: DeskJob) -> bool:
    """Whether the work goes on: a process that has not moved its row for 90 seconds is lost, and may be started again."""
    return job.state == "running" and now() - job.seen_at < LOST_AFTER


def _run(url: str, settings: Settings, number: int) -> None:
    engine = open_engine(url)
    told = 0.0

    def tell(step: str, done: int, total: int) -> None:
        nonlocal told
        if done < total and time.monotonic() - told < TOLD_EVERY:
            return
        told = time.monotonic()
        _write(engine, number, step=step, done=done, total=total)

    with session(engine) as opened:
        kind = opened.get_one(DeskJob, number).kind
    try:
        result = _WORK[kind](engine, settings, number, tell)
    except Exception as error:
        _write(engine, number, state="failed", problem=f"{type(error).__name__}: {error}"[:2000])
        raise
    _write(engine, number, state="done", result=result)
    engine.dispose()


def _preview(engine: Engine, settings: Settings, number: int, tell: Callable[[str, int, int], None]) -> dict[str, Any]:
    with session(engine) as opened:
        draft = opened.get_one(Draft, opened.get_one(DeskJob, number).draft_id)
    old = kept_checklist(engine, settings.data_dir / "cache" / "checklists", draft.base_version)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "base.yaml").write_text(draft.base_text, encoding="utf-8")
        (Path(folder) / "checklist.yaml").write_text(draft.text, encoding="utf-8")
        new = load_checklist(Path(folder) / "checklist.yaml")
        return preview(
            engine, old or load_checklist(Path(folder) / "base.yaml"), new, tell, settings=settings
        ).as_json()


def _score(engine: Engine, settings: Settings, _number: int, tell: Callable[[str, int, int], None]) -> dict[str, Any]:
    done = score(engine, settings, progress=tell)
    return {"pages judged": done.judged, "clinics assessed": done.assessed, "verdicts changed": done.changes}


_WORK = {"preview": _preview, "scoring": _score}


def _write(engine: Engine, number: int, **values: Any) -> None:
    with session(engine) as opened:
        job = opened.get_one(DeskJob, number)
        for name, value in {**values, "seen_at": now()}.items():
            setattr(job, name, value)
        opened.add(job)
