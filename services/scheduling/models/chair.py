"""What happens at the chair."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Text, UniqueConstraint
from sqlmodel import Field

from services.scheduling.domain.appointment import State
from services.scheduling.models.row import Row, one_of
from shared.db.tables import Instant


class Session(Row, table=True):
    """What happens at the chair. `vital_round` counts changes of the vitals schedule, for its timer.

    While `suspended_at` is set nothing is due (a floor event); what was due meanwhile is due at `clocks_from`.
    `reckoned`: `delivered` follows from rate and time, nobody told it.

    `order_content`, `delivered`, `abort_reason`, `departure`, `leaving` and `attestation` are sealed.
    """

    __table_args__ = (
        one_of("state", [s.value for s in State if s not in (State.CONFIRMED, State.NO_SHOW)]),
        UniqueConstraint("appointment_id"),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(index=True)
    appointment_id: UUID = Field(foreign_key="appointment.id")
    version: int = 1
    state: str = State.CHECKED_IN.value
    file_hash: str
    vital_round: int = 0
    reckoned: bool = False
    suspended_at: datetime | None = Field(default=None, sa_type=Instant)
    clocks_from: datetime | None = Field(default=None, sa_type=Instant)
    checked_in_at: datetime = Field(sa_type=Instant)
    started_at: datetime | None = Field(default=None, sa_type=Instant)
    infusion_ended_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    order_id: UUID | None = None
    order_content: str | None = Field(default=None, sa_type=Text)
    delivered: str | None = Field(default=None, sa_type=Text)
    abort_reason: str | None = Field(default=None, sa_type=Text)
    departure: str | None = Field(default=None, sa_type=Text)
    leaving: str | None = Field(default=None, sa_type=Text)
    attestation: str | None = Field(default=None, sa_type=Text)


class Observation(Row, table=True):
    """One look at the patient, only appended. `vitals` is sealed."""

    __table_args__ = (
        one_of("source", ["staff", "device", "paper"]),
        Index("observation_session", "session_id", "occurred_at"),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID
    session_id: UUID = Field(foreign_key="session.id")
    occurred_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    recorded_by: str
    source: str
    vitals: str = Field(sa_type=Text)


class Alert(Row, table=True):
    """An alert that was raised; `detail` is a sealed AlertDetail. No observation: a measurement is overdue.

    It is one episode: `count` findings of one kind, the worst of which is `detail`, the last seen at `last_seen_at`.
    `watched`: it climbs the ladder until somebody acknowledges it. Withdrawn: nothing of it was this patient's.

    `answers` is sealed. `acknowledge_by` is null where an alert was raised before that was asked for. `rung` is the one
    of the on-call ladder that was paged last, counted from 1.
    """

    __table_args__ = (
        Index(
            "alert_unanswered", "clinic_id", "acknowledge_by", "id", postgresql_where="acknowledged_at IS NULL"
        ),
    )  # fmt: skip

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID
    session_id: UUID = Field(foreign_key="session.id", index=True)
    observation_id: UUID | None = Field(default=None, foreign_key="observation.id")
    version: int = 1
    raised_at: datetime = Field(sa_type=Instant)
    acknowledge_by: datetime | None = Field(default=None, sa_type=Instant)
    acknowledged_at: datetime | None = Field(default=None, sa_type=Instant)
    acknowledged_by: str | None = None
    watched: bool = False
    count: int = 1
    last_seen_at: datetime | None = Field(default=None, sa_type=Instant)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)
    rung: int = 0
    escalations: int = 0
    escalated_at: datetime | None = Field(default=None, sa_type=Instant)
    detail: str = Field(sa_type=Text)
    answers: str | None = Field(default=None, sa_type=Text)

    @property
    def unanswered(self) -> bool:
        """Whether somebody must still acknowledge it."""
        return self.acknowledged_at is None and self.withdrawn_at is None


class AlertSighting(Row, table=True):
    """One finding, of the episode that it joined; `detail` is a sealed AlertDetail. None is ever lost.

    Withdrawn: what it was found in was another patient's, or is judged otherwise since.
    """

    __tablename__ = "alert_sighting"

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID
    session_id: UUID = Field(foreign_key="session.id", index=True)
    alert_id: UUID = Field(foreign_key="alert.id", index=True)
    observation_id: UUID | None = Field(default=None, foreign_key="observation.id")
    seen_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)
    detail: str = Field(sa_type=Text)
