"""What is done to a running infusion, deviations, and floor events."""

from alembic import op

revision = "0028"
down_revision = "0027"

DDL = """
ALTER TABLE session ADD COLUMN reckoned boolean NOT NULL DEFAULT false, ADD COLUMN suspended_at timestamptz,
  ADD COLUMN clocks_from timestamptz;

CREATE TABLE session_entry (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  session_id uuid NOT NULL REFERENCES session,
  kind varchar NOT NULL CONSTRAINT known_kind CHECK (kind IN ('PAUSED', 'RESUMED', 'RATE_CHANGED')),
  occurred_at timestamptz NOT NULL, recorded_at timestamptz NOT NULL, recorded_by varchar NOT NULL,
  source varchar NOT NULL CONSTRAINT known_source CHECK (source IN ('staff', 'device', 'paper')), detail text NOT NULL);
CREATE INDEX session_entry_session ON session_entry (session_id, occurred_at);

CREATE TABLE deviation (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  session_id uuid NOT NULL REFERENCES session, occurred_at timestamptz NOT NULL, recorded_at timestamptz NOT NULL,
  recorded_by varchar NOT NULL, detail text NOT NULL);
CREATE INDEX ix_deviation_session_id ON deviation (session_id);

CREATE TABLE floor_event (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, location varchar NOT NULL,
  version integer NOT NULL,
  kind varchar NOT NULL
    CONSTRAINT known_kind CHECK (kind IN ('FIRE_ALARM', 'EVACUATION', 'POWER_FAILURE', 'THREAT', 'OTHER')),
  action varchar NOT NULL CONSTRAINT known_action CHECK (action IN ('PAUSE', 'STOP')),
  source varchar NOT NULL CONSTRAINT known_source CHECK (source IN ('staff', 'device', 'paper')),
  occurred_at timestamptz NOT NULL, recorded_at timestamptz NOT NULL, recorded_by varchar NOT NULL,
  ended_at timestamptz, ended_by varchar);
CREATE UNIQUE INDEX floor_event_open ON floor_event (clinic_id, location) WHERE ended_at IS NULL;

CREATE TABLE floor_seat (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  floor_event_id uuid NOT NULL REFERENCES floor_event, session_id uuid NOT NULL REFERENCES session,
  phase varchar NOT NULL, taken_at timestamptz NOT NULL,
  outcome varchar CONSTRAINT known_outcome CHECK (outcome IN ('RESUMED', 'RECOVERING', 'STOPPED')),
  settled_at timestamptz, settled_by varchar, UNIQUE (floor_event_id, session_id));
CREATE INDEX ix_floor_seat_session_id ON floor_seat (session_id);
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
