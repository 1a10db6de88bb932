"""When and where sessions of a course suit their patient."""

from alembic import op

revision, down_revision = "0037", "0036"


def upgrade() -> None:
    op.execute("ALTER TABLE course ADD COLUMN wishes jsonb")
