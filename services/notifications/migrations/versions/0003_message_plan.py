"""The whole message plan: courses, screenings, e-mail beside texts, and call tasks for whom neither reaches."""

from alembic import op

from shared.db import machinery

revision = "0003"
down_revision = "0002"

DDL = """
ALTER TABLE contact_point ADD COLUMN address_index text;

ALTER TABLE visit ADD COLUMN ends_at timestamptz, ADD COLUMN course_id uuid, ADD COLUMN session_number int,
  DROP CONSTRAINT visit_state,
  ADD CONSTRAINT visit_state CHECK (state IN ('CONFIRMED', 'CANCELLED', 'NO_SHOW'));
CREATE INDEX visit_of_course ON visit (course_id);

CREATE TABLE course (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, patient_id uuid NOT NULL, session_count int NOT NULL);

CREATE TABLE screening (
  patient_id uuid PRIMARY KEY, organisation_id uuid NOT NULL, screening_id uuid NOT NULL, version int NOT NULL);

ALTER TABLE message ADD COLUMN screening_id uuid, ADD COLUMN screening_version int, ADD COLUMN delivered_at timestamptz,
  ADD CONSTRAINT message_channel CHECK (channel IN ('SMS', 'EMAIL'));

CREATE TABLE call_task (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid, patient_id uuid NOT NULL,
  message_id uuid NOT NULL UNIQUE, plan_id text NOT NULL, appointment_id uuid, appointment_version int,
  way text NOT NULL CONSTRAINT call_task_way CHECK (way IN ('CALL', 'PRINT')),
  reason text NOT NULL, due_at timestamptz NOT NULL, created_at timestamptz NOT NULL, version int NOT NULL,
  state text NOT NULL CONSTRAINT call_task_state CHECK (state IN ('OPEN', 'DONE', 'WITHDRAWN')),
  outcome text, settled_at timestamptz, settled_by text);
CREATE INDEX call_task_open ON call_task (organisation_id, due_at, id) WHERE state = 'OPEN';
CREATE INDEX call_task_of_visit ON call_task (appointment_id);
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
    machinery.create_changes()
