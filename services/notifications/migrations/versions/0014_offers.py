"""Slots that a patient is offered, and the messages about them."""

from alembic import op

revision = "0014"
down_revision = "0013"

DDL = """
CREATE TABLE offer (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid, patient_id uuid NOT NULL, version int NOT NULL,
  state text NOT NULL, appointment_id uuid NOT NULL, location text NOT NULL, zone text NOT NULL,
  starts_at timestamptz NOT NULL, previous_starts_at timestamptz NOT NULL, expires_at timestamptz NOT NULL,
  waitlist boolean NOT NULL);

ALTER TABLE message ADD COLUMN offer_id uuid, ADD COLUMN offer_version int;
CREATE INDEX message_of_offer ON message (offer_id);
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
