"""What a monitor at the chair sent."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Text
from sqlmodel import Field

from services.scheduling.models.row import Row
from shared.db.tables import Instant


class MonitorReading(Row, table=True):
    """One reading of a device at a moment, kept once however often it is sent. `vitals` is sealed."""

    __tablename__ = "monitor_reading"
    __table_args__ = (Index("monitor_reading_once", "session_id", "device_id", "taken_at", unique=True),)

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID
    session_id: UUID = Field(foreign_key="session.id")
    device_id: str
    taken_at: datetime = Field(sa_type=Instant)
    received_at: datetime = Field(sa_type=Instant)
    vitals: str = Field(sa_type=Text)
