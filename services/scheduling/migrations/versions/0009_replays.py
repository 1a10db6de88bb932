"""A producer can be asked to send everything again."""

from shared.db import machinery

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    machinery.create_replays()
