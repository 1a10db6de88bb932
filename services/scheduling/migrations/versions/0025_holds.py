"""Slots that are held before they are booked. One constraint over appointments and holds: no seat is taken twice."""

from alembic import op

revision = "0025"
down_revision = "0024"

DDL = """
CREATE TABLE slot_hold (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  version int NOT NULL,
  state varchar NOT NULL CONSTRAINT known_state CHECK (state IN ('HELD', 'BOOKED', 'RELEASED', 'EXPIRED')),
  subject_id uuid NOT NULL, kind varchar NOT NULL, course_id uuid REFERENCES course,
  appointment_id uuid REFERENCES appointment, location varchar NOT NULL, location_id uuid NOT NULL, chair varchar,
  chair_id uuid NOT NULL, zone varchar NOT NULL, starts_at timestamptz NOT NULL, ends_at timestamptz NOT NULL,
  held_at timestamptz NOT NULL, held_until timestamptz NOT NULL,
  CONSTRAINT slot_hold_ordered CHECK (ends_at > starts_at));
CREATE INDEX slot_held ON slot_hold (location_id, held_until) WHERE state = 'HELD';
CREATE INDEX ix_slot_hold_patient_id ON slot_hold (patient_id);

CREATE TABLE seat_taken (
  holder_id uuid PRIMARY KEY, seat_id uuid NOT NULL, during tstzrange NOT NULL,
  CONSTRAINT seat_is_exclusive EXCLUDE USING gist (uuidrange(seat_id, seat_id, '[]') WITH &&, during WITH &&));
INSERT INTO seat_taken SELECT id, chair_id, tstzrange(starts_at, ends_at) FROM appointment
  WHERE state IN ('CHECKED_IN', 'CONFIRMED', 'IN_PROGRESS', 'RECOVERY');
ALTER TABLE appointment DROP CONSTRAINT appointment_chair_is_exclusive;

CREATE FUNCTION seat_follows() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN IF TG_OP <> ''INSERT'' THEN DELETE FROM seat_taken WHERE holder_id = OLD.id; END IF; IF TG_OP <> ''DELETE''
    AND NEW.state IN (''CHECKED_IN'', ''CONFIRMED'', ''HELD'', ''IN_PROGRESS'', ''RECOVERY'') THEN
    INSERT INTO seat_taken VALUES (NEW.id, NEW.chair_id, tstzrange(NEW.starts_at, NEW.ends_at)); END IF; RETURN NULL
    ; END';
CREATE TRIGGER seat_follows AFTER INSERT OR DELETE OR UPDATE OF state, chair_id, starts_at, ends_at ON appointment
  FOR EACH ROW EXECUTE FUNCTION seat_follows();
CREATE TRIGGER seat_follows AFTER INSERT OR DELETE OR UPDATE OF state, chair_id, starts_at, ends_at ON slot_hold
  FOR EACH ROW EXECUTE FUNCTION seat_follows();
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
