"""Fixtures for several files: a fresh database of each kind, settings that point into a temporary folder."""

import os
import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine

from store import gazetteer
from store.engine import open_engine
from store.settings import Settings

POSTGRES = "VETTING_TEST_POSTGRES_URL"


@pytest.fixture(scope="session", autouse=True)
def _gazetteers_are_copies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Making a gazetteer takes seconds and gives the same file every time: it is made once, and copied wherever one is wanted."""
    made, build = tmp_path_factory.mktemp("gazetteer") / "places.sqlite", gazetteer._build

    def copied(target: str) -> sqlite3.Connection:
        if target == ":memory:":
            return build(target)
        if not made.exists():
            build(str(made)).close()
        shutil.copyfile(made, target)
        return sqlite3.connect(target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gazetteer, "_build", copied)
        yield


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh, empty database; on PostgreSQL a schema of its own that is dropped afterwards."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'vetting.sqlite'}"
        return
    url = os.environ.get(POSTGRES)
    if not url:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{POSTGRES} is not set; in CI the tests on PostgreSQL must run")
        pytest.skip(f"{POSTGRES} is not set: no PostgreSQL to test on")
    schema = f"vetting_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute(f'CREATE SCHEMA "{schema}"')
        yield f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{schema}%2Cpublic"
        connection.execute(f'DROP SCHEMA "{schema}" CASCADE')


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An open, migrated database of each kind."""
    opened = open_engine(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a process that reads with phrases alone, may crawl loopback, and keeps everything in a temporary folder."""
    return Settings.from_environment(
        {
            "VETTING_DATA_DIR": str(tmp_path),
            "VETTING_CONTACT": "mailto:crawl@vetting.example",
            "VETTING_CRAWL_ALLOW_NETWORKS": "127.0.0.0/8",
            "VETTING_CRAWL_DELAY": "0.05",
            "VETTING_TAUGHT_READER": "no",
        }
    )
