"""Who holds the relay's lease, and since when."""

from shared.db import machinery

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    machinery.name_lease_holder()
