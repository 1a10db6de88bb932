"""Differences in the drug ledger, and losses, page whoever the clinic names; those that wait already begin at once."""

from alembic import op

revision, down_revision = "0036", "0035"

DDL = """
ALTER TABLE stock_discrepancy ADD COLUMN rung int NOT NULL DEFAULT 0, ADD COLUMN escalations int NOT NULL DEFAULT 0,
  ADD COLUMN escalated_at timestamptz;
CREATE TABLE discrepancy_page (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid,
  discrepancy_id uuid NOT NULL REFERENCES stock_discrepancy, correlation_id uuid NOT NULL, escalation int NOT NULL,
  rung int NOT NULL, attempt int NOT NULL,
  channel varchar NOT NULL CONSTRAINT discrepancy_page_channel CHECK (channel IN ('EMAIL', 'WEBHOOK')),
  target text NOT NULL,
  state varchar NOT NULL CONSTRAINT discrepancy_page_state
    CHECK (state IN ('OWED', 'SENDING', 'TAKEN', 'REFUSED', 'NOT_TAKEN', 'LOST', 'WITHDRAWN')),
  due_at timestamptz NOT NULL, begun_at timestamptz, ended_at timestamptz);
CREATE INDEX discrepancy_page_discrepancy ON discrepancy_page (discrepancy_id);
CREATE INDEX discrepancy_page_due ON discrepancy_page (due_at) WHERE state IN ('OWED', 'SENDING');
INSERT INTO timer (kind, aggregate_id, version, due_at, key, organisation_id, clinic_id, correlation_id)
  SELECT 'ledger_alarm', id, 1, now(), id, organisation_id, clinic_id, gen_random_uuid()
  FROM stock_discrepancy WHERE state = 'OPEN' OR (state = 'LOSS' AND (notice_at IS NULL OR form_at IS NULL));
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
