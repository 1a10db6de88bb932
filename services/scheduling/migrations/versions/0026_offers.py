"""Chairs that are out of order, and slots that are offered instead of what cannot take place."""

from alembic import op

revision = "0026"
down_revision = "0025"

DDL = """
CREATE TABLE chair_outage (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, location varchar NOT NULL,
  chair varchar NOT NULL, chair_id uuid NOT NULL, version int NOT NULL,
  state varchar NOT NULL CONSTRAINT known_state CHECK (state IN ('ACTIVE', 'CANCELLED')),
  starts_at timestamptz NOT NULL, ends_at timestamptz NOT NULL, reason varchar NOT NULL,
  CONSTRAINT chair_outage_ordered CHECK (ends_at > starts_at));
CREATE INDEX ix_chair_outage_chair_id ON chair_outage (chair_id);
CREATE INDEX ix_chair_outage_clinic_id ON chair_outage (clinic_id);

CREATE TABLE slot_offer (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  version int NOT NULL, state varchar NOT NULL CONSTRAINT known_state CHECK (state IN
    ('OPEN', 'ACCEPTED', 'DECLINED', 'EXPIRED', 'WITHDRAWN', 'UNPLACED')),
  cause varchar NOT NULL CONSTRAINT known_cause CHECK (cause IN ('CLOSURE', 'ABSENCE', 'OUTAGE')),
  cause_id uuid NOT NULL, appointment_id uuid NOT NULL REFERENCES appointment, course_id uuid REFERENCES course,
  zone varchar NOT NULL, starts_at timestamptz NOT NULL, offered_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL, answered_at timestamptz, answered_by varchar);
CREATE INDEX slot_offer_calls ON slot_offer (clinic_id, starts_at)
  WHERE state IN ('OPEN', 'DECLINED', 'EXPIRED', 'UNPLACED');
CREATE INDEX ix_slot_offer_patient_id ON slot_offer (patient_id);
CREATE INDEX ix_slot_offer_appointment_id ON slot_offer (appointment_id);

ALTER TABLE slot_hold ADD COLUMN offer_id uuid REFERENCES slot_offer, ADD COLUMN instead_of timestamptz,
  ADD COLUMN replaces boolean NOT NULL DEFAULT false, ADD COLUMN session_number int;
CREATE INDEX ix_slot_hold_offer_id ON slot_hold (offer_id);
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
