"""What people declared done of the worklist, apart from the list itself, which events alone can build anew."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE worklist_finished (item_id uuid, sequence bigint, organisation_id uuid NOT NULL,"
        " patient_id uuid NOT NULL, finished_by varchar NOT NULL, finished_at timestamptz NOT NULL,"
        " PRIMARY KEY (item_id, sequence))"
    )
