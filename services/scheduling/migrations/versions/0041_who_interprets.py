"""Who interprets which languages, and for which patients somebody has to, by a keyed digest of the language.

Of patients whose card came before this it is null, and read from the card.
"""

from alembic import op

revision, down_revision = "0041", "0040"


def upgrade() -> None:
    op.execute("ALTER TABLE staff_member ADD COLUMN interprets jsonb NOT NULL DEFAULT '[]'")
    op.execute("ALTER TABLE patient ADD COLUMN interpreter varchar")
