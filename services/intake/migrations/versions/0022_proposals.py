"""What is proposed after a session, and sessions that were not tolerated."""

from alembic import op

revision = "0022"
down_revision = "0021"

DDL = """
CREATE TABLE dose_proposal (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
  patient_id uuid NOT NULL REFERENCES patient, session_id uuid NOT NULL, session_number int, version int NOT NULL,
  state varchar NOT NULL CONSTRAINT dose_proposal_state
    CHECK (state IN ('OPEN', 'ACCEPTED', 'REJECTED', 'OVERTAKEN')),
  proposed_at timestamptz NOT NULL, decided_at timestamptz, decided_by varchar, order_id uuid, content text NOT NULL);
CREATE INDEX ix_dose_proposal_patient_id ON dose_proposal (patient_id);

CREATE TABLE session_stop (
  session_id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid, patient_id uuid NOT NULL,
  stopped_at timestamptz NOT NULL);
CREATE INDEX ix_session_stop_patient_id ON session_stop (patient_id);
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
