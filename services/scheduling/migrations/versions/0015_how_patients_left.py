"""How the patient really left, and what a prescriber answered for."""

from alembic import op

revision, down_revision = "0015", "0014"


def upgrade() -> None:
    op.execute("ALTER TABLE session ADD COLUMN leaving text")
