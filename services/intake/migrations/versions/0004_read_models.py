"""Read models over the events of all services: timeline, worklist, visits and bills of the patient's home."""

from alembic import op

from shared.db import machinery

revision = "0004"
down_revision = "0003"

DDL = """
CREATE TABLE timeline_entry (
  event_id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid, patient_id uuid NOT NULL,
  service varchar NOT NULL, type varchar NOT NULL, subject varchar NOT NULL, at timestamptz NOT NULL,
  facts jsonb NOT NULL, detail text);
CREATE INDEX timeline_entry_patient ON timeline_entry (patient_id, at, event_id);
CREATE INDEX timeline_entry_producer ON timeline_entry (organisation_id, service, at);

CREATE TABLE worklist_item (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid, patient_id uuid NOT NULL, kind varchar NOT NULL,
  about uuid NOT NULL, version int NOT NULL,
  state varchar NOT NULL CONSTRAINT worklist_item_state CHECK (state IN ('OPEN', 'DONE')),
  sequence bigint NOT NULL, since timestamptz NOT NULL, due_at timestamptz, urgent_from timestamptz NOT NULL,
  facts jsonb NOT NULL, claimed_by varchar, claimed_at timestamptz);
CREATE INDEX worklist_item_clinic ON worklist_item (clinic_id, urgent_from, id) WHERE state = 'OPEN';

CREATE TABLE visit (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid, patient_id uuid NOT NULL, version int NOT NULL,
  state varchar NOT NULL, kind varchar NOT NULL, session_number int, location varchar NOT NULL, zone varchar NOT NULL,
  starts_at timestamptz NOT NULL, ends_at timestamptz NOT NULL);
CREATE INDEX visit_patient ON visit (patient_id, starts_at);

CREATE TABLE bill (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid, patient_id uuid NOT NULL,
  kind varchar NOT NULL CONSTRAINT bill_kind CHECK (kind IN ('ESTIMATE', 'INVOICE')),
  version int NOT NULL, issued_at timestamptz NOT NULL, total text NOT NULL);
CREATE INDEX bill_patient ON bill (patient_id, issued_at);
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
    machinery.create_changes()
