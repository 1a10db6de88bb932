"""A rule that was broken in fact is recorded, and somebody looks at it: never refused, never forgotten."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from services.scheduling.chairside import at_session
from services.scheduling.commands.moments import happened_at
from services.scheduling.domain.cover import Skill
from services.scheduling.domain.deviation import Found, prescriber_absent
from services.scheduling.domain.place import Block
from services.scheduling.floor import views
from services.scheduling.models import Appointment, Deviation, Session
from services.scheduling.planning.cover import without
from services.scheduling.promised import promised
from services.scheduling.schemas.answers import SessionView
from services.scheduling.schemas.infusion import DeviationRequest
from shared.clinicfile.model import ClinicFile
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import DeviationDetail
from shared.events.scheduling import DeviationRecorded
from shared.ids import new_id
from shared.sealing import Sealed


async def record_deviations(uow: UnitOfWork, session: Session, found: Iterable[Found], occurred_at: datetime) -> None:
    """Keep each of them. Emits DeviationRecorded, which puts it on the worklist."""
    for one in found:
        row_id, detail = new_id(), DeviationDetail(code=one.code.value, finding=one.finding)
        row = Deviation(
            id=row_id, organisation_id=session.organisation_id, clinic_id=session.clinic_id,
            patient_id=session.patient_id, session_id=session.id, occurred_at=occurred_at, recorded_at=uow.now,
            recorded_by=uow.caller.subject, detail=uow.seal_column("deviation", "detail", row_id, detail),
        )  # fmt: skip
        uow.session.add(row)
        recorded = DeviationRecorded(
            deviation_id=row_id, session_id=session.id, patient_id=session.patient_id, occurred_at=occurred_at,
            deviation=Sealed.of(detail),
        )  # fmt: skip
        uow.emit(recorded, key=session.patient_id, subject=row_id, clinic_id=session.clinic_id)
        await uow.audit(
            "create", "deviation", row_id, patient_id=session.patient_id, clinic_id=session.clinic_id,
            reason=one.code.value,
        )  # fmt: skip
    await uow.session.flush()


async def tell_deviation(uow: UnitOfWork, session_id: UUID, request: DeviationRequest) -> SessionView:
    """Staff tell that a rule was broken, during a session or after it. Raises NOT_FOUND, FORBIDDEN, INVALID_REQUEST for
    a moment in the future or before check-in.
    """
    session, chair = await at_session(uow, session_id, "nurse", "clinician")
    at = happened_at(uow, request.occurred_at, "/occurred_at", not_before=session.checked_in_at)
    await record_deviations(uow, session, [Found(request.code, request.note)], at)
    return await views.session(uow, session, chair)


async def remark_absence(
    uow: UnitOfWork, session: Session, appointment: Appointment, file: ClinicFile, until: datetime
) -> None:  # fmt: skip
    """A dose is over: whether a prescriber was on duty all the while, as the roster knows today (D.2)."""
    started_at = promised(session.started_at, "session.started_at")
    if until <= started_at:
        return
    dose = Block(started_at, until)
    gaps = await without(uow, appointment.clinic_id, file, appointment.location, Skill.PRESCRIBER, dose)
    found = list(prescriber_absent([(gap.starts_at, gap.ends_at) for gap in gaps]))
    await record_deviations(uow, session, found, gaps[0].starts_at if gaps else until)
