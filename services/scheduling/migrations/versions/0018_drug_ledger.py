"""The controlled-drug ledger: movements are only added, and the database itself keeps what they sum up to."""

from alembic import op

revision = "0018"
down_revision = "0017"

DDL = """
CREATE TABLE staff_pin (
  organisation_id uuid NOT NULL, subject varchar NOT NULL, pin text NOT NULL, roles jsonb NOT NULL,
  set_at timestamptz NOT NULL, tries int NOT NULL DEFAULT 0, locked_until timestamptz,
  PRIMARY KEY (organisation_id, subject));

CREATE TABLE drug_registration (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, location varchar NOT NULL,
  number varchar NOT NULL, holder varchar NOT NULL, address varchar NOT NULL, expires_on date NOT NULL,
  version int NOT NULL, registered_at timestamptz NOT NULL, registered_by varchar NOT NULL,
  UNIQUE (organisation_id, number, location));
CREATE INDEX ix_drug_registration_clinic_id ON drug_registration (clinic_id);

CREATE TABLE drug_lot (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, substance varchar NOT NULL, schedule varchar NOT NULL,
  lot varchar NOT NULL, form varchar NOT NULL CONSTRAINT known_form CHECK (form IN ('VIAL', 'DEVICE')),
  mg_per_ml numeric(12, 3), container_mg numeric(12, 3) NOT NULL
    CONSTRAINT drug_lot_holds_something CHECK (container_mg > 0),
  multi_dose boolean NOT NULL, expires_on date NOT NULL, version int NOT NULL, recalled_at timestamptz,
  recalled_by varchar, recall_reference varchar, UNIQUE (organisation_id, substance, lot, container_mg));

CREATE TABLE drug_delivery (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
  registration_id uuid NOT NULL REFERENCES drug_registration, lot_id uuid NOT NULL REFERENCES drug_lot,
  supplier varchar NOT NULL, document varchar NOT NULL, containers int NOT NULL, received_at timestamptz NOT NULL);
CREATE INDEX ix_drug_delivery_registration_id ON drug_delivery (registration_id);
CREATE INDEX ix_drug_delivery_lot_id ON drug_delivery (lot_id);

CREATE TABLE vial (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
  registration_id uuid NOT NULL REFERENCES drug_registration, lot_id uuid NOT NULL REFERENCES drug_lot,
  delivery_id uuid NOT NULL REFERENCES drug_delivery, number int NOT NULL,
  balance_mg numeric(12, 3) NOT NULL DEFAULT 0 CONSTRAINT vial_balance CHECK (balance_mg >= 0),
  received_at timestamptz NOT NULL, opened_at timestamptz, open_until timestamptz, transfer_id uuid,
  UNIQUE (lot_id, number));
CREATE INDEX vial_in_stock ON vial (registration_id) WHERE balance_mg > 0;

CREATE TABLE draw (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, vial_id uuid NOT NULL REFERENCES vial,
  session_id uuid NOT NULL, drawn_at timestamptz NOT NULL, drawn_by varchar NOT NULL,
  drawn_mg numeric(12, 3) NOT NULL DEFAULT 0, administered_mg numeric(12, 3) NOT NULL DEFAULT 0,
  wasted_mg numeric(12, 3) NOT NULL DEFAULT 0, CONSTRAINT draw_settles CHECK (
    administered_mg >= 0 AND wasted_mg >= 0 AND administered_mg + wasted_mg <= drawn_mg));
CREATE INDEX ix_draw_vial_id ON draw (vial_id);
CREATE INDEX ix_draw_session_id ON draw (session_id);
CREATE INDEX draw_unsettled ON draw (vial_id) WHERE administered_mg + wasted_mg < drawn_mg;

CREATE TABLE movement (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
  registration_id uuid NOT NULL REFERENCES drug_registration, lot_id uuid NOT NULL REFERENCES drug_lot,
  vial_id uuid NOT NULL REFERENCES vial, draw_id uuid REFERENCES draw, session_id uuid,
  kind varchar NOT NULL CONSTRAINT known_kind CHECK (kind IN ('RECEIVE', 'OPEN', 'DRAW', 'ADMINISTER', 'WASTE',
    'RETURN', 'TRANSFER_OUT', 'TRANSFER_IN', 'REVERSE_DISTRIBUTE', 'LOSS', 'ADJUST', 'REVERSAL')),
  vial_mg numeric(12, 3) NOT NULL, drawn_mg numeric(12, 3) NOT NULL, administered_mg numeric(12, 3) NOT NULL,
  wasted_mg numeric(12, 3) NOT NULL, occurred_at timestamptz NOT NULL, recorded_at timestamptz NOT NULL,
  recorded_by varchar NOT NULL, witness varchar, second_witness varchar, document varchar, reason varchar,
  reverses_id uuid UNIQUE REFERENCES movement,
  CONSTRAINT other_people CHECK (witness <> recorded_by AND second_witness NOT IN (recorded_by, witness)),
  CONSTRAINT reversal_of_something CHECK ((kind = 'REVERSAL') = (reverses_id IS NOT NULL)));
CREATE INDEX movement_vial ON movement (vial_id, id);
CREATE INDEX movement_day ON movement (registration_id, occurred_at);
CREATE INDEX ix_movement_lot_id ON movement (lot_id);
CREATE INDEX ix_movement_draw_id ON movement (draw_id);

CREATE FUNCTION movement_stays() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN RAISE EXCEPTION ''the drug ledger is only added to'' USING ERRCODE = ''restrict_violation''; END';
CREATE TRIGGER movement_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON movement
  FOR EACH STATEMENT EXECUTE FUNCTION movement_stays();

CREATE FUNCTION movement_posts() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN UPDATE vial SET balance_mg = balance_mg + NEW.vial_mg WHERE id = NEW.vial_id AND NEW.vial_mg <> 0; UPDATE draw
    SET drawn_mg = drawn_mg + NEW.drawn_mg, administered_mg = administered_mg + NEW.administered_mg,
    wasted_mg = wasted_mg + NEW.wasted_mg WHERE id = NEW.draw_id; RETURN NULL; END';
CREATE TRIGGER movement_posts AFTER INSERT ON movement FOR EACH ROW EXECUTE FUNCTION movement_posts();

CREATE FUNCTION only_by_movements() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN RAISE EXCEPTION ''amounts change by movements only'' USING ERRCODE = ''restrict_violation''; END';
CREATE TRIGGER vial_by_movements BEFORE UPDATE OF balance_mg ON vial FOR EACH ROW
  WHEN (pg_trigger_depth() = 0 AND OLD.balance_mg <> NEW.balance_mg) EXECUTE FUNCTION only_by_movements();
CREATE TRIGGER vial_begins_empty BEFORE INSERT ON vial FOR EACH ROW
  WHEN (NEW.balance_mg <> 0) EXECUTE FUNCTION only_by_movements();
CREATE TRIGGER draw_by_movements BEFORE UPDATE OF drawn_mg, administered_mg, wasted_mg ON draw FOR EACH ROW
  WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION only_by_movements();
CREATE TRIGGER draw_begins_empty BEFORE INSERT ON draw FOR EACH ROW
  WHEN (NEW.drawn_mg <> 0) EXECUTE FUNCTION only_by_movements();
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
