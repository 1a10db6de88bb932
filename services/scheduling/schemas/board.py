"""The chair board."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.scheduling.domain.alerts import Level
from services.scheduling.domain.board import Phase
from services.scheduling.domain.monitoring import Measure
from shared.http import Instant


class BoardDue(BaseModel):
    """The measurement that is due next. `overdue`: more than the clinic's limit late (five minutes, domain D.5)."""

    what: Measure
    due_at: Instant
    overdue: bool


class ChairView(BaseModel):
    """A chair now. Everything about a patient is null while it is free."""

    location: str
    chair: str = Field(description="id in the clinic file")
    name: str
    phase: Phase
    paused_since: Instant | None = Field(None, description="the infusion stands since then")
    suspended_since: Instant | None = Field(None, description="a floor event: nothing is due until it is settled")
    minutes_in: int | None = Field(description="whole minutes since the phase began; EXPECTED: since the block began")
    patient: str | None = Field(description="preferred name, else initials; null while the identity card is unknown")
    patient_id: UUID | None
    appointment_id: UUID | None
    session_id: UUID | None
    next_due: BoardDue | None
    open_alerts: int = Field(description="alerts of this session that nobody has acknowledged")
    worst_alert: Level | None
    expected_free: Instant | None
    next_starts: Instant | None = Field(description="start of the next booking of the chair within a day")


class BoardView(BaseModel):
    """Every chair of a clinic or of one location, in the order of the clinic file."""

    clinic_id: UUID
    as_of: datetime = Field(description="business time of this look, UTC; all of it is scheduling's own knowledge")
    chairs: list[ChairView]
