"""Papers about a patient, and the parts in which they came."""

from alembic import op

revision = "0026"
down_revision = "0025"

DDL = """
CREATE TABLE document (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
  patient_id uuid NOT NULL REFERENCES patient,
  kind varchar NOT NULL CONSTRAINT document_kind CHECK (kind IN ('ECG', 'INSURANCE_CARD', 'PAPER_CONSENT')),
  content_type varchar NOT NULL, size int NOT NULL CONSTRAINT document_size CHECK (size > 0), version int NOT NULL,
  state varchar NOT NULL CONSTRAINT document_state
    CHECK (state IN ('UPLOADING', 'STORED', 'SUPERSEDED', 'REMOVED', 'EXPIRED')),
  source varchar NOT NULL CONSTRAINT document_source CHECK (source IN ('patient', 'proxy', 'staff')),
  begun_by varchar NOT NULL, begun_at timestamptz NOT NULL, stored_at timestamptz, ended_at timestamptz,
  ended_by varchar, reason_code varchar, supersedes uuid, superseded_by uuid, swept_at timestamptz,
  detail text NOT NULL);
CREATE INDEX ix_document_patient_id ON document (patient_id);
CREATE INDEX document_unswept ON document (begun_at) WHERE swept_at IS NULL;

CREATE TABLE document_part (
  document_id uuid NOT NULL REFERENCES document, number int NOT NULL, organisation_id uuid NOT NULL,
  file uuid NOT NULL, size int NOT NULL, PRIMARY KEY (document_id, number));
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
