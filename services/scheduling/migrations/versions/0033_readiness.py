"""Readiness of booked sessions is swept before their day; those that are booked already as well."""

from alembic import op

revision, down_revision = "0033", "0032"

DDL = """
CREATE TABLE session_readiness (
  id uuid PRIMARY KEY REFERENCES appointment, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
  patient_id uuid NOT NULL, version int NOT NULL, booking int NOT NULL, starts_at timestamptz NOT NULL,
  round int NOT NULL, swept_hours int,
  changed_at timestamptz, detail text);
CREATE INDEX ix_session_readiness_patient_id ON session_readiness (patient_id);
INSERT INTO session_readiness (id, organisation_id, clinic_id, patient_id, version, booking, starts_at, round)
  SELECT id, organisation_id, clinic_id, patient_id, 0, version, starts_at, 0 FROM appointment
  WHERE kind = 'session' AND state = 'CONFIRMED';
INSERT INTO timer (kind, aggregate_id, version, due_at, key, organisation_id, clinic_id, correlation_id)
  SELECT 'readiness_sweep', id, version::bigint * 1000 + 72, starts_at - interval '72 hours', patient_id,
    organisation_id, clinic_id, gen_random_uuid()
  FROM appointment WHERE kind = 'session' AND state = 'CONFIRMED';
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
