"""Staff with what expires, shifts and absences. Nobody is in two active shifts at once, at whatever clinic."""

from alembic import op

revision = "0021"
down_revision = "0020"

DDL = """
CREATE TABLE staff_member (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, version integer NOT NULL,
  state varchar NOT NULL CONSTRAINT known_state CHECK (state IN ('ACTIVE', 'LEFT')), name varchar NOT NULL,
  role varchar NOT NULL CONSTRAINT known_role CHECK (role IN ('NURSE', 'PRESCRIBER', 'OTHER')),
  credentials jsonb NOT NULL);
CREATE INDEX ix_staff_member_clinic_id ON staff_member (clinic_id);
CREATE TABLE shift (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, location varchar NOT NULL,
  staff_id uuid NOT NULL REFERENCES staff_member, version integer NOT NULL,
  state varchar NOT NULL CONSTRAINT known_state CHECK (state IN ('ACTIVE', 'CANCELLED')),
  starts_at timestamptz NOT NULL, ends_at timestamptz NOT NULL,
  CONSTRAINT shift_ordered CHECK (ends_at > starts_at),
  CONSTRAINT shift_person_is_exclusive EXCLUDE USING gist (
    uuidrange(staff_id, staff_id, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&) WHERE (state = 'ACTIVE'));
CREATE INDEX shift_day ON shift (clinic_id, starts_at);
CREATE TABLE absence (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
  staff_id uuid NOT NULL REFERENCES staff_member, version integer NOT NULL,
  state varchar NOT NULL CONSTRAINT known_state CHECK (state IN ('ACTIVE', 'CANCELLED')),
  starts_at timestamptz NOT NULL, ends_at timestamptz NOT NULL, reason varchar NOT NULL,
  CONSTRAINT absence_ordered CHECK (ends_at > starts_at));
CREATE INDEX ix_absence_staff_id ON absence (staff_id);
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
