"""The chart of a session beside what was observed: what was done, and which rules were broken in fact."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Text
from sqlmodel import Field

from services.scheduling.domain.chart import EntryKind
from services.scheduling.models.row import Row, one_of
from shared.db.tables import Instant

SOURCES = ["staff", "device", "paper"]


class SessionEntry(Row, table=True):
    """Something done in a session, only appended. `detail` is sealed; null where there is nothing more to say."""

    __tablename__ = "session_entry"
    __table_args__ = (
        one_of("source", SOURCES),
        one_of("kind", [kind.value for kind in EntryKind]),
        Index("session_entry_session", "session_id", "occurred_at"),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID
    session_id: UUID = Field(foreign_key="session.id")
    kind: str
    occurred_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    recorded_by: str
    source: str
    detail: str | None = Field(default=None, sa_type=Text)


class Deviation(Row, table=True):
    """A rule that was broken in fact, only appended; `detail` is a sealed DeviationDetail. Its task is intake's."""

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID
    session_id: UUID = Field(foreign_key="session.id", index=True)
    occurred_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    recorded_by: str
    detail: str = Field(sa_type=Text)


class EntryMove(Row, table=True):
    """An observation, or a change of an infusion, that was another session's: `new_entry_id` is it there.

    The entry stays where it was made, visible as moved, and counts there no longer.
    """

    __tablename__ = "entry_move"

    entry_id: UUID = Field(primary_key=True)
    organisation_id: UUID
    session_id: UUID = Field(foreign_key="session.id", index=True)
    to_session_id: UUID = Field(foreign_key="session.id")
    new_entry_id: UUID
    reason: str
    moved_at: datetime = Field(sa_type=Instant)
    moved_by: str


class SessionSignature(Row, table=True):
    """Who signed the record of a session, and its digest then. From then on it is amended by addenda only."""

    __tablename__ = "session_signature"

    session_id: UUID = Field(primary_key=True, foreign_key="session.id")
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID
    signed_at: datetime = Field(sa_type=Instant)
    signed_by: str
    digest: str
