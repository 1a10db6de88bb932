"""A producer can be asked to send everything again."""

from shared.db import machinery

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    machinery.create_replays()
