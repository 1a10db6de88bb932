"""Check-ins that were answered, so that nobody is asked for them."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE answered (due_id uuid PRIMARY KEY, organisation_id uuid NOT NULL, patient_id uuid NOT NULL,"
        " appointment_id uuid NOT NULL, occasion text NOT NULL)"
    )
    op.execute("CREATE INDEX ix_answered_appointment_id ON answered (appointment_id)")
