"""Alembic's entry: migrations run on the connection that store.engine hands over."""

from alembic import context
from sqlmodel import SQLModel

import store.models
import store.people  # noqa: F401  registers its tables

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=SQLModel.metadata, render_as_batch=connection.dialect.name == "sqlite"
)
with context.begin_transaction():
    context.run_migrations()
