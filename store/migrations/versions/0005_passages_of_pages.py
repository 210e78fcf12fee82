"""Pages name the passages that the taught reader read of them, so that a new example judges only the pages near it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Pages from before name none; they are judged again by the first edit of an example."""
    with op.batch_alter_table("page") as table:
        table.add_column(sa.Column("passages", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    """Take the column away."""
    with op.batch_alter_table("page") as table:
        table.drop_column("passages")
