"""What care staff looks at about somebody's safety although nothing is held."""

from alembic import op

revision = "0021"
down_revision = "0020"

DDL = """
CREATE TABLE safety_task (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  version int NOT NULL, state varchar NOT NULL CONSTRAINT safety_task_state CHECK (state IN ('OPEN', 'SETTLED')),
  opened_at timestamptz NOT NULL, due_at timestamptz NOT NULL, settled_at timestamptz, settled_by varchar,
  detail text NOT NULL);
CREATE INDEX safety_task_patient ON safety_task (patient_id);
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
