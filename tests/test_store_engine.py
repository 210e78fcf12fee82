"""Opening databases, good and bad."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text
from sqlmodel import SQLModel, select

import store.people  # noqa: F401  registers its tables
from store.engine import DatabaseError, count_rows, open_engine, session
from store.models import Clinic


def test_the_migrations_make_exactly_the_tables_of_the_models(engine: Engine) -> None:
    def ours(_object: object, name: str | None, kind: str, _reflected: bool, _compared: object) -> bool:
        return not (kind == "table" and name is not None and (name.startswith("listing_") or name == "alembic_version"))

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours})
        differences = compare_metadata(context, SQLModel.metadata)
    assert [d for d in differences if d[0] not in {"remove_index", "remove_table"}] == []


def test_a_database_of_a_newer_version_is_refused_with_the_mend(database_url: str) -> None:
    first = open_engine(database_url)
    with first.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    first.dispose()
    with pytest.raises(DatabaseError, match="newer than this program; update vetting"):
        open_engine(database_url)


def test_a_folder_that_cannot_be_made_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DatabaseError, match="set VETTING_DATA_DIR"):
        open_engine(f"sqlite:///{tmp_path / 'file' / 'vetting.sqlite'}")


def test_times_come_back_aware_and_in_utc(engine: Engine) -> None:
    at = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    with session(engine) as opened:
        opened.add(Clinic(slug="a", name="A", url="https://a.example", website="a.example", created_at=at))
    with session(engine) as opened:
        assert opened.exec(select(Clinic)).one().created_at == at


def test_a_block_that_raises_leaves_nothing_behind(engine: Engine) -> None:
    with pytest.raises(RuntimeError), session(engine) as opened:  # noqa: PT012  what came before the error is the point
        opened.add(Clinic(slug="a", name="A", url="https://a.example", website="a.example"))
        opened.flush()
        raise RuntimeError("in between")
    with session(engine) as opened:
        assert opened.exec(select(Clinic)).all() == []


def test_sqlite_knows_how_its_rows_are_spread_once_they_are_counted(tmp_path: Path) -> None:
    opened = open_engine(f"sqlite:///{tmp_path / 'vetting.sqlite'}")
    with session(opened) as writing:
        writing.add(Clinic(slug="alder", name="Alder", url="https://alder.example/", website="alder.example"))
    count_rows(opened)
    with opened.connect() as reading:
        assert "clinic" in reading.execute(text("SELECT tbl FROM sqlite_stat1")).scalars().all()
    opened.dispose()
