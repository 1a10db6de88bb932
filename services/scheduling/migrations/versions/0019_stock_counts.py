"""Blind counts of controlled substances, discrepancies and the clock of a loss."""

from alembic import op

revision = "0019"
down_revision = "0018"

DDL = """
CREATE TABLE stock_count (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
  registration_id uuid NOT NULL REFERENCES drug_registration,
  purpose varchar NOT NULL CONSTRAINT known_purpose CHECK (purpose IN ('COUNT', 'INVENTORY')),
  business varchar CONSTRAINT known_business CHECK (business IN ('OPENING', 'CLOSE')),
  counted_at timestamptz NOT NULL, recorded_at timestamptz NOT NULL, counted_by varchar NOT NULL, witness varchar,
  CONSTRAINT two_signers CHECK (purpose = 'COUNT' OR (business IS NOT NULL AND witness IS NOT NULL)),
  CONSTRAINT stock_count_other_person CHECK (witness <> counted_by));
CREATE INDEX stock_count_day ON stock_count (registration_id, counted_at);

CREATE TABLE stock_count_line (
  count_id uuid NOT NULL REFERENCES stock_count, vial_id uuid NOT NULL REFERENCES vial,
  counted_mg numeric(12, 3) NOT NULL, expected_mg numeric(12, 3) NOT NULL, PRIMARY KEY (count_id, vial_id));
CREATE INDEX ix_stock_count_line_vial_id ON stock_count_line (vial_id);
CREATE TRIGGER stock_count_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON stock_count
  FOR EACH STATEMENT EXECUTE FUNCTION movement_stays();
CREATE TRIGGER stock_count_line_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON stock_count_line
  FOR EACH STATEMENT EXECUTE FUNCTION movement_stays();

CREATE TABLE stock_discrepancy (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
  registration_id uuid NOT NULL REFERENCES drug_registration, lot_id uuid NOT NULL REFERENCES drug_lot,
  vial_id uuid NOT NULL REFERENCES vial, count_id uuid REFERENCES stock_count, version int NOT NULL,
  state varchar NOT NULL CONSTRAINT known_state CHECK (state IN ('OPEN', 'ADJUSTED', 'LOSS', 'RECOUNTED')),
  expected_mg numeric(12, 3) NOT NULL, counted_mg numeric(12, 3) NOT NULL, discovered_at timestamptz NOT NULL,
  discovered_by varchar NOT NULL, due_at timestamptz NOT NULL, reason varchar, movement_id uuid REFERENCES movement,
  settled_at timestamptz, settled_by varchar, witness varchar, notice_due_at timestamptz, notice_at timestamptz,
  notice_by varchar, notice_reference varchar, form_due_at timestamptz, form_at timestamptz, form_by varchar,
  form_reference varchar, CONSTRAINT a_loss_is_told CHECK ((state = 'LOSS') = (notice_due_at IS NOT NULL)));
CREATE INDEX ix_stock_discrepancy_lot_id ON stock_discrepancy (lot_id);
CREATE UNIQUE INDEX stock_discrepancy_open ON stock_discrepancy (vial_id) WHERE state = 'OPEN';
CREATE INDEX stock_discrepancy_waiting ON stock_discrepancy (clinic_id, id);
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
