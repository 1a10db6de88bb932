"""The record of a session is signed when it is over; from then on it is amended by addenda only."""

from uuid import UUID

from services.scheduling.chairside import at_session
from services.scheduling.commands.chair.charting import RECORD_LOCKED, append_entry
from services.scheduling.commands.moments import happened_at
from services.scheduling.domain.chart import Addendum, EntryKind
from services.scheduling.floor.chart import digest_until, record_view
from services.scheduling.floor.records import signature_of
from services.scheduling.models import SessionSignature
from services.scheduling.schemas.record import AddendumRequest, SessionRecordView
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_version
from shared.problems import problem_kind

SESSION_NOT_OVER = problem_kind(
    "SESSION_NOT_OVER", 409, "The session is not over", "Record what happens as it happens; sign it after its end."
)


async def sign_session(uow: UnitOfWork, session_id: UUID, expected_version: int) -> SessionRecordView:
    """Sign the record as it stands: its digest is kept with who signed it and when.

    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, SESSION_NOT_OVER, RECORD_LOCKED when it is signed already.
    """
    session, _ = await at_session(uow, session_id, "nurse", "clinician")
    require_version(session.version, expected_version)
    if session.closed_at is None:
        raise SESSION_NOT_OVER()
    if await signature_of(uow, session_id) is not None:
        raise RECORD_LOCKED()
    signature = SessionSignature(
        session_id=session.id, organisation_id=session.organisation_id, clinic_id=session.clinic_id,
        patient_id=session.patient_id, signed_at=uow.now, signed_by=uow.caller.subject,
        digest=await digest_until(uow, session, uow.now),
    )  # fmt: skip
    uow.session.add(signature)
    await uow.session.flush()
    await uow.audit(
        "update", "session", session.id, patient_id=session.patient_id, clinic_id=session.clinic_id,
        version=session.version, reason="SIGNED",
    )  # fmt: skip
    return await record_view(uow, session)


async def add_addendum(uow: UnitOfWork, session_id: UUID, request: AddendumRequest) -> SessionRecordView:
    """Add to the record of a session that is over; what was written, and signed, stays as it is.

    Raises NOT_FOUND, FORBIDDEN, SESSION_NOT_OVER, INVALID_REQUEST for a moment in the future or before check-in.
    """
    session, _ = await at_session(uow, session_id, "nurse", "clinician")
    if session.closed_at is None:
        raise SESSION_NOT_OVER()
    at = happened_at(uow, request.occurred_at, "/occurred_at", not_before=session.checked_in_at)
    await append_entry(uow, session, EntryKind.ADDENDUM, at, request.source, Addendum(text=request.text))
    return await record_view(uow, session)
