"""Letting the patient go home (domain C.5)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.scheduling import records
from services.scheduling.chairside import Chairside, at_session, longest_wait
from services.scheduling.commands.booking.changes import settle_course
from services.scheduling.commands.chair.charting import append_entry
from services.scheduling.commands.chair.deviations import record_deviations, remark_absence
from services.scheduling.commands.chair.forms import open_form
from services.scheduling.commands.chair.given import recorded
from services.scheduling.commands.chair.steps import move, require_may_become, session_view
from services.scheduling.commands.moments import happened_at
from services.scheduling.domain.aldrete import Answers
from services.scheduling.domain.appointment import State
from services.scheduling.domain.chart import EntryKind
from services.scheduling.domain.deviation import late_discharge
from services.scheduling.domain.discharge import Bedside, Departure, Unmet, unmet_criteria
from services.scheduling.domain.leaving import Disposition, may_be_overridden, still_unmet
from services.scheduling.domain.spray import is_spray
from services.scheduling.domain.spray_discharge import SprayDeparture, unmet_after_spray
from services.scheduling.domain.vitals import merged
from services.scheduling.models import Session
from services.scheduling.promised import promised
from services.scheduling.schemas.answers import SessionView
from services.scheduling.schemas.leaving import DischargeRequest, LeavingView, Override
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import DeliveredDose
from shared.events.scheduling import SessionCompleted
from shared.http import require_role, require_version
from shared.problems import INVALID_REQUEST, FieldError, problem_kind
from shared.sealing import Sealed

DISCHARGE_REFUSED = problem_kind(
    "DISCHARGE_REFUSED",
    409,
    "The patient may not go home yet",
    "Settle every criterion in errors, or let a prescriber override it with a reason.",
)


async def discharge(
    uow: UnitOfWork, session_id: UUID, request: DischargeRequest, expected_version: int
) -> SessionView:  # fmt: skip
    """Discharge when every criterion of C.5 is met or overridden by a prescriber; an unknown one refuses like an
    unmet one.

    Vitals count when taken after the infusion, at most one recovery interval and its grace before the moment told; what
    was seen after that moment counts too, so that a moment told earlier hides nothing.
    Raises NOT_FOUND, FORBIDDEN (an override by a nurse, too), STALE_VERSION, CONFLICT, DISCHARGE_REFUSED (every
    criterion), INVALID_REQUEST (an override of what is met, or of what nobody may override).
    """
    session, chair = await at_session(uow, session_id, "nurse", "clinician")
    require_version(session.version, expected_version)
    require_may_become(session.state, State.COMPLETED)
    leaves_at = happened_at(uow, request.discharged_at, "/discharged_at", not_before=session.infusion_ended_at)
    unmet = await _unmet(uow, session, chair, request, leaves_at)
    overridden = _overridden(uow, session, chair, request, unmet)
    _require_fit(still_unmet(unmet, [override.criterion for override in overridden]))
    session.departure = uow.seal_column("session", "departure", session.id, request)
    left = LeavingView(disposition=Disposition.HOME, overridden=overridden)
    session.leaving = uow.seal_column("session", "leaving", session.id, left)
    given = promised(recorded(uow, session, chair, leaves_at), "session.delivered")
    session.delivered = uow.seal_column("session", "delivered", session.id, given)
    session.closed_at = leaves_at
    move(chair, session, State.COMPLETED)
    await append_entry(uow, session, EntryKind.DISCHARGED, leaves_at, request.source)
    late = late_discharge(chair.appointment.ends_at, leaves_at, chair.clinic.file.chart.late_discharge_minutes)
    await record_deviations(uow, session, late, leaves_at)
    if is_spray(chair.protocol.modality):
        await remark_absence(uow, session, chair.appointment, chair.clinic.file, leaves_at)
    _say_completed(uow, session, chair, leaves_at, given)
    await open_form(uow, session, chair)
    await settle_course(uow, chair.appointment, carried_out=True)
    await records.audit(uow, "update", "session", session)
    return await session_view(uow, session, chair)


async def _unmet(
    uow: UnitOfWork, session: Session, chair: Chairside, request: DischargeRequest, leaves_at: datetime
) -> list[Unmet]:
    ended_at = promised(session.infusion_ended_at, "session.infusion_ended_at")
    started_at = promised(session.started_at, "session.started_at")
    current = merged(chair.readings, max(ended_at, leaves_at - longest_wait(chair.policy)), uow.now)
    care = await records.care_of(uow, session.patient_id, session.clinic_id)
    bedside = _bedside(request, concern_open=care.open_concerns > 0)
    if is_spray(chair.protocol.modality):
        since = [reading for reading in chair.readings if reading.at >= started_at]
        spray = SprayDeparture(bedside, chair.before, current, since, started_at, leaves_at)
        return unmet_after_spray(spray, chair.policy)
    return unmet_criteria(Departure(bedside, chair.before, current, ended_at, leaves_at), chair.policy)


def _bedside(request: DischargeRequest, *, concern_open: bool) -> Bedside:
    aldrete = request.aldrete
    return Bedside(
        aldrete=Answers(aldrete.activity, aldrete.respiration, aldrete.consciousness), gait_steady=request.gait_steady,
        nausea_controlled=request.nausea_controlled, iv_out=request.iv_out, escort_present=request.escort_present,
        instructions_given=request.instructions_given,
        new_suicide_concern=True if concern_open else request.new_suicide_concern,
        pressure_acceptable=request.pressure_acceptable, dissociation_resolved=request.dissociation_resolved,
    )  # fmt: skip


def _overridden(
    uow: UnitOfWork, session: Session, chair: Chairside, request: DischargeRequest, unmet: Sequence[Unmet]
) -> list[Override]:
    """What a prescriber answers for. Raises FORBIDDEN, INVALID_REQUEST."""
    if request.overrides:
        require_role(uow, session.clinic_id, "clinician")
    spray, codes = is_spray(chair.protocol.modality), {criterion.code for criterion in unmet}
    wrong = [
        FieldError(f"/overrides/{n}/criterion", "NOT_UNMET" if asked.criterion not in codes else "NEVER_OVERRIDDEN")
        for n, asked in enumerate(request.overrides)
        if asked.criterion not in codes or not may_be_overridden(asked.criterion, spray=spray)
    ]
    if wrong:
        raise INVALID_REQUEST(errors=wrong)
    return [Override(**asked.model_dump(), by=uow.caller.subject) for asked in request.overrides]


def _require_fit(unmet: list[Unmet]) -> None:
    if unmet:
        raise DISCHARGE_REFUSED(
            errors=[
                FieldError(u.pointer, u.code, {"state": "UNMET" if u.known else "UNKNOWN", **u.params}) for u in unmet
            ],
            params={"unmet": [u.code for u in unmet]},
        )


def _say_completed(
    uow: UnitOfWork, session: Session, chair: Chairside, leaves_at: datetime, delivered: DeliveredDose
) -> None:
    completed = SessionCompleted(
        session_id=session.id, appointment_id=session.appointment_id, patient_id=session.patient_id,
        course_id=chair.appointment.course_id, session_number=chair.appointment.session_number,
        discharged_at=leaves_at, delivered=Sealed.of(delivered),
    )  # fmt: skip
    uow.emit(completed, key=session.patient_id, subject=session.id, clinic_id=session.clinic_id)
