"""Every clinical entry with both its times and its source; moved entries; signed records."""

from alembic import op

revision = "0030"
down_revision = "0029"

DDL = """
ALTER TABLE session_entry DROP CONSTRAINT known_kind, ALTER COLUMN detail DROP NOT NULL,
  ADD CONSTRAINT known_kind CHECK (kind IN ('PAUSED', 'RESUMED', 'RATE_CHANGED', 'STARTED', 'INFUSION_ENDED',
    'ABORTED', 'DISCHARGED', 'ADDENDUM'));
ALTER TABLE device ADD COLUMN source varchar NOT NULL DEFAULT 'staff'
  CONSTRAINT known_source CHECK (source IN ('staff', 'device', 'paper'));

CREATE TABLE entry_move (
  entry_id uuid PRIMARY KEY, organisation_id uuid NOT NULL, session_id uuid NOT NULL REFERENCES session,
  to_session_id uuid NOT NULL REFERENCES session, new_entry_id uuid NOT NULL, reason varchar NOT NULL,
  moved_at timestamptz NOT NULL, moved_by varchar NOT NULL);
CREATE INDEX ix_entry_move_session_id ON entry_move (session_id);

CREATE TABLE session_signature (
  session_id uuid PRIMARY KEY REFERENCES session, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
  patient_id uuid NOT NULL, signed_at timestamptz NOT NULL, signed_by varchar NOT NULL, digest varchar NOT NULL)
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
