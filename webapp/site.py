"""What every page works with: the database, the checklist of the moment, search and places."""

import logging
import threading
import time
from datetime import UTC, datetime

from flask import Flask, current_app, request
from sqlalchemy import Engine

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
        self._checklist = load_checklist(settings.checklist)

    @property
    def checklist(self) -> Checklist:
        """The checklist as its file stands; the one before while the file cannot be used, with a line in the log."""
        if time.monotonic() - self._looked > LOOK_AGAIN_AFTER and self._lock.acquire(blocking=False):
            try:
                self._looked = time.monotonic()
                if (modified := self._file_time()) != self._modified:
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
