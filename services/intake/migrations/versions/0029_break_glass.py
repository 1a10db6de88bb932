"""Records that were opened in an emergency, by whom, until when and why."""

from alembic import op

from shared.db import machinery

revision = "0029"
down_revision = "0028"

DDL = """
CREATE TABLE break_glass (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
  patient_id uuid NOT NULL REFERENCES patient, opened_by varchar NOT NULL, opened_at timestamptz NOT NULL,
  until timestamptz NOT NULL, reason text NOT NULL);
CREATE INDEX break_glass_clinic ON break_glass (clinic_id, opened_at);
CREATE INDEX break_glass_holder ON break_glass (patient_id, opened_by);
"""


def upgrade() -> None:
    machinery.audit_broken_glass()
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
