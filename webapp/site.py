"""What every page works with: the database, the checklist of the moment, search and places."""

import logging
import threading
import time
from datetime import UTC, datetime

from flask import Flask, current_app, request
from sqlalchemy import Engine
from sqlmodel import Session

from jobs.adopt import kept_checklist
from jobs.assess import current_version
from scorer.checklist import Checklist, ChecklistError, load_checklist
from store.places import Places
from store.search import Catalogue, Search
from store.settings import Settings

LOG = logging.getLogger(__name__)
LOOK_AGAIN_AFTER = 2.0  # seconds between looks at the checklist's file


class Site:
    """One site over one database; kept in `app.extensions["vetting"]`."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self.settings = settings
        self.engine = engine
        self.places = Places(settings.data_dir / "cache")
        self.search = Search(engine, self.places)
        self.started = datetime.now(UTC)
        self._lock = threading.Lock()
        self._modified, self._looked = self._file_time(), time.monotonic()
        self._checklist = self._shown() or load_checklist(settings.checklist)

    @property
    def checklist(self) -> Checklist:
        """The checklist that the assessments were made with; its file as it stands before the first scoring.

        An edit of the file is shown when it has been scored whole (jobs/score.py). What cannot be used leaves the one before,
        with a line in the log.
        """
        if time.monotonic() - self._looked > LOOK_AGAIN_AFTER and self._lock.acquire(blocking=False):
            try:
                self._looked = time.monotonic()
                if shown := self._shown():
                    self._checklist = shown
                elif (modified := self._file_time()) != self._modified:
                    self._modified = modified
                    self._checklist = load_checklist(self.settings.checklist)
            except (ChecklistError, OSError) as error:
                LOG.error("the checklist changed and cannot be used; the one before stays: %s", error)
            finally:
                self._lock.release()
        return self._checklist

    @property
    def catalogue(self) -> Catalogue:
        """The clinics as search sees them now."""
        return self.search.catalogue()

    @property
    def address(self) -> str:
        """The site's address without a slash at its end: the setting, else the host that was asked for."""
        return self.settings.public_url or request.host_url.rstrip("/")

    def _shown(self) -> Checklist | None:
        """The checklist of the version that is on the site; None before the first scoring."""
        with Session(self.engine) as opened:
            version = current_version(opened)
        if not version:
            return None
        if hasattr(self, "_checklist") and self._checklist.version == version:
            return self._checklist
        try:
            return kept_checklist(self.engine, self.settings.data_dir / "cache" / "checklists", version)
        except ChecklistError as error:  # kept in an older form of the file
            LOG.error("version %s of the checklist cannot be used any more: %s", version, error)
            return None

    def _file_time(self) -> int:
        try:
            return self.settings.checklist.stat().st_mtime_ns
        except OSError:
            return 0


def get_site() -> Site:
    """The site of the request under way."""
    found = current_app.extensions["vetting"]
    assert isinstance(found, Site)
    return found


def init_app(app: Flask, settings: Settings, engine: Engine) -> None:
    """Make the site and give its name to templates."""
    site = Site(settings, engine)
    app.extensions["vetting"] = site
    app.context_processor(lambda: {"site": site, "checklist": site.checklist})
