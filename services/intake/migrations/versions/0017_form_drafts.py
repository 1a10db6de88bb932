"""Forms that are being filled in, answer by answer."""

from alembic import op

revision = "0017"
down_revision = "0016"

DDL = """
CREATE TABLE form_draft (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
  patient_id uuid NOT NULL REFERENCES patient, form varchar NOT NULL, form_version int NOT NULL,
  file_hash varchar NOT NULL,
  state varchar NOT NULL CONSTRAINT form_draft_state CHECK (state IN ('OPEN', 'SUBMITTED')),
  opened_at timestamptz NOT NULL, submitted_at timestamptz, submitted_by varchar);
CREATE INDEX ix_form_draft_patient_id ON form_draft (patient_id);
CREATE UNIQUE INDEX form_draft_open ON form_draft (patient_id, clinic_id, form) WHERE state = 'OPEN';

CREATE TABLE draft_answer (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, draft_id uuid NOT NULL REFERENCES form_draft,
  answered_at timestamptz NOT NULL, recorded_at timestamptz NOT NULL,
  source varchar NOT NULL CONSTRAINT draft_answer_source CHECK (source IN ('patient', 'proxy', 'staff')),
  recorded_by varchar NOT NULL, content text NOT NULL);
CREATE INDEX ix_draft_answer_draft_id ON draft_answer (draft_id);
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
