"""A producer can be asked to send everything again to one consumer."""

from shared.db import machinery

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    machinery.address_replays()
