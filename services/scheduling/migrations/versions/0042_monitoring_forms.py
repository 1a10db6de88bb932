"""The programme's form is filled in here and sent in versions; of what is not sent yet somebody is reminded."""

from alembic import op

revision, down_revision = "0042", "0041"

DDL = """
ALTER TABLE rems_form ADD COLUMN version int NOT NULL DEFAULT 1, ADD COLUMN told int NOT NULL DEFAULT 0,
  ADD COLUMN draft text;
CREATE TABLE rems_form_version (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  session_id uuid NOT NULL REFERENCES session, number int NOT NULL, sent_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL, recorded_by varchar NOT NULL,
  way varchar CONSTRAINT known_way CHECK (way IN ('FAX', 'MAIL', 'PORTAL')),
  content text NOT NULL, UNIQUE (session_id, number));
INSERT INTO timer (kind, aggregate_id, version, due_at, key, organisation_id, clinic_id, correlation_id)
  SELECT 'rems_form_reminder', f.session_id, 1, (f.due_on - 2 + interval '6 hours') AT TIME ZONE a.zone, f.patient_id,
    f.organisation_id, f.clinic_id, gen_random_uuid()
  FROM rems_form f JOIN session s ON s.id = f.session_id JOIN appointment a ON a.id = s.appointment_id
  WHERE f.submitted_at IS NULL;
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
