"""Records of one person are looked at together."""

from shared.db import machinery

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    machinery.keep_aliases()
