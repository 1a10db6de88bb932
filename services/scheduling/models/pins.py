"""PINs by which staff witness what others do with controlled substances."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.scheduling.models.row import Row
from shared.db.tables import Instant


class StaffPin(Row, table=True):
    """A staff member's PIN; `pin` is its Argon2id hash, sealed. `roles` are [clinic, role] pairs of the day it was set.

    `tries` counts wrong ones in a row. Times are wall time.
    """

    __tablename__ = "staff_pin"

    organisation_id: UUID = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    pin: str = Field(sa_type=Text)
    roles: list[Any] = Field(sa_type=JSONB)
    set_at: datetime = Field(sa_type=Instant)
    tries: int = 0
    locked_until: datetime | None = Field(default=None, sa_type=Instant)
