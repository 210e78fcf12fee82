"""Opening the database: SQLite (WAL) by default, PostgreSQL by VETTING_DATABASE_URL; schema by Alembic, always."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, create_engine

MIGRATIONS = Path(__file__).parent / "migrations"


class DatabaseError(RuntimeError):
    """The database cannot be used as it is; the message says what to do."""


def open_engine(url: str) -> Engine:
    """An engine for `url` whose schema is the newest; makes an SQLite file and its folder where there is none.

    Raises DatabaseError for a database of a newer version, a folder that cannot be written, a server that does not answer.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database and parsed.database != ":memory:":
        folder = Path(parsed.database).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseError(
                f"{folder}: cannot make the data folder ({error.strerror}); set VETTING_DATA_DIR"
            ) from error
    engine = create_engine(url, pool_pre_ping=parsed.get_backend_name() != "sqlite")
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_pragmas)
    try:
        migrate(engine)
    except OperationalError as error:
        engine.dispose()
        shown = parsed.render_as_string(hide_password=True)
        raise DatabaseError(
            f"{shown}: cannot be opened for writing ({error.orig}); check VETTING_DATABASE_URL"
        ) from error
    return engine


def migrate(engine: Engine) -> None:
    """Bring the schema to the newest version. Raises DatabaseError when the database is newer than this program."""
    config = _config()
    script = ScriptDirectory.from_config(config)
    with engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    if present == script.get_current_head():
        return
    if present is not None and present not in {revision.revision for revision in script.walk_revisions()}:
        raise DatabaseError(
            f"the database has schema version {present}, which is newer than this program; update vetting, "
            "or point VETTING_DATABASE_URL at another database"
        )
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def session(engine: Engine) -> Iterator[Session]:
    """A session that commits at the end of the block and rolls back when the block raises."""
    with Session(engine, expire_on_commit=False) as opened, opened.begin():
        yield opened


def count_rows(engine: Engine) -> None:
    """Have SQLite note how its rows are spread, as PostgreSQL does by itself; without that it looks pages up by indexes that lead to
    nearly all of them. Called after much has been written (https://www.sqlite.org/lang_analyze.html)."""
    if engine.dialect.name == "sqlite":
        with engine.begin() as connection:
            connection.execute(text("PRAGMA analysis_limit=1000"))
            connection.execute(text("ANALYZE"))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _sqlite_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=30000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
