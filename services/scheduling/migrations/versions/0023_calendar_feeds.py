"""Calendars behind secret links."""

from alembic import op

revision = "0023"
down_revision = "0022"

DDL = """
CREATE TABLE calendar_feed (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, version integer NOT NULL,
  state varchar NOT NULL CONSTRAINT known_state CHECK (state IN ('ACTIVE', 'REVOKED')),
  staff_id uuid REFERENCES staff_member, location varchar, digest varchar NOT NULL UNIQUE,
  opened_at timestamptz NOT NULL, opened_by varchar NOT NULL, revoked_at timestamptz, revoked_by varchar,
  CONSTRAINT calendar_of_one CHECK ((staff_id IS NULL) <> (location IS NULL)));
CREATE INDEX ix_calendar_feed_clinic_id ON calendar_feed (clinic_id);
CREATE INDEX shift_person ON shift (staff_id, starts_at);
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
