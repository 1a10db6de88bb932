"""What is due at intake hangs on no appointment."""

from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.execute("ALTER TABLE due_item ALTER COLUMN appointment_id DROP NOT NULL")
