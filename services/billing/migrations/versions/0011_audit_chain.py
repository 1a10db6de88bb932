"""Audit rows hang on each other, so that one which is edited or removed shows."""

from shared.db import machinery

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    machinery.chain_audit()
