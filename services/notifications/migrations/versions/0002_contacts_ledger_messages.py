"""Contact points, the contact-consent ledger, visits, concerns, messages and what came back."""

from alembic import op

revision = "0002"
down_revision = "0001"

DDL = """
CREATE TABLE contact_point (
  patient_id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid,
  version int NOT NULL, contact text NOT NULL, number_index text, learned_at timestamptz NOT NULL);
CREATE INDEX ix_contact_point_number_index ON contact_point (number_index);

CREATE TABLE consent_act (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, patient_id uuid, number_index text,
  kind text NOT NULL CONSTRAINT consent_act_kind CHECK (kind IN ('GRANT', 'REVOKE', 'RESUME')),
  channel text NOT NULL, purpose text NOT NULL, wording_version text, method text NOT NULL,
  given_at timestamptz NOT NULL, recorded_at timestamptz NOT NULL, recorded_by text NOT NULL,
  CONSTRAINT consent_act_of_somebody CHECK (patient_id IS NOT NULL OR number_index IS NOT NULL));
CREATE INDEX ix_consent_act_patient_id ON consent_act (patient_id);
CREATE INDEX ix_consent_act_number_index ON consent_act (number_index);
CREATE FUNCTION consent_act_stays() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN RAISE EXCEPTION ''the contact-consent ledger is only added to'' USING ERRCODE = ''restrict_violation''; END';
CREATE TRIGGER consent_act_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON consent_act
  FOR EACH STATEMENT EXECUTE FUNCTION consent_act_stays();

CREATE TABLE visit (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid, patient_id uuid NOT NULL,
  version int NOT NULL, state text NOT NULL CONSTRAINT visit_state CHECK (state IN ('CONFIRMED', 'CANCELLED')),
  location text NOT NULL, zone text NOT NULL, starts_at timestamptz NOT NULL);
CREATE INDEX ix_visit_patient_id ON visit (patient_id);

CREATE TABLE concern (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, patient_id uuid NOT NULL,
  version int NOT NULL, state text NOT NULL CONSTRAINT concern_state CHECK (state IN ('OPEN', 'RESOLVED')));
CREATE INDEX concern_open ON concern (patient_id) WHERE state = 'OPEN';

CREATE TABLE message (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid, patient_id uuid, correlation_id uuid NOT NULL,
  plan_id text NOT NULL, channel text NOT NULL,
  message_class text NOT NULL CONSTRAINT message_class CHECK (message_class IN ('CARE', 'CRISIS', 'AUTO')),
  appointment_id uuid, appointment_version int, version int NOT NULL,
  state text NOT NULL CONSTRAINT message_state CHECK (
    state IN ('PLANNED', 'HELD', 'SENDING', 'UNKNOWN', 'SENT', 'FAILED', 'DROPPED')),
  reason text, planned_at timestamptz NOT NULL, due_at timestamptz NOT NULL, stale_at timestamptz NOT NULL,
  outgoing text, attempted_at timestamptz, asked_at timestamptz, sent_at timestamptz,
  provider_sid text UNIQUE, provider_status text, former_sid text UNIQUE,
  CONSTRAINT message_has_text CHECK (state NOT IN ('SENDING', 'UNKNOWN', 'SENT') OR outgoing IS NOT NULL));
CREATE INDEX message_patient ON message (patient_id, id);
CREATE INDEX message_of_visit ON message (appointment_id);
CREATE INDEX message_under_way ON message (attempted_at) WHERE state IN ('SENDING', 'UNKNOWN');

CREATE TABLE inbound_text (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid, patient_id uuid,
  provider_sid text NOT NULL, number_index text NOT NULL,
  ask text NOT NULL CONSTRAINT inbound_text_ask CHECK (
    ask IN ('CRISIS', 'STOP', 'START', 'YES', 'HELP', 'CONFIRM', 'OTHER')),
  body text NOT NULL, received_at timestamptz NOT NULL, version int NOT NULL,
  handled_at timestamptz, handled_by text);
CREATE INDEX ix_inbound_text_patient_id ON inbound_text (patient_id);
CREATE INDEX inbound_text_open ON inbound_text (organisation_id, id) WHERE handled_at IS NULL;
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
