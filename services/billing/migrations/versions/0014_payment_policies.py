"""What was told of payments before sessions, and how far a new clinic file was looked into."""

from alembic import op

revision, down_revision = "0014", "0013"

DDL = """
CREATE TABLE course_payment (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  course_id uuid NOT NULL UNIQUE, version int NOT NULL, met boolean NOT NULL, since timestamptz NOT NULL,
  detail text NOT NULL, told_at timestamptz NOT NULL);
CREATE INDEX ix_course_payment_patient_id ON course_payment (patient_id);
CREATE TABLE policy_look (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, hash text, last_patient_id uuid, done boolean NOT NULL);
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
