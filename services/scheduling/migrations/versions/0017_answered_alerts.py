"""Alerts are acknowledged, and page whoever is on call until they are. Those from before page nobody."""

from alembic import op

revision = "0017"
down_revision = "0016"

DDL = """
ALTER TABLE alert ADD COLUMN version int NOT NULL DEFAULT 1, ADD COLUMN acknowledge_by timestamptz,
  ADD COLUMN acknowledged_at timestamptz, ADD COLUMN acknowledged_by varchar,
  ADD COLUMN rung int NOT NULL DEFAULT 0, ADD COLUMN escalations int NOT NULL DEFAULT 0,
  ADD COLUMN escalated_at timestamptz, ADD COLUMN answers text;
CREATE INDEX alert_unanswered ON alert (clinic_id, acknowledge_by, id) WHERE acknowledged_at IS NULL;

CREATE TABLE alert_page (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  alert_id uuid NOT NULL REFERENCES alert, correlation_id uuid NOT NULL, escalation int NOT NULL, rung int NOT NULL,
  attempt int NOT NULL, channel varchar NOT NULL CONSTRAINT alert_page_channel CHECK (channel IN ('EMAIL', 'WEBHOOK')),
  target text NOT NULL,
  state varchar NOT NULL CONSTRAINT alert_page_state
    CHECK (state IN ('OWED', 'SENDING', 'TAKEN', 'REFUSED', 'NOT_TAKEN', 'LOST', 'WITHDRAWN')),
  due_at timestamptz NOT NULL, begun_at timestamptz, ended_at timestamptz);
CREATE INDEX alert_page_alert ON alert_page (alert_id);
CREATE INDEX alert_page_due ON alert_page (due_at) WHERE state IN ('OWED', 'SENDING');
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
