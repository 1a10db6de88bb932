"""Staff record the heart rate at rest and the ASA class, which screening asks for (domain SCR-046, SCR-083)."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE reading DROP CONSTRAINT reading_kind, ADD CONSTRAINT reading_kind"
        " CHECK (kind IN ('BLOOD_PRESSURE', 'WEIGHT', 'HEIGHT', 'HEART_RATE', 'ASA_CLASS'))"
    )
