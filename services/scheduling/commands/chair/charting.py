"""What is done in a session is written into its chart: when it happened, when and by whom it was told, its source."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from services.scheduling.domain.chart import EntryKind
from services.scheduling.floor.records import signature_of
from services.scheduling.models import Session, SessionEntry
from services.scheduling.schemas.requests import Source
from shared.db.unit_of_work import UnitOfWork
from shared.ids import new_id
from shared.problems import problem_kind

RECORD_LOCKED = problem_kind(
    "RECORD_LOCKED", 409, "The record of this session is signed", "Write an addendum; what was signed stays as it is."
)


async def append_entry(
    uow: UnitOfWork, session: Session, kind: EntryKind, at: datetime, source: Source, detail: BaseModel | None = None
) -> UUID:
    """Write one entry into a session's chart; its id."""
    row_id = new_id()
    row = SessionEntry(
        id=row_id, organisation_id=session.organisation_id, clinic_id=session.clinic_id,
        patient_id=session.patient_id, session_id=session.id, kind=kind.value, occurred_at=at, recorded_at=uow.now,
        recorded_by=uow.caller.subject, source=source.value,
        detail=uow.seal_column("session_entry", "detail", row_id, detail) if detail is not None else None,
    )  # fmt: skip
    uow.session.add(row)
    await uow.session.flush()
    await uow.audit(
        "create", "session_entry", row_id, patient_id=session.patient_id, clinic_id=session.clinic_id,
        reason=kind.value,
    )  # fmt: skip
    return row_id


async def require_unsigned(uow: UnitOfWork, session: Session) -> None:
    """Raises RECORD_LOCKED: what was signed is amended by an addendum only."""
    if await signature_of(uow, session.id) is not None:
        raise RECORD_LOCKED()
