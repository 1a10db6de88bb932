"""Identity cards, courses, estimates, sessions, invoices, the ledger, and what waits for a person."""

from alembic import op

revision = "0002"
down_revision = "0001"

DDL = """
CREATE TABLE patient (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL,
  version int NOT NULL, identity text);

CREATE TABLE course (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  version int NOT NULL, session_count int NOT NULL, zone text NOT NULL,
  first_starts_at timestamptz NOT NULL, planned_at timestamptz NOT NULL, plan text NOT NULL);
CREATE INDEX ix_course_patient_id ON course (patient_id);

CREATE TABLE estimate (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  course_id uuid NOT NULL, version int NOT NULL, clinic_file_hash text NOT NULL,
  currency text NOT NULL, total_cents bigint NOT NULL CONSTRAINT estimate_never_zero CHECK (total_cents > 0),
  detail text NOT NULL, recipient text, due_on date, issued_at timestamptz NOT NULL,
  UNIQUE (course_id, version));
CREATE INDEX ix_estimate_patient_id ON estimate (patient_id);

CREATE TABLE session (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  course_id uuid, session_number int, state text NOT NULL CHECK (state IN ('COMPLETED', 'ABORTED')),
  ended_at timestamptz NOT NULL, delivered text NOT NULL);
CREATE INDEX ix_session_patient_id ON session (patient_id);

CREATE TABLE invoice (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  session_id uuid NOT NULL UNIQUE REFERENCES session, course_id uuid, session_number int,
  estimate_id uuid REFERENCES estimate, above_estimate_cents bigint CHECK (above_estimate_cents >= 0),
  clinic_file_hash text NOT NULL,
  currency text NOT NULL, total_cents bigint NOT NULL CONSTRAINT invoice_never_zero CHECK (total_cents > 0),
  detail text NOT NULL, issued_at timestamptz NOT NULL,
  CONSTRAINT compared_means_said CHECK ((estimate_id IS NULL) = (above_estimate_cents IS NULL)));
CREATE INDEX ix_invoice_patient_id ON invoice (patient_id);
CREATE INDEX ix_invoice_course_id ON invoice (course_id);

CREATE TABLE posting (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  invoice_id uuid NOT NULL REFERENCES invoice,
  debit text NOT NULL, credit text NOT NULL, currency text NOT NULL,
  amount_cents bigint NOT NULL CHECK (amount_cents > 0), booked_at timestamptz NOT NULL,
  CHECK (debit <> credit),
  CHECK (debit IN ('RECEIVABLE', 'REVENUE') AND credit IN ('RECEIVABLE', 'REVENUE')),
  UNIQUE (invoice_id, debit, credit));
CREATE INDEX ix_posting_patient_id ON posting (patient_id);

CREATE TABLE review (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  subject text NOT NULL CHECK (subject IN ('COURSE', 'SESSION')),
  subject_id uuid NOT NULL, subject_version int NOT NULL,
  reason text NOT NULL CONSTRAINT known_reason CHECK (
    reason IN ('NO_CLINIC_FILE', 'NO_PRICE', 'NO_COURSE', 'ABOVE_ESTIMATE', 'SESSION_ABORTED')),
  due_on date, state text NOT NULL CHECK (state IN ('OPEN', 'SETTLED')), version int NOT NULL,
  opened_at timestamptz NOT NULL,
  UNIQUE (subject_id, subject_version, reason));
CREATE INDEX ix_review_clinic_id ON review (clinic_id);
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
