"""What is needed when this database was restored from a backup."""

from shared.db import machinery

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    machinery.create_epochs()
