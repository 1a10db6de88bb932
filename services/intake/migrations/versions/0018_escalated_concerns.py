"""How far a safety concern has climbed the on-call ladder, and every attempt to page somebody about it."""

from alembic import op

revision = "0018"
down_revision = "0017"

DDL = """
ALTER TABLE safety_concern ADD COLUMN rung int NOT NULL DEFAULT 0, ADD COLUMN escalations int NOT NULL DEFAULT 0,
  ADD COLUMN escalated_at timestamptz;

CREATE TABLE concern_page (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
  patient_id uuid NOT NULL REFERENCES patient, concern_id uuid NOT NULL REFERENCES safety_concern,
  correlation_id uuid NOT NULL, escalation int NOT NULL, rung int NOT NULL, attempt int NOT NULL,
  channel varchar NOT NULL CONSTRAINT concern_page_channel CHECK (channel IN ('EMAIL', 'WEBHOOK')),
  target text NOT NULL,
  state varchar NOT NULL CONSTRAINT concern_page_state
    CHECK (state IN ('OWED', 'SENDING', 'TAKEN', 'REFUSED', 'NOT_TAKEN', 'LOST', 'WITHDRAWN')),
  due_at timestamptz NOT NULL, begun_at timestamptz, ended_at timestamptz);
CREATE INDEX concern_page_concern ON concern_page (concern_id);
CREATE INDEX concern_page_due ON concern_page (due_at) WHERE state IN ('OWED', 'SENDING');

INSERT INTO timer (kind, aggregate_id, version, due_at, key, organisation_id, clinic_id, correlation_id)
SELECT 'concern_unanswered', id, 1, acknowledge_by, patient_id, organisation_id, clinic_id, gen_random_uuid()
FROM safety_concern WHERE state = 'OPEN' AND acknowledged_at IS NULL;
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
