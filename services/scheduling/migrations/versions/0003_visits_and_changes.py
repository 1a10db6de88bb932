"""Visits without a course, sessions that were missed, and the state of a course."""

from alembic import op

from shared.db import machinery

revision = "0003"
down_revision = "0002"

DDL = """
ALTER TABLE course
  ADD COLUMN state varchar NOT NULL DEFAULT 'ACTIVE' CONSTRAINT known_state CHECK (state IN
    ('ACTIVE', 'NEEDS_CLINICIAN', 'COMPLETE', 'CANCELLED')),
  ADD COLUMN reviewed_at timestamptz;
ALTER TABLE course ALTER COLUMN state DROP DEFAULT;

ALTER TABLE appointment
  ALTER COLUMN course_id DROP NOT NULL, ALTER COLUMN session_number DROP NOT NULL, ALTER COLUMN chair DROP NOT NULL,
  ADD CONSTRAINT session_has_course CHECK (
    (kind = 'session') = (course_id IS NOT NULL AND session_number IS NOT NULL AND chair IS NOT NULL)),
  DROP CONSTRAINT known_state,
  ADD CONSTRAINT known_state CHECK (state IN
    ('CONFIRMED', 'CHECKED_IN', 'IN_PROGRESS', 'RECOVERY', 'COMPLETED', 'CANCELLED', 'ABORTED', 'NO_SHOW'));
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
    machinery.create_changes()
