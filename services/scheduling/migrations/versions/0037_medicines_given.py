"""A medicine given beside a dose is an entry of the chart."""

from alembic import op

revision, down_revision = "0037", "0036"

DDL = """
ALTER TABLE session_entry DROP CONSTRAINT known_kind,
  ADD CONSTRAINT known_kind CHECK (kind IN ('PAUSED', 'RESUMED', 'RATE_CHANGED', 'CHECKED_IN', 'STARTED',
    'INFUSION_ENDED', 'ABORTED', 'DISCHARGED', 'ADDENDUM', 'MEDICINE_GIVEN'))
"""


def upgrade() -> None:
    op.execute(DDL)
