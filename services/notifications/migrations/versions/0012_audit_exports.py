"""An audit row may say that a copy of a record was made."""

from shared.db import machinery

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    machinery.audit_exports()
