"""What is asked on the day before a dose, and what a prescriber answers for (domain A.4, A.5)."""

from datetime import datetime
from uuid import UUID

from services.scheduling import records
from services.scheduling.chairside import Chairside, at_session, before_dose
from services.scheduling.commands.moments import happened_at
from services.scheduling.dayof.views import day_check
from services.scheduling.domain.dayoverrides import may_be_overridden
from services.scheduling.domain.spray import is_spray
from services.scheduling.models import DayOverride, DayRecord
from services.scheduling.schemas.dayof import DayCheckRequest, DayCheckView, DayOverrideDetail, DayOverrideRequest
from shared.calendar import local_date
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_version
from shared.ids import new_id
from shared.problems import INVALID_REQUEST, FieldError


async def record_day_check(uow: UnitOfWork, session_id: UUID, request: DayCheckRequest) -> DayCheckView:
    """Append answers, in any state of the session; of each question the answer given last counts.

    Raises NOT_FOUND, FORBIDDEN, INVALID_REQUEST for moments in the future and questions that the clinic does not ask.
    """
    session, chair = await at_session(uow, session_id, "nurse", "clinician")
    occurred_at = happened_at(uow, request.occurred_at, "/occurred_at", not_before=session.checked_in_at)
    _require_possible(request, occurred_at, chair)
    record_id = new_id()
    uow.session.add(
        DayRecord(
            id=record_id, organisation_id=session.organisation_id, clinic_id=session.clinic_id,
            patient_id=session.patient_id, session_id=session.id, occurred_at=occurred_at, recorded_at=uow.now,
            recorded_by=uow.caller.subject, source=request.source.value,
            answers=uow.seal_column("day_record", "answers", record_id, request.answers()),
        )
    )  # fmt: skip
    await uow.session.flush()
    await uow.audit("create", "day_record", record_id, patient_id=session.patient_id, clinic_id=session.clinic_id)
    return day_check(session.id, await before_dose(uow, chair), uow.now)


async def override_criterion(
    uow: UnitOfWork, session_id: UUID, request: DayOverrideRequest, expected_version: int
) -> DayCheckView:
    """A prescriber answers for a criterion of the day, or for pressure, pulse, oxygen or escort, as it stands now.

    What is told about it afterwards is not covered. Raises NOT_FOUND, FORBIDDEN, STALE_VERSION (the check's version),
    INVALID_REQUEST for what nothing is wrong with, and for what nobody may override (H.5, A.6).
    """
    session, chair = await at_session(uow, session_id, "clinician")
    chair = await before_dose(uow, chair)
    require_version(chair.day.version, expected_version)
    await _require_overridable(uow, chair, request.criterion)
    override_id = new_id()
    detail = DayOverrideDetail(criterion=request.criterion, reason=request.reason)
    uow.session.add(
        DayOverride(
            id=override_id, organisation_id=session.organisation_id, clinic_id=session.clinic_id,
            patient_id=session.patient_id, session_id=session.id, overridden_at=uow.now,
            overridden_by=uow.caller.subject, detail=uow.seal_column("day_override", "detail", override_id, detail),
        )
    )  # fmt: skip
    await uow.session.flush()
    await uow.audit("create", "day_override", override_id, patient_id=session.patient_id, clinic_id=session.clinic_id)
    return day_check(session.id, await before_dose(uow, chair), uow.now)


async def _require_overridable(uow: UnitOfWork, chair: Chairside, criterion: str) -> None:
    care = await records.care_of(uow, chair.appointment.patient_id, chair.appointment.clinic_id)
    blocking = {blocker.code for blocker in chair.blockers(care, uow.now)}
    policy, spray = chair.clinic.file.day_of, is_spray(chair.protocol.modality)
    if criterion not in blocking:
        raise INVALID_REQUEST(errors=[FieldError("/criterion", "NOT_UNMET")])
    if not may_be_overridden(criterion, policy, spray=spray):
        raise INVALID_REQUEST(errors=[FieldError("/criterion", "NEVER_OVERRIDDEN")])


def _require_possible(request: DayCheckRequest, occurred_at: datetime, chair: Chairside) -> None:
    """Nothing is told of after it was asked. Raises INVALID_REQUEST."""
    told = request.answers()
    moments = {
        "/solids/at": told.solids.at if told.solids else None, "/clear_liquids_at": told.clear_liquids_at,
        "/assessed_at": told.assessed_at, "/suicide_screen/at": told.suicide_screen.at if told.suicide_screen else None,
    }  # fmt: skip
    days = {
        "/weighed_on": told.weighed_on, "/pregnancy/tested_on": told.pregnancy.tested_on if told.pregnancy else None
    }  # fmt: skip
    today, asks = local_date(occurred_at, chair.clinic.file.zone), {own.code for own in chair.clinic.file.day_of.also}
    wrong = [
        *(FieldError(where, "AFTER_IT_WAS_ASKED") for where, at in moments.items() if at and at > occurred_at),
        *(FieldError(where, "AFTER_IT_WAS_ASKED") for where, on in days.items() if on and on > today),
        *(FieldError(f"/own/{code}", "NOT_ASKED_HERE") for code in told.own if code not in asks),
    ]
    if wrong:
        raise INVALID_REQUEST(errors=wrong)
