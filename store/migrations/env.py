"""Alembic's entry: migrations run on the connection that store.engine hands over."""

from alembic import context
from sqlmodel import SQLModel

import store.listing
import store.models
import store.people  # noqa: F401  registers its tables

connection = context.config.attributes["connection"]


def named(name: str | None, kind: str, _parents: object) -> bool:
    """Which tables are compared with the models: the text index and its shadow tables are made by SQL alone."""
    return not (kind == "table" and (name or "").startswith("listing_text"))


context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    include_name=named,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
