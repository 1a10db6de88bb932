"""A producer can be asked to send everything again to one consumer."""

from shared.db import machinery

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    machinery.address_replays()
