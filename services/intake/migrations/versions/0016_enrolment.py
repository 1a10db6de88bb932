"""Where patients stand in the safety programme of the nasal spray, as scheduling told it (domain SCR-072)."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE enrolment (id uuid PRIMARY KEY, organisation_id uuid NOT NULL, patient_id uuid NOT NULL,"
        " version int NOT NULL, programme varchar NOT NULL, state varchar NOT NULL, changed_at timestamptz NOT NULL)"
    )
    op.execute("CREATE INDEX ix_enrolment_patient_id ON enrolment (patient_id)")
