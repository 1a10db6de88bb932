"""Enrolment, authorisations, devices and forms of the nasal spray."""

from alembic import op

revision = "0004"
down_revision = "0003"

DDL = """
CREATE TABLE authorisation (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, patient_id uuid NOT NULL, version int NOT NULL,
  detail text NOT NULL);
CREATE INDEX ix_authorisation_patient_id ON authorisation (patient_id);

CREATE TABLE enrolment (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  version int NOT NULL, programme varchar NOT NULL,
  state varchar NOT NULL CONSTRAINT known_state CHECK (state IN ('PENDING', 'ENROLLED', 'WITHDRAWN')),
  changed_at timestamptz NOT NULL, UNIQUE (patient_id, programme));

CREATE TABLE device (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  session_id uuid NOT NULL REFERENCES session, number int NOT NULL, given_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL, recorded_by varchar NOT NULL, detail text NOT NULL, UNIQUE (session_id, number));

CREATE TABLE rems_form (
  session_id uuid PRIMARY KEY REFERENCES session, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
  patient_id uuid NOT NULL, due_on date NOT NULL, submitted_at timestamptz, submitted_by varchar);
CREATE INDEX ix_rems_form_clinic_id ON rems_form (clinic_id);
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
