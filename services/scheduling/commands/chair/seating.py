"""The patient sits in another chair than the booked one."""

from uuid import UUID

from services.scheduling import records
from services.scheduling.chairside import Chairside, at_session, is_occupied, take_turn
from services.scheduling.commands.chair.steps import session_view
from services.scheduling.domain.appointment import State
from services.scheduling.domain.needs import Needs, needs_of
from services.scheduling.domain.place import Block
from services.scheduling.models import Session
from services.scheduling.planning.ground import chairs_of, hold_location, invalid, location_of
from services.scheduling.planning.taken import taken_at
from services.scheduling.schemas.answers import SessionView
from services.scheduling.schemas.floor import ChairRequest
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_version
from shared.problems import CONFLICT, FieldError, problem_kind

CHAIR_TAKEN = problem_kind(
    "CHAIR_TAKEN", 409, "The chair is not free", "Choose a chair that is free until the end of the block."
)
CHAIR_UNSUITABLE = problem_kind(
    "CHAIR_UNSUITABLE", 409, "The chair does not meet what the patient needs of one", "Choose a chair that does."
)


async def change_chair(
    uow: UnitOfWork, session_id: UUID, request: ChairRequest, expected_version: int
) -> SessionView:  # fmt: skip
    """Another chair of the location for the rest of the session, as the board, the roll-call and the next start see it.
    The location is locked first, as bookings do.

    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, CONFLICT for a session that is over, INVALID_REQUEST (no chair of the
    location that takes the protocol, or the same), CHAIR_TAKEN (booked, held, out of order or still occupied),
    CHAIR_UNSUITABLE (it does not meet what the patient is known to need; what is unclear the nurse sees).
    """
    seen = await records.find(uow, Session, session_id)
    booked = await records.find_for(uow, seen.appointment_id, "nurse", "clinician", lock=False)
    await hold_location(uow, booked.clinic_id, booked.location)
    session, chair = await at_session(uow, session_id, "nurse", "clinician")
    require_version(session.version, expected_version)
    if not State(session.state).is_live:
        raise CONFLICT(params={"state": session.state})
    chair_id = _chair_id(chair, request.chair, needs_of(await records.cards_of(uow, session.patient_id)))
    await take_turn(uow, chair_id)
    appointment = chair.appointment
    block = Block(appointment.starts_at, appointment.ends_at)
    known = await taken_at(uow, appointment.clinic_id, appointment.location, block)
    taken = any(one.seat == chair_id for one in known)
    if taken or await is_occupied(uow, appointment, chair_id):
        raise CHAIR_TAKEN(errors=[FieldError("/chair", "TAKEN" if taken else "OCCUPIED")])
    appointment.chair, appointment.chair_id = request.chair, chair_id
    appointment.version, session.version = appointment.version + 1, session.version + 1
    await uow.session.flush()
    await records.audit(uow, "update", "appointment", appointment)
    return await session_view(uow, session, chair)


def _chair_id(chair: Chairside, wanted: str, needs: Needs) -> UUID:
    """Raises INVALID_REQUEST, CHAIR_UNSUITABLE."""
    file, appointment = chair.clinic.file, chair.appointment
    chairs = chairs_of(file, location_of(file, appointment.location), chair.protocol)
    found = next((chair_id for chair_id, one in chairs.items() if one.id == wanted), None)
    if found is None:
        raise invalid("/chair", "UNKNOWN_CHAIR", known=[one.id for one in chairs.values()])
    if found == appointment.chair_id:
        raise invalid("/chair", "SAME_CHAIR")
    if not needs.met_by(chairs[found].suits):
        raise CHAIR_UNSUITABLE(errors=[FieldError("/chair", "CHAIR_UNSUITABLE")])
    return found
