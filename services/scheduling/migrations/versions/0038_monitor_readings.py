"""What monitors send is kept beside what staff observes."""

from alembic import op

revision, down_revision = "0038", "0037"

DDL = """
CREATE TABLE monitor_reading (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  session_id uuid NOT NULL REFERENCES session, device_id varchar NOT NULL, taken_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL, vitals text NOT NULL);
CREATE UNIQUE INDEX monitor_reading_once ON monitor_reading (session_id, device_id, taken_at);
"""


def upgrade() -> None:
    for statement in filter(str.strip, DDL.split(";")):
        op.execute(statement)
