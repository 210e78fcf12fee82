"""Cases, and what search reads: the listing and its text index (FTS5 on SQLite, tsvector on PostgreSQL)."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import store.models

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Text = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    """Make the tables; the text index is SQL of its own for each database."""
    op.create_table(
        "listingstate",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("changed_at", store.models.UTCDateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "case",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("clinic_id", sa.Integer(), sa.ForeignKey("clinic.id"), nullable=True),
        sa.Column("text", Text(), nullable=False),
        sa.Column("contact", Text(), nullable=False),
        sa.Column("created_at", store.models.UTCDateTime(timezone=True), nullable=False),
        sa.Column("state", Text(), nullable=False),
    )
    for column in ("clinic_id", "created_at", "state"):
        op.create_index(f"ix_case_{column}", "case", [column])
    op.create_table(
        "listing",
        sa.Column("clinic_id", sa.Integer(), sa.ForeignKey("clinic.id"), primary_key=True),
        sa.Column("slug", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("name_key", Text(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=True),
        sa.Column("facets", Text(), nullable=False),
        sa.Column("points", sa.JSON(), nullable=False),
        sa.Column("card", sa.JSON(), nullable=False),
    )
    op.create_index("ix_listing_assessment_id", "listing", ["assessment_id"])
    op.create_index("ix_listing_name_key", "listing", ["name_key"])
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE listing_text USING fts5(document, tokenize='unicode61', prefix='2 3')")
    else:
        op.execute("CREATE TABLE listing_text (clinic_id integer PRIMARY KEY, document tsvector NOT NULL)")
        op.execute("CREATE INDEX listing_text_document ON listing_text USING gin (document)")


def downgrade() -> None:
    """Drop all of it."""
    for table in ("listing_text", "listing", "case", "listingstate"):
        op.drop_table(table)
