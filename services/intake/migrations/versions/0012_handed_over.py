"""Who handed an item of the worklist to whoever has it, and why."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.execute("ALTER TABLE worklist_item ADD COLUMN handed_by varchar, ADD COLUMN handed_reason varchar")
