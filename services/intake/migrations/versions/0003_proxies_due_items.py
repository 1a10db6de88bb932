"""Proxies, kinds of lead, who recorded what; check-ins, reflections and what is due around sessions."""

from alembic import op

revision = "0003"
down_revision = "0002"

DDL = """
ALTER TABLE lead ADD COLUMN kind varchar NOT NULL DEFAULT 'web_lead';
ALTER TABLE lead ALTER COLUMN kind DROP DEFAULT;

CREATE TABLE proxy (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
  patient_id uuid NOT NULL REFERENCES patient, version int NOT NULL,
  state varchar NOT NULL CONSTRAINT proxy_state CHECK (state IN ('ACTIVE', 'ENDED')),
  registered_at timestamptz NOT NULL, expires_at timestamptz NOT NULL, detail text NOT NULL);
CREATE INDEX ix_proxy_patient_id ON proxy (patient_id);
ALTER TABLE login_link ADD COLUMN proxy_id uuid REFERENCES proxy;

ALTER TABLE questionnaire ADD COLUMN recorded_by varchar;
ALTER TABLE assessment ADD COLUMN recorded_by varchar;
ALTER TABLE reading ADD COLUMN recorded_by varchar;
ALTER TABLE questionnaire DROP CONSTRAINT questionnaire_source,
  ADD CONSTRAINT questionnaire_source CHECK (source IN ('patient', 'proxy', 'staff'));
ALTER TABLE assessment DROP CONSTRAINT assessment_source,
  ADD CONSTRAINT assessment_source CHECK (source IN ('patient', 'proxy', 'staff'));

CREATE TABLE check_in (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
  patient_id uuid NOT NULL REFERENCES patient, occasion varchar NOT NULL, session_id uuid NOT NULL,
  recorded_at timestamptz NOT NULL, source varchar NOT NULL, recorded_by varchar NOT NULL, answers text NOT NULL);
CREATE INDEX ix_check_in_patient_id ON check_in (patient_id);
CREATE INDEX ix_check_in_session_id ON check_in (session_id);

CREATE TABLE reflection (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
  patient_id uuid NOT NULL REFERENCES patient, session_id uuid NOT NULL, written_at timestamptz NOT NULL,
  source varchar NOT NULL, recorded_by varchar NOT NULL, content text NOT NULL);
CREATE INDEX ix_reflection_patient_id ON reflection (patient_id);
CREATE INDEX ix_reflection_session_id ON reflection (session_id);

CREATE TABLE due_item (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid, patient_id uuid NOT NULL,
  occasion varchar NOT NULL, appointment_id uuid NOT NULL, session_id uuid, version int NOT NULL,
  state varchar NOT NULL CONSTRAINT due_item_state
    CHECK (state IN ('PLANNED', 'OPEN', 'SETTLED', 'MISSED', 'DROPPED')),
  opens_at timestamptz NOT NULL, late_from timestamptz NOT NULL, settled_at timestamptz);
CREATE INDEX due_item_patient ON due_item (patient_id, opens_at);
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
