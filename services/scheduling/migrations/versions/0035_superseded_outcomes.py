"""A score that was corrected at intake counts no longer."""

from alembic import op

revision, down_revision = "0035", "0034"


def upgrade() -> None:
    op.execute("ALTER TABLE outcome ADD COLUMN superseded boolean NOT NULL DEFAULT false")
