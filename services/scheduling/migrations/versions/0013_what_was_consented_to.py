"""Which document a consent is to. Rows from before do not say, and count for nothing until they are signed anew."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.execute("ALTER TABLE consent ADD COLUMN document varchar, ADD COLUMN document_version varchar")
