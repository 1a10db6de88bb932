"""A medicine given beside a dose is an entry of the chart; which chairs have a session open is found by an index."""

from alembic import op

revision, down_revision = "0037", "0036"

DDL = """
ALTER TABLE session_entry DROP CONSTRAINT known_kind,
  ADD CONSTRAINT known_kind CHECK (kind IN ('PAUSED', 'RESUMED', 'RATE_CHANGED', 'CHECKED_IN', 'STARTED',
    'INFUSION_ENDED', 'ABORTED', 'DISCHARGED', 'ADDENDUM', 'MEDICINE_GIVEN'))
"""
INDEX = "CREATE INDEX appointment_running ON appointment (chair_id) WHERE state IN ('IN_PROGRESS', 'RECOVERY')"


def upgrade() -> None:
    op.execute(DDL)
    op.execute(INDEX)
