"""Who waits for an earlier slot, and slots that became free."""

from alembic import op

revision = "0027"
down_revision = "0026"

DDL = """
CREATE TABLE waitlist_entry (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  version int NOT NULL, state varchar NOT NULL CONSTRAINT known_state CHECK (state IN ('WAITING', 'SERVED', 'LEFT')),
  appointment_id uuid NOT NULL REFERENCES appointment, location varchar NOT NULL, priority int NOT NULL,
  first_day date, last_day date, from_time time, until_time time, asked_at timestamptz NOT NULL);
CREATE UNIQUE INDEX waitlist_once ON waitlist_entry (appointment_id) WHERE state = 'WAITING';
CREATE INDEX waitlist_waiting ON waitlist_entry (clinic_id, location) WHERE state = 'WAITING';
CREATE INDEX ix_waitlist_entry_patient_id ON waitlist_entry (patient_id);

CREATE TABLE slot_opening (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, location varchar NOT NULL,
  state varchar NOT NULL CONSTRAINT known_state CHECK (state IN ('OPEN', 'CLAIMED', 'CLOSED')), round int NOT NULL,
  starts_at timestamptz NOT NULL, opened_at timestamptz NOT NULL);
CREATE INDEX ix_slot_opening_clinic_id ON slot_opening (clinic_id);

ALTER TABLE slot_offer DROP CONSTRAINT known_state, DROP CONSTRAINT known_cause,
  ADD CONSTRAINT known_state CHECK (state IN
    ('OPEN', 'ACCEPTED', 'DECLINED', 'EXPIRED', 'WITHDRAWN', 'UNPLACED', 'LOST')),
  ADD CONSTRAINT known_cause CHECK (cause IN ('CLOSURE', 'ABSENCE', 'OUTAGE', 'WAITLIST')),
  ADD COLUMN location varchar, ADD COLUMN to_starts_at timestamptz, ADD COLUMN to_ends_at timestamptz;
CREATE INDEX slot_offer_cause ON slot_offer (cause_id);
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
