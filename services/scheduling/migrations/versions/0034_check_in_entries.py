"""A check-in is an entry of the chart, with both its times and its source; those of before stay as they were signed."""

from alembic import op

revision, down_revision = "0034", "0033"

DDL = """
ALTER TABLE session_entry DROP CONSTRAINT known_kind,
  ADD CONSTRAINT known_kind CHECK (kind IN ('PAUSED', 'RESUMED', 'RATE_CHANGED', 'CHECKED_IN', 'STARTED',
    'INFUSION_ENDED', 'ABORTED', 'DISCHARGED', 'ADDENDUM'))
"""


def upgrade() -> None:
    op.execute(DDL)
