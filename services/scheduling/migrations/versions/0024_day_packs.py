"""Days of a location as sealed files."""

from alembic import op

revision = "0024"
down_revision = "0023"

DDL = """
CREATE TABLE day_pack (
  id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL, location varchar NOT NULL,
  version integer NOT NULL, state varchar NOT NULL CONSTRAINT known_state CHECK (state IN ('KEPT', 'REMOVED')),
  first_day date NOT NULL, days integer NOT NULL, appointments integer NOT NULL, made_at timestamptz NOT NULL,
  due_at timestamptz, made_by varchar NOT NULL, removed_at timestamptz, content text,
  CONSTRAINT kept_has_content CHECK ((state = 'KEPT') = (content IS NOT NULL)),
  UNIQUE (clinic_id, location, due_at));
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
