"""How a consent was signed: language, screen or paper, witness, interpreter."""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.execute("ALTER TABLE consent ADD COLUMN signature text")
