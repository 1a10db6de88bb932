"""What was told about the readiness of booked sessions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from services.scheduling.models.row import Row
from shared.db.tables import Instant


class SessionReadiness(Row, table=True):
    """A booked session, under its appointment's id. `detail`, as it was told last, is a sealed ReadinessDetail.

    `booking` is the appointment's version when it was booked or moved last, to `starts_at`, for the timers of its
    sweeps; `swept_hours` the sweep that took place last; `round` counts reviews asked for, for theirs; `version` what
    was told.
    """

    __tablename__ = "session_readiness"

    id: UUID = Field(primary_key=True, foreign_key="appointment.id")
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(index=True)
    version: int = 0
    booking: int
    starts_at: datetime = Field(sa_type=Instant)
    round: int = 0
    swept_hours: int | None = None
    changed_at: datetime | None = Field(default=None, sa_type=Instant)
    detail: str | None = Field(default=None, sa_type=Text)
