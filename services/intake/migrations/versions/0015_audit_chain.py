"""Audit rows hang on each other, so that one which is edited or removed shows."""

from shared.db import machinery

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    machinery.chain_audit()
