"""How far rules that came into force have been applied."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel


class RescreeningView(BaseModel):
    """How far a clinic's patients have been looked at under its rules in force: counts of patients.

    `changed` came to something else, which the other services were told; `failed` could not be decided: see the log.
    """

    clinic_id: UUID
    hash: str
    total: int
    looked: int
    changed: int
    failed: int
    began_at: datetime
    finished_at: datetime | None
