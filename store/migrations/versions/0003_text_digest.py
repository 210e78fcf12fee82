"""Snapshots carry a digest of their visible words, so that a new nonce is not taken for a change."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Rows from before have an empty digest, which equals none."""
    with op.batch_alter_table("snapshot") as table:
        table.add_column(
            sa.Column("text_digest", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default="")
        )


def downgrade() -> None:
    """Take the column away."""
    with op.batch_alter_table("snapshot") as table:
        table.drop_column("text_digest")
