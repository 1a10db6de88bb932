"""Who was expected where when something happened to a floor, and what was found there."""

from alembic import op

revision, down_revision = "0044", "0043"

DDL = """
CREATE TABLE floor_place (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
  floor_event_id uuid NOT NULL REFERENCES floor_event, chair varchar, appointment_id uuid REFERENCES appointment,
  patient_id uuid, taken_at timestamptz NOT NULL,
  CONSTRAINT floor_place_of CHECK (chair IS NOT NULL OR appointment_id IS NOT NULL));
CREATE INDEX ix_floor_place_floor_event_id ON floor_place (floor_event_id);
CREATE TABLE floor_finding (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
  floor_place_id uuid NOT NULL REFERENCES floor_place,
  found varchar NOT NULL CONSTRAINT known_found CHECK (found IN ('EMPTY', 'OUT', 'MISSING', 'DOSE_STOPPED')),
  occurred_at timestamptz NOT NULL, recorded_at timestamptz NOT NULL, recorded_by varchar NOT NULL,
  source varchar NOT NULL CONSTRAINT known_source CHECK (source IN ('staff', 'device', 'paper')));
CREATE INDEX ix_floor_finding_floor_place_id ON floor_finding (floor_place_id);
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
