"""The check on the day of a session, and by what two patients of one name and birth date are noticed.

A patient from before has no `name_key` and gets it at the next check-in of anybody, 500 at a time; until all have one
everybody is asked for a third identifier.
"""

from alembic import op

revision, down_revision = "0031", "0030"

DDL = """
CREATE TABLE day_record (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  session_id uuid NOT NULL REFERENCES session, occurred_at timestamptz NOT NULL, recorded_at timestamptz NOT NULL,
  recorded_by varchar NOT NULL,
  source varchar NOT NULL CONSTRAINT known_source CHECK (source IN ('staff', 'device', 'paper')),
  answers text NOT NULL);
CREATE INDEX ix_day_record_session_id ON day_record (session_id);
CREATE INDEX ix_day_record_patient_id ON day_record (patient_id);
CREATE TABLE day_override (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  session_id uuid NOT NULL REFERENCES session, overridden_at timestamptz NOT NULL, overridden_by varchar NOT NULL,
  detail text NOT NULL);
CREATE INDEX ix_day_override_session_id ON day_override (session_id);
CREATE INDEX ix_day_override_patient_id ON day_override (patient_id);
ALTER TABLE patient ADD COLUMN name_key varchar;
CREATE INDEX patient_name_key ON patient (organisation_id, name_key) WHERE identity IS NOT NULL;
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
