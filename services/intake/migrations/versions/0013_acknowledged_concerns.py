"""Who acknowledged a safety concern, and when."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.execute("ALTER TABLE safety_concern ADD COLUMN acknowledged_at timestamptz, ADD COLUMN acknowledged_by varchar")
