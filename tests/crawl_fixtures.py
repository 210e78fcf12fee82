"""What several crawler tests share: settings of one folder on loopback, a list brought in, a crawl of it."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from awkward_web import Web
from sqlalchemy import Engine
from sqlmodel import Session, select

from crawler.run import RunSummary, crawl
from store.archive import Archive
from store.clinics import import_csv
from store.engine import open_engine
from store.models import Clinic, Snapshot, Visit
from store.settings import Settings


def loopback_settings(folder: Path, **changes: object) -> Settings:
    """Settings that allow loopback and do not wait between requests unless told to."""
    made = Settings.from_environment({"VETTING_DATA_DIR": str(folder), "VETTING_CRAWL_ALLOW_NETWORKS": "127.0.0.0/8"})
    return dataclasses.replace(made, **({"crawl_delay": 0.0, "crawl_timeout": 3.0} | changes))


def listed(settings: Settings, rows: str) -> Engine:
    """A database with the rows (name,url) as clinics."""
    engine = open_engine(settings.database_url)
    path = settings.data_dir / "clinics.csv"
    path.write_text(rows if rows.startswith("name,") else "name,url\n" + rows)
    with Session(engine) as session, session.begin():
        assert not import_csv(session, path, "test").problems
    return engine


def crawl_all(engine: Engine, settings: Settings, **keywords: object) -> RunSummary:
    """One crawl of every clinic."""
    return crawl(engine, settings, every=True, **keywords)


@dataclass
class Crawled:
    """What one crawl of the whole web left."""

    web: Web
    engine: Engine
    archive: Archive
    summary: RunSummary

    @classmethod
    def of(cls, web: Web, folder: Path, rows: str = "", **changes: object) -> Self:
        """The whole web crawled once, with these rows as the list where they are given."""
        settings = loopback_settings(folder, **changes)
        engine = listed(settings, rows or web.csv())
        return cls(web, engine, Archive(settings.archive_dir), crawl_all(engine, settings))

    def visit(self, name: str) -> Visit:
        with Session(self.engine) as session:
            return session.exec(select(Visit).join(Clinic).where(Clinic.name == name)).one()

    def outcome(self, name: str) -> str:
        return self.visit(name).outcome

    def pages(self, name: str) -> list[str]:
        with Session(self.engine) as session:
            rows = session.exec(select(Snapshot.url).join(Clinic).where(Clinic.name == name)).all()
        return sorted("/" + url.split("/", 3)[3] for url in rows)

    def snapshot(self, name: str) -> Snapshot:
        with Session(self.engine) as session:
            return session.exec(select(Snapshot).join(Clinic).where(Clinic.name == name).order_by(Snapshot.id)).first()
