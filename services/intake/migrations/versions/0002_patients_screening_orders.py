"""Leads, patients and their blind index, observations, screening, consents, orders, safety concerns, treatments."""

from alembic import op

revision = "0002"
down_revision = "0001"

DDL = """
CREATE TABLE lead (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
  received_at timestamptz NOT NULL, request text NOT NULL);

CREATE TABLE patient (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
  version int NOT NULL CHECK (version >= 1), decisions int NOT NULL CHECK (decisions >= 0),
  registered_at timestamptz NOT NULL, identity text NOT NULL, contact text NOT NULL);
CREATE INDEX ix_patient_organisation_id ON patient (organisation_id);

CREATE TABLE record_number (organisation_id uuid PRIMARY KEY, last int NOT NULL);

CREATE TABLE patient_index (
  organisation_id uuid NOT NULL, token varchar NOT NULL, patient_id uuid NOT NULL REFERENCES patient,
  PRIMARY KEY (organisation_id, token, patient_id));
CREATE INDEX patient_index_patient ON patient_index (patient_id);

CREATE TABLE login_link (
  token_digest varchar PRIMARY KEY, organisation_id uuid NOT NULL, patient_id uuid NOT NULL REFERENCES patient,
  expires_at timestamptz NOT NULL, used_at timestamptz);
CREATE INDEX ix_login_link_patient_id ON login_link (patient_id);

CREATE TABLE questionnaire (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
  patient_id uuid NOT NULL REFERENCES patient, answered_at timestamptz NOT NULL,
  source varchar NOT NULL CONSTRAINT questionnaire_source CHECK (source IN ('patient', 'staff')),
  answers text NOT NULL);
CREATE INDEX ix_questionnaire_patient_id ON questionnaire (patient_id);

CREATE TABLE assessment (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
  patient_id uuid NOT NULL REFERENCES patient, instrument varchar NOT NULL, recorded_at timestamptz NOT NULL,
  source varchar NOT NULL CONSTRAINT assessment_source CHECK (source IN ('patient', 'staff')),
  result text NOT NULL);
CREATE INDEX ix_assessment_patient_id ON assessment (patient_id);

CREATE TABLE reading (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
  patient_id uuid NOT NULL REFERENCES patient,
  kind varchar NOT NULL CONSTRAINT reading_kind CHECK (kind IN ('BLOOD_PRESSURE', 'WEIGHT', 'HEIGHT')),
  taken_at timestamptz NOT NULL, recorded_at timestamptz NOT NULL, value text NOT NULL);
CREATE INDEX ix_reading_patient_id ON reading (patient_id);

CREATE TABLE screening (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
  patient_id uuid NOT NULL REFERENCES patient, version int NOT NULL, screened_at timestamptz NOT NULL,
  rule_set_hash varchar NOT NULL, decision text NOT NULL,
  UNIQUE (patient_id, version));

CREATE TABLE review (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
  patient_id uuid NOT NULL REFERENCES patient, screening_id uuid NOT NULL REFERENCES screening,
  version int NOT NULL, reviewed_at timestamptz NOT NULL, reviewed_by varchar NOT NULL, review text NOT NULL,
  UNIQUE (patient_id, version));
CREATE INDEX ix_review_screening_id ON review (screening_id);

CREATE TABLE consent (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
  patient_id uuid NOT NULL REFERENCES patient, version int NOT NULL,
  state varchar NOT NULL CONSTRAINT consent_state CHECK (state IN ('SIGNED', 'REVOKED')),
  document varchar NOT NULL, document_version varchar NOT NULL, signed_by varchar NOT NULL,
  signed_at timestamptz NOT NULL, valid_until timestamptz NOT NULL, revoked_at timestamptz);
CREATE INDEX ix_consent_patient_id ON consent (patient_id);

CREATE TABLE dose_order (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
  patient_id uuid NOT NULL REFERENCES patient, screening_id uuid NOT NULL REFERENCES screening, version int NOT NULL,
  state varchar NOT NULL CONSTRAINT dose_order_state CHECK (state IN ('SIGNED', 'REVOKED')),
  signed_by varchar NOT NULL, signed_at timestamptz NOT NULL, expires_at timestamptz NOT NULL, revoked_at timestamptz,
  content text NOT NULL);
CREATE INDEX ix_dose_order_patient_id ON dose_order (patient_id);

CREATE TABLE safety_concern (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
  patient_id uuid NOT NULL REFERENCES patient, version int NOT NULL,
  state varchar NOT NULL CONSTRAINT safety_concern_state CHECK (state IN ('OPEN', 'RESOLVED')),
  raised_at timestamptz NOT NULL, acknowledge_by timestamptz NOT NULL, resolved_at timestamptz, detail text NOT NULL);
CREATE INDEX safety_concern_patient ON safety_concern (patient_id);

CREATE TABLE treatment (
  session_id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid, patient_id uuid NOT NULL,
  discharged_at timestamptz NOT NULL, delivered text NOT NULL);
CREATE INDEX ix_treatment_patient_id ON treatment (patient_id);
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
