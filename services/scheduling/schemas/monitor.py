"""What a monitor at the chair sends, and what is shown of it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from services.scheduling.domain.vitals import Vitals
from services.scheduling.schemas.requests import Request
from shared.http.examples import example


class ReadingTold(Vitals):
    """One reading, when the device took it."""

    taken_at: AwareDatetime

    def vitals(self) -> Vitals:
        return Vitals.model_validate(self.model_dump(include=set(Vitals.model_fields)))


class MonitorBatchRequest(Request):
    """Readings of one device, in whatever order, however late, and however often each is sent."""

    model_config = example(
        {"device_id": "MON-0412", "readings": [{"taken_at": "2026-11-30T16:32:00Z", "heart_rate": 72, "spo2": 98}]}
    )

    device_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,79}$")]
    readings: Annotated[tuple[ReadingTold, ...], Field(min_length=1, max_length=300)]


class MonitorBatchView(BaseModel):
    """How many readings were new, how many were known already, and how many findings raised an alert."""

    stored: int
    known: int
    alerts: int


class MonitorReadingView(BaseModel):
    """One reading of a monitor. It stands for no observation: whoever is due to look at the patient still is."""

    reading_id: UUID
    device_id: str
    taken_at: datetime
    received_at: datetime
    vitals: Vitals
