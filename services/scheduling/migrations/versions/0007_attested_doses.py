"""Doses that were started on an attestation."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute("ALTER TABLE session ADD COLUMN attestation text")
