"""Orders that wait for a second signature, and orders that a newer one took the place of."""

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE dose_order ADD COLUMN countersigned_by varchar, ADD COLUMN superseded_by uuid,"
        " DROP CONSTRAINT dose_order_state, ADD CONSTRAINT dose_order_state"
        " CHECK (state IN ('PENDING', 'SIGNED', 'SUPERSEDED', 'REVOKED'))"
    )
