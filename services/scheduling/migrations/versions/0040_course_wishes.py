"""When and where sessions of a course suit their patient."""

from alembic import op

revision, down_revision = "0040", "0039"


def upgrade() -> None:
    op.execute("ALTER TABLE course ADD COLUMN wishes jsonb")
