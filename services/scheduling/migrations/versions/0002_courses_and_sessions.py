"""What intake told, closures, courses, appointments with exclusive chairs, sessions, observations, alerts."""

from alembic import op

revision = "0002"
down_revision = "0001"

DDL = """
CREATE TABLE patient (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, version int NOT NULL, identity text);

CREATE TABLE screening (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, patient_id uuid NOT NULL, version int,
  screened_at timestamptz, summary text, review_version int, review text);
CREATE INDEX ix_screening_patient_id ON screening (patient_id);

CREATE TABLE consent (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, patient_id uuid NOT NULL, version int NOT NULL,
  state varchar NOT NULL CONSTRAINT known_state CHECK (state IN ('SIGNED', 'REVOKED')), valid_until timestamptz);
CREATE INDEX ix_consent_patient_id ON consent (patient_id);

CREATE TABLE dose_order (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, patient_id uuid NOT NULL, version int NOT NULL,
  state varchar NOT NULL CONSTRAINT known_state CHECK (state IN ('SIGNED', 'REVOKED')),
  signed_at timestamptz, expires_at timestamptz, content text);
CREATE INDEX ix_dose_order_patient_id ON dose_order (patient_id);

CREATE TABLE safety_concern (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, patient_id uuid NOT NULL, version int NOT NULL,
  state varchar NOT NULL CONSTRAINT known_state CHECK (state IN ('OPEN', 'RESOLVED')));
CREATE INDEX ix_safety_concern_patient_id ON safety_concern (patient_id);

CREATE TABLE closure (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, location varchar,
  first_day date NOT NULL, last_day date NOT NULL, reason varchar NOT NULL, created_at timestamptz NOT NULL,
  CONSTRAINT closure_ordered CHECK (last_day >= first_day));
CREATE INDEX ix_closure_clinic_id ON closure (clinic_id);

CREATE TABLE location_lock (location_id uuid PRIMARY KEY);

CREATE TABLE course (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  version int NOT NULL, location varchar NOT NULL, zone varchar NOT NULL, session_count int NOT NULL,
  min_gap_hours int NOT NULL, file_hash varchar NOT NULL, planned_at timestamptz NOT NULL, plan text NOT NULL);
CREATE INDEX ix_course_patient_id ON course (patient_id);

CREATE TABLE appointment (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  version int NOT NULL,
  state varchar NOT NULL CONSTRAINT known_state CHECK (state IN
    ('CONFIRMED', 'CHECKED_IN', 'IN_PROGRESS', 'RECOVERY', 'COMPLETED', 'CANCELLED', 'ABORTED')),
  kind varchar NOT NULL, course_id uuid NOT NULL REFERENCES course, session_number int NOT NULL,
  location varchar NOT NULL, chair varchar NOT NULL, chair_id uuid NOT NULL, zone varchar NOT NULL,
  starts_at timestamptz NOT NULL, ends_at timestamptz NOT NULL, booked_at timestamptz NOT NULL,
  cancelled_at timestamptz, late boolean, cancel_reason text, escort text,
  UNIQUE (course_id, session_number),
  CONSTRAINT appointment_ordered CHECK (ends_at > starts_at),
  CONSTRAINT appointment_chair_is_exclusive EXCLUDE USING gist (
    uuidrange(chair_id, chair_id, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&)
    WHERE (state IN ('CHECKED_IN', 'CONFIRMED', 'IN_PROGRESS', 'RECOVERY')),
  CONSTRAINT appointment_patient_is_exclusive EXCLUDE USING gist (
    uuidrange(patient_id, patient_id, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&)
    WHERE (state IN ('CHECKED_IN', 'CONFIRMED', 'IN_PROGRESS', 'RECOVERY')));
CREATE INDEX ix_appointment_patient_id ON appointment (patient_id);
CREATE INDEX appointment_day ON appointment (clinic_id, starts_at);

CREATE TABLE session (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  appointment_id uuid NOT NULL UNIQUE REFERENCES appointment, version int NOT NULL,
  state varchar NOT NULL CONSTRAINT known_state CHECK (state IN
    ('CHECKED_IN', 'IN_PROGRESS', 'RECOVERY', 'COMPLETED', 'CANCELLED', 'ABORTED')),
  file_hash varchar NOT NULL, vital_round int NOT NULL, checked_in_at timestamptz NOT NULL,
  started_at timestamptz, infusion_ended_at timestamptz, closed_at timestamptz,
  order_id uuid, order_content text, delivered text, abort_reason text, departure text);
CREATE INDEX ix_session_patient_id ON session (patient_id);

CREATE TABLE observation (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  session_id uuid NOT NULL REFERENCES session, occurred_at timestamptz NOT NULL, recorded_at timestamptz NOT NULL,
  recorded_by varchar NOT NULL,
  source varchar NOT NULL CONSTRAINT known_source CHECK (source IN ('staff', 'device', 'paper')),
  vitals text NOT NULL);
CREATE INDEX observation_session ON observation (session_id, occurred_at);

CREATE TABLE alert (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  session_id uuid NOT NULL REFERENCES session, observation_id uuid REFERENCES observation,
  raised_at timestamptz NOT NULL, detail text NOT NULL);
CREATE INDEX ix_alert_session_id ON alert (session_id);
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
