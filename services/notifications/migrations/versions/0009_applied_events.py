"""What read models applied is kept; hot tables are vacuumed by what changes in them."""

from shared.db import machinery

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    machinery.keep_applied()
    machinery.tune_storage()
