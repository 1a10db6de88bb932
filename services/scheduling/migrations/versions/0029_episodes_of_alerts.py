"""One episode is one alert: its findings are kept one by one. Every alert from before is an episode of one finding."""

from alembic import op

revision = "0029"
down_revision = "0028"

DDL = """
ALTER TABLE alert ADD COLUMN watched boolean NOT NULL DEFAULT false, ADD COLUMN count int NOT NULL DEFAULT 1,
  ADD COLUMN last_seen_at timestamptz, ADD COLUMN withdrawn_at timestamptz;

CREATE TABLE alert_sighting (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  session_id uuid NOT NULL REFERENCES session, alert_id uuid NOT NULL REFERENCES alert,
  observation_id uuid REFERENCES observation, seen_at timestamptz NOT NULL, recorded_at timestamptz NOT NULL,
  withdrawn_at timestamptz, detail text NOT NULL);
CREATE INDEX ix_alert_sighting_session_id ON alert_sighting (session_id);
CREATE INDEX ix_alert_sighting_alert_id ON alert_sighting (alert_id)
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
