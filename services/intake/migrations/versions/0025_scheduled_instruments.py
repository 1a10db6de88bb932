"""What is due names its instrument, and from when on an answer counts; rows of an older process leave both out."""

from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.execute("ALTER TABLE due_item ADD COLUMN instrument varchar, ADD COLUMN counts_from timestamptz")
    op.execute(
        "UPDATE due_item SET instrument = CASE occasion WHEN 'BEFORE_SESSION' THEN 'PHQ9' ELSE 'CHECK_IN' END,"
        " counts_from = opens_at"
    )
