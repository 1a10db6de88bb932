"""Forms that nobody sends in expire. A draft of before has no time until it is answered again."""

from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.execute("ALTER TABLE form_draft ADD COLUMN expires_at timestamptz")
    op.execute(
        "ALTER TABLE form_draft DROP CONSTRAINT form_draft_state,"
        " ADD CONSTRAINT form_draft_state CHECK (state IN ('OPEN', 'SUBMITTED', 'EXPIRED'))"
    )
