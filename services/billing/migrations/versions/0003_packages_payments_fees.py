"""Visits, packages, payments, refunds, authorisations; estimates and invoices of visits; fees; more accounts."""

from alembic import op

from shared.db import machinery

revision = "0003"
down_revision = "0002"

DDL = """
CREATE TABLE appointment (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  version int NOT NULL, state text NOT NULL, kind text NOT NULL, zone text NOT NULL,
  starts_at timestamptz NOT NULL, said_at timestamptz NOT NULL);
CREATE INDEX ix_appointment_patient_id ON appointment (patient_id);

CREATE TABLE package (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  version int NOT NULL, package text NOT NULL, name text NOT NULL, protocols text[] NOT NULL,
  sessions int NOT NULL, used int NOT NULL CONSTRAINT credits_never_overdrawn CHECK (used BETWEEN 0 AND sessions),
  used_at_list_cents bigint NOT NULL, price_cents bigint NOT NULL, currency text NOT NULL,
  refund_rule text NOT NULL CHECK (refund_rule IN ('pro_rata', 'list_price')), clinic_file_hash text NOT NULL,
  zone text NOT NULL, sold_at timestamptz NOT NULL, expires_on date NOT NULL,
  refunded_cents bigint NOT NULL, refunded_at timestamptz,
  CHECK (price_cents > 0 AND sessions > 0),
  CHECK (used_at_list_cents >= 0 AND refunded_cents BETWEEN 0 AND price_cents));
CREATE INDEX ix_package_patient_id ON package (patient_id);

ALTER TABLE estimate ALTER COLUMN course_id DROP NOT NULL;
ALTER TABLE estimate ADD COLUMN appointment_id uuid;
ALTER TABLE estimate ADD UNIQUE (appointment_id, version);
ALTER TABLE estimate ADD CONSTRAINT estimate_of_one_thing CHECK (num_nonnulls(course_id, appointment_id) = 1);

CREATE TABLE estimate_note (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  estimate_id uuid NOT NULL REFERENCES estimate, version int NOT NULL, reason text NOT NULL,
  noted_at timestamptz NOT NULL,
  UNIQUE (estimate_id, version));
CREATE INDEX ix_estimate_note_patient_id ON estimate_note (patient_id);

ALTER TABLE invoice ALTER COLUMN session_id DROP NOT NULL;
ALTER TABLE invoice
  ADD COLUMN kind text NOT NULL DEFAULT 'SESSION' CONSTRAINT invoice_kind CHECK (kind IN ('SESSION', 'VISIT', 'FEE')),
  ADD COLUMN version int NOT NULL DEFAULT 1,
  ADD COLUMN appointment_id uuid UNIQUE,
  ADD COLUMN package_id uuid REFERENCES package,
  ADD COLUMN credit_cents bigint NOT NULL DEFAULT 0,
  ADD COLUMN paid_cents bigint NOT NULL DEFAULT 0,
  ADD COLUMN waived_cents bigint NOT NULL DEFAULT 0,
  ADD COLUMN waiver text,
  ADD CONSTRAINT invoice_of_one_thing CHECK (num_nonnulls(session_id, appointment_id) = 1),
  ADD CONSTRAINT settled_never_negative CHECK (least(credit_cents, paid_cents, waived_cents) >= 0),
  ADD CONSTRAINT never_overpaid CHECK (credit_cents + paid_cents + waived_cents <= total_cents),
  ADD CONSTRAINT credit_of_a_package CHECK ((package_id IS NULL) = (credit_cents = 0));

ALTER TABLE posting DROP CONSTRAINT posting_invoice_id_debit_credit_key;
ALTER TABLE posting DROP CONSTRAINT posting_check1;
ALTER TABLE posting ALTER COLUMN invoice_id DROP NOT NULL;
ALTER TABLE posting
  ADD COLUMN transaction_id uuid NOT NULL DEFAULT gen_random_uuid(),
  ADD COLUMN package_id uuid REFERENCES package,
  ADD CONSTRAINT known_accounts CHECK (
    debit IN ('RECEIVABLE', 'REVENUE', 'CASH', 'PACKAGE_LIABILITY', 'DISCOUNT')
    AND credit IN ('RECEIVABLE', 'REVENUE', 'CASH', 'PACKAGE_LIABILITY', 'DISCOUNT'));
UPDATE posting SET transaction_id = invoice_id;
ALTER TABLE posting ADD UNIQUE (transaction_id, debit, credit);

CREATE TABLE payment (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  invoice_id uuid REFERENCES invoice, package_id uuid REFERENCES package,
  currency text NOT NULL, amount_cents bigint NOT NULL CHECK (amount_cents > 0), refunded_cents bigint NOT NULL,
  method text NOT NULL, received_at timestamptz NOT NULL,
  CONSTRAINT payment_for_one_thing CHECK (num_nonnulls(invoice_id, package_id) = 1),
  CONSTRAINT never_refunded_twice CHECK (refunded_cents BETWEEN 0 AND amount_cents));
CREATE INDEX ix_payment_patient_id ON payment (patient_id);
CREATE INDEX ix_payment_invoice_id ON payment (invoice_id);

CREATE TABLE refund (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  payment_id uuid REFERENCES payment, package_id uuid REFERENCES package,
  currency text NOT NULL, amount_cents bigint NOT NULL CHECK (amount_cents > 0),
  method text NOT NULL, issued_at timestamptz NOT NULL,
  CONSTRAINT refund_of_one_thing CHECK (num_nonnulls(payment_id, package_id) = 1));
CREATE INDEX ix_refund_patient_id ON refund (patient_id);

CREATE TABLE authorisation (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  version int NOT NULL, units_granted int NOT NULL,
  units_used int NOT NULL CONSTRAINT units_never_overdrawn CHECK (units_used BETWEEN 0 AND units_granted),
  valid_from date NOT NULL, valid_to date NOT NULL, zone text NOT NULL, terms text NOT NULL,
  approved_at timestamptz NOT NULL,
  CHECK (valid_from <= valid_to));
CREATE INDEX ix_authorisation_patient_id ON authorisation (patient_id);

CREATE TABLE authorisation_use (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, patient_id uuid NOT NULL,
  authorisation_id uuid NOT NULL REFERENCES authorisation, session_id uuid NOT NULL UNIQUE REFERENCES session,
  used_at timestamptz NOT NULL);
CREATE INDEX ix_authorisation_use_patient_id ON authorisation_use (patient_id);

ALTER TABLE review DROP CONSTRAINT review_subject_check;
ALTER TABLE review DROP CONSTRAINT known_reason;
ALTER TABLE review
  ADD CONSTRAINT known_subject CHECK (subject IN ('COURSE', 'SESSION', 'APPOINTMENT')),
  ADD CONSTRAINT known_reason CHECK (reason IN (
    'NO_CLINIC_FILE', 'NO_PRICE', 'NO_COURSE', 'ABOVE_ESTIMATE', 'SESSION_ABORTED', 'LATE_CANCEL', 'NO_SHOW',
    'NO_AUTHORISATION')),
  ADD COLUMN amount_cents bigint CHECK (amount_cents > 0),
  ADD COLUMN currency text,
  ADD COLUMN waiver text;
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
    machinery.create_changes()
