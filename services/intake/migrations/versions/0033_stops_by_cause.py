"""Why a session was not tolerated is kept for each cause, so that one can be withdrawn.

What was kept before names no cause: it goes once no alert of the session stands. The default is for a process of the
version before, which names no id.
"""

from alembic import op

revision, down_revision = "0033", "0032"

DDL = """
ALTER TABLE session_stop ADD COLUMN id uuid, ADD COLUMN withdrawn_at timestamptz;
UPDATE session_stop SET id = session_id;
ALTER TABLE session_stop DROP CONSTRAINT session_stop_pkey, ALTER COLUMN session_id SET NOT NULL,
  ALTER COLUMN id SET DEFAULT gen_random_uuid(), ADD CONSTRAINT session_stop_pkey PRIMARY KEY (id);
CREATE INDEX ix_session_stop_session_id ON session_stop (session_id);
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)
