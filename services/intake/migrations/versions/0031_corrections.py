"""Instruments that were entered wrongly, and what takes their place."""

from alembic import op

revision = "0031"
down_revision = "0030"

DDL = """
CREATE TABLE correction (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
  patient_id uuid NOT NULL REFERENCES patient, assessment_id uuid NOT NULL REFERENCES assessment,
  replaced_by uuid NOT NULL REFERENCES assessment, corrected_at timestamptz NOT NULL,
  corrected_by varchar NOT NULL, reason_code varchar NOT NULL);
CREATE UNIQUE INDEX correction_of ON correction (assessment_id);
CREATE INDEX ix_correction_patient_id ON correction (patient_id);
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
