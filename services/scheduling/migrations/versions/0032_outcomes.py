"""PHQ-9 scores as intake told them, for the gate after the third infusion."""

from alembic import op

revision, down_revision = "0032", "0031"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE outcome (id uuid PRIMARY KEY, organisation_id uuid NOT NULL, patient_id uuid NOT NULL,"
        " version int NOT NULL, recorded_at timestamptz NOT NULL, score text NOT NULL)"
    )
    op.execute("CREATE INDEX ix_outcome_patient_id ON outcome (patient_id)")
