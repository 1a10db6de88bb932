"""The tables that every service has."""

from shared.db import machinery

revision = "0001"
down_revision = None


def upgrade() -> None:
    machinery.create()
