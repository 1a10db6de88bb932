"""Transfers of controlled substances between registrations; to whom or from whom a movement was."""

from alembic import op

revision = "0020"
down_revision = "0019"

DDL = """
ALTER TABLE movement ADD COLUMN counterparty varchar;

CREATE TABLE stock_transfer (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, from_id uuid NOT NULL REFERENCES drug_registration,
  to_id uuid NOT NULL REFERENCES drug_registration, document varchar NOT NULL, sent_at timestamptz NOT NULL,
  sent_by varchar NOT NULL, version int NOT NULL, CONSTRAINT stock_transfer_elsewhere CHECK (from_id <> to_id));
CREATE INDEX ix_stock_transfer_from_id ON stock_transfer (from_id);
CREATE INDEX ix_stock_transfer_to_id ON stock_transfer (to_id);

CREATE TABLE stock_transfer_line (
  transfer_id uuid NOT NULL REFERENCES stock_transfer, vial_id uuid NOT NULL REFERENCES vial,
  mg numeric(12, 3) NOT NULL, arrived_at timestamptz, arrived_under uuid REFERENCES drug_registration,
  PRIMARY KEY (transfer_id, vial_id));
CREATE INDEX ix_stock_transfer_line_vial_id ON stock_transfer_line (vial_id);
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
