"""What billing told about courses: their newest estimate, and what is paid before their sessions."""

from alembic import op

revision, down_revision = "0039", "0038"

DDL = """
CREATE TABLE course_estimate (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, patient_id uuid NOT NULL, version int NOT NULL,
  estimate_id uuid NOT NULL, numbers int[] NOT NULL);
CREATE INDEX ix_course_estimate_patient_id ON course_estimate (patient_id);
CREATE TABLE course_payment (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, patient_id uuid NOT NULL, version int NOT NULL,
  detail text NOT NULL);
CREATE INDEX ix_course_payment_patient_id ON course_payment (patient_id);
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
