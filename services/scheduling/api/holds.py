"""Routes of slots: found, held, confirmed."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.scheduling import commands, queries
from services.scheduling.api.access import CHANGE, StaffOrBooker, StaffOrBookerActs
from services.scheduling.commands.booking.adding import COURSE_FULL
from services.scheduling.commands.booking.courses import BOOKING_BLOCKED
from services.scheduling.commands.booking.holds import HOLD_OVER
from services.scheduling.commands.booking.moving import MOVE_REFUSED, NOT_MOVABLE, TOO_LATE_TO_MOVE
from services.scheduling.commands.booking.visits import TIME_TAKEN
from services.scheduling.commands.knowledge import KNOWLEDGE_STALE
from services.scheduling.planning.visits import STAFF_BOOK_THIS
from services.scheduling.schemas.answers import AppointmentView
from services.scheduling.schemas.slots import FindRequest, FoundView, HoldRequest, HoldView
from shared.aliases import PATIENT_MERGED
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import problems
from shared.problems import EVENTS_WAITING

router = APIRouter(tags=["slots"])
REFUSED = (
    MOVE_REFUSED, NOT_MOVABLE, TOO_LATE_TO_MOVE, COURSE_FULL, BOOKING_BLOCKED, STAFF_BOOK_THIS, EVENTS_WAITING,
    KNOWLEDGE_STALE, PATIENT_MERGED, NO_CLINIC_FILE,
)  # fmt: skip


@router.post(
    "/v1/slots/find", operation_id="findSlots", response_model=FoundView,
    responses=problems(STAFF_BOOK_THIS, NO_CLINIC_FILE),
)  # fmt: skip
async def find_slots(body: FindRequest, read: StaffOrBooker) -> Response:
    """Slots that keep every rule (domain D.1 to D.5), and why a wished time is none of them. Nothing is held."""
    return await read.run(lambda uow: queries.find_slots(uow, body))


@router.post(
    "/v1/holds", operation_id="holdSlot", status_code=201, response_model=HoldView, responses=problems(*REFUSED)
)
async def hold_slot(body: HoldRequest, act: StaffOrBookerActs) -> Response:
    """Keep a slot for some minutes; nobody else gets it meanwhile. Another hold for the same thing ends this one."""
    return await act.run(lambda uow: commands.hold_slot(uow, body), status=201)


@router.get("/v1/holds/{hold_id}", operation_id="getHold", response_model=HoldView, responses=problems())
async def get_hold(hold_id: UUID, read: StaffOrBooker) -> Response:
    """A slot that is or was held."""
    return await read.run(lambda uow: queries.get_hold(uow, hold_id))


@router.post(
    "/v1/holds/{hold_id}/confirm", operation_id="confirmHold", response_model=AppointmentView,
    responses=problems(HOLD_OVER, TIME_TAKEN, *REFUSED, *CHANGE),
)  # fmt: skip
async def confirm_hold(hold_id: UUID, act: StaffOrBookerActs) -> Response:
    """Book what is held: the visit, one more session, or the move."""
    version = act.expected_version
    return await act.run(lambda uow: commands.confirm_hold(uow, hold_id, version))


@router.post(
    "/v1/holds/{hold_id}/release", operation_id="releaseHold", response_model=HoldView,
    responses=problems(HOLD_OVER, *CHANGE),
)  # fmt: skip
async def release_hold(hold_id: UUID, act: StaffOrBookerActs) -> Response:
    """The slot is not wanted any more."""
    version = act.expected_version
    return await act.run(lambda uow: commands.release_hold(uow, hold_id, version))
