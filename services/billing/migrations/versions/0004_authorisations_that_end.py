"""Reviews of authorisations that run low or end soon."""

from alembic import op

revision = "0004"
down_revision = "0003"

DDL = """
ALTER TABLE review DROP CONSTRAINT known_subject, DROP CONSTRAINT known_reason;
ALTER TABLE review
  ADD CONSTRAINT known_subject CHECK (subject IN ('COURSE', 'SESSION', 'APPOINTMENT', 'AUTHORISATION')),
  ADD CONSTRAINT known_reason CHECK (reason IN (
    'NO_CLINIC_FILE', 'NO_PRICE', 'NO_COURSE', 'ABOVE_ESTIMATE', 'SESSION_ABORTED', 'LATE_CANCEL', 'NO_SHOW',
    'NO_AUTHORISATION', 'AUTHORISATION_LOW', 'AUTHORISATION_ENDS'));
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
