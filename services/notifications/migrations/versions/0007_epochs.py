"""What is needed when this database was restored from a backup."""

from shared.db import machinery

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    machinery.create_epochs()
