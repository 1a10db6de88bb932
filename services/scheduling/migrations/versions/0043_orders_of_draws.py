"""Under which order a dose was drawn. What lies ready from before is held until it was drawn anew."""

from alembic import op

revision, down_revision = "0043", "0042"


def upgrade() -> None:
    op.execute("ALTER TABLE draw ADD COLUMN order_id uuid")
