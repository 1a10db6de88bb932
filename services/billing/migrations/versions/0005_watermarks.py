"""How far each producer is heard."""

from shared.db import machinery

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    machinery.create_watermarks()
