"""What several crawler tests share: settings of one folder on loopback, a list brought in, a crawl of it."""

import dataclasses
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

from crawler.run import RunSummary, crawl
from store.clinics import import_csv
from store.engine import open_engine
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
