"""Visits that are no session: booking a consultation, and saying that it took place."""

from uuid import UUID

from services.scheduling import records, views
from services.scheduling.commands.booking.courses import BOOKING_BLOCKED
from services.scheduling.commands.booking.losing import lose_offers
from services.scheduling.commands.booking.saying import say
from services.scheduling.commands.knowledge import require_known
from services.scheduling.domain.appointment import SESSION, State
from services.scheduling.domain.visits import self_service_blockers
from services.scheduling.models import Appointment
from services.scheduling.planning.cover import told_of
from services.scheduling.planning.ground import hold_location, require_on_grid
from services.scheduling.planning.own import busy
from services.scheduling.planning.visits import STAFF_BOOK_THIS, Desk, desk_of, unheard_at
from services.scheduling.schemas.answers import AppointmentView
from services.scheduling.schemas.requests import VisitRequest
from shared.aliases import require_unmerged
from shared.db.unit_of_work import UnitOfWork
from shared.events.scheduling import AppointmentBooked, AppointmentCompleted
from shared.http import require_patient, require_role, require_version
from shared.ids import new_id
from shared.problems import FieldError, problem_kind

TIME_TAKEN = problem_kind(
    "TIME_TAKEN", 409, "The visit cannot take place then", "Choose one of the times that `GET /v1/slots` gives."
)
NOT_A_VISIT = problem_kind(
    "NOT_A_VISIT", 409, "Only a visit whose start has passed can be completed", "Discharge a session instead."
)


async def book_visit(uow: UnitOfWork, request: VisitRequest) -> AppointmentView:
    """Book a visit of one of the clinic's kinds. It needs no order and holds its location's desk, no chair; somebody
    interprets in each of its minutes, where the patient needs that and a roster is kept.

    Staff may always book one; a patient only kinds that patients may book, when screening and safety allow (A.1).
    Raises NOT_FOUND, FORBIDDEN, STAFF_BOOK_THIS, BOOKING_BLOCKED (naming each blocker), TIME_TAKEN (saying why),
    KNOWLEDGE_STALE, INVALID_REQUEST, NO_CLINIC_FILE.
    """
    require_patient(uow, request.patient_id)
    if uow.caller.kind != "patient":
        require_role(uow, request.clinic_id, "frontdesk", "nurse", "clinician")
    await records.known_patient(uow, request.patient_id, lock=True)
    await require_unmerged(uow, request.patient_id)
    await hold_location(uow, request.clinic_id, request.location)
    desk = await desk_of(uow, request.clinic_id, request.location, request.kind, [request.day])
    require_on_grid(desk.file, request.time)
    await require_self_service(uow, request, desk)
    await _require_free(uow, request, desk)
    visit = _visit(uow, request, desk)
    uow.session.add(visit)
    say(uow, AppointmentBooked, visit)
    await records.audit(uow, "create", "appointment", visit)
    await lose_offers(uow, [visit])
    return views.appointment(visit)


async def require_self_service(uow: UnitOfWork, request: VisitRequest, desk: Desk) -> None:
    """Staff pass. Raises STAFF_BOOK_THIS, KNOWLEDGE_STALE, BOOKING_BLOCKED."""
    if uow.caller.kind != "patient":
        return
    if not desk.kind.patient_may_book:
        raise STAFF_BOOK_THIS()
    care = await records.care_of(uow, request.patient_id, request.clinic_id)
    require_known(care)
    blockers = self_service_blockers(care)
    if blockers:
        errors = [FieldError("/patient_id", b.code, {"owner": b.owner, "detail": b.wording}) for b in blockers]
        raise BOOKING_BLOCKED(errors=errors, params={"blockers": [b.code for b in blockers]})


async def _require_free(uow: UnitOfWork, request: VisitRequest, desk: Desk) -> None:
    shut = desk.place.shut(request.day, request.time)
    if shut is not None:
        raise TIME_TAKEN(errors=[FieldError("/time", shut)])
    block = desk.place.block(request.day, request.time)
    why = {
        "IN_THE_PAST": block.starts_at <= uow.now,
        "DESK_TAKEN": any(block.overlaps(other) for other in desk.taken),
        "PATIENT_BOOKED_THEN": any(block.overlaps(other) for other in await busy(uow, request.patient_id)),
    }
    errors = [FieldError("/time", code) for code, so in why.items() if so]
    for lack in await unheard_at(uow, desk, request.clinic_id, request.patient_id, block):
        errors.append(FieldError("/time", lack.code, told_of(lack, desk.place.zone)))
    if errors:
        raise TIME_TAKEN(errors=errors)


def _visit(uow: UnitOfWork, request: VisitRequest, desk: Desk) -> Appointment:
    block = desk.place.block(request.day, request.time)
    return Appointment(
        id=new_id(), organisation_id=uow.organisation_id, clinic_id=request.clinic_id, patient_id=request.patient_id,
        kind=desk.kind.id, location=request.location, chair_id=desk.id, zone=desk.place.zone,
        starts_at=block.starts_at, ends_at=block.ends_at, booked_at=uow.now,
    )  # fmt: skip


async def complete_visit(uow: UnitOfWork, appointment_id: UUID, expected_version: int) -> AppointmentView:
    """The visit took place. A session is discharged instead.

    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, NOT_A_VISIT.
    """
    visit = await records.find_for(uow, appointment_id, "frontdesk", "nurse", "clinician")
    require_version(visit.version, expected_version)
    if visit.kind == SESSION or visit.state != State.CONFIRMED.value or visit.starts_at > uow.now:
        raise NOT_A_VISIT()
    visit.state, visit.version = State.COMPLETED.value, visit.version + 1
    say(uow, AppointmentCompleted, visit, completed_at=uow.now)
    await records.audit(uow, "update", "appointment", visit)
    return views.appointment(visit)
