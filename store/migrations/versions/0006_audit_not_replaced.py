"""SQLite's REPLACE puts a row in the place of another without an UPDATE or a DELETE: the audit log refuses that as well."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """PostgreSQL knows no REPLACE; its ON CONFLICT is an UPDATE, which 0004 refuses."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER auditentry_no_replace BEFORE INSERT ON auditentry "
            "WHEN NEW.id > 0 AND EXISTS (SELECT 1 FROM auditentry WHERE id = NEW.id) "
            "BEGIN SELECT RAISE(ABORT, 'the audit log only grows: its rows are never changed or deleted'); END"
        )


def downgrade() -> None:
    """Take the trigger away."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER auditentry_no_replace")
