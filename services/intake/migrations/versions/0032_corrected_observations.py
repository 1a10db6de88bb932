"""Readings and questionnaires that staff corrected, and whether rules in force may ask something else at intake."""

from alembic import op

revision = "0032"
down_revision = "0031"

DDL = """
CREATE TABLE reading_correction (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
  patient_id uuid NOT NULL REFERENCES patient, reading_id uuid NOT NULL REFERENCES reading,
  replaced_by uuid REFERENCES reading, corrected_at timestamptz NOT NULL, corrected_by varchar NOT NULL,
  reason_code varchar NOT NULL);
CREATE UNIQUE INDEX reading_correction_of ON reading_correction (reading_id);
CREATE INDEX ix_reading_correction_patient_id ON reading_correction (patient_id);

CREATE TABLE questionnaire_correction (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
  patient_id uuid NOT NULL REFERENCES patient, questionnaire_id uuid NOT NULL REFERENCES questionnaire,
  replaced_by uuid NOT NULL REFERENCES questionnaire, corrected_at timestamptz NOT NULL,
  corrected_by varchar NOT NULL, reason_code varchar NOT NULL);
CREATE UNIQUE INDEX questionnaire_correction_of ON questionnaire_correction (questionnaire_id);
CREATE INDEX ix_questionnaire_correction_patient_id ON questionnaire_correction (patient_id);

ALTER TABLE rescreening ADD COLUMN asks_anew boolean NOT NULL DEFAULT true;
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
