"""Records of one person are looked at together; who merged them, and who took that back."""

from alembic import op

from shared.db import machinery

revision = "0028"
down_revision = "0027"

DDL = """
CREATE TABLE patient_merge (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, patient_id uuid NOT NULL REFERENCES patient,
  survivor_id uuid NOT NULL REFERENCES patient, version int NOT NULL,
  state varchar NOT NULL CONSTRAINT patient_merge_state CHECK (state IN ('MERGED', 'UNLINKED')),
  merged_at timestamptz NOT NULL, merged_by varchar NOT NULL, reason varchar NOT NULL,
  unlinked_at timestamptz, unlinked_by varchar, unlink_reason varchar);
CREATE UNIQUE INDEX patient_merge_absorbed ON patient_merge (patient_id) WHERE state = 'MERGED';
CREATE INDEX ix_patient_merge_patient_id ON patient_merge (patient_id);
CREATE INDEX ix_patient_merge_survivor_id ON patient_merge (survivor_id);
"""


def upgrade() -> None:
    machinery.keep_aliases()
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
