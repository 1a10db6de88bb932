"""Records of one person are looked at together."""

from shared.db import machinery

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    machinery.keep_aliases()
