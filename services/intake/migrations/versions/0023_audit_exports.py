"""An audit row may say that a copy of a record was made."""

from shared.db import machinery

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    machinery.audit_exports()
