"""Routes of the waitlist. A slot offered from it is claimed as every other offer is: `/v1/offers/{id}/accept`."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.scheduling import commands, queries
from services.scheduling.api.access import CHANGE, Staff, StaffOrBookerActs
from services.scheduling.commands.booking.moving import NOT_MOVABLE
from services.scheduling.commands.booking.waiting import NOT_WAITING, WAITS_ALREADY
from services.scheduling.schemas.waitlist import WaitRequest, WaitView
from shared.http import Page, Pages, problems
from shared.http.paging import CURSOR_INVALID

router = APIRouter(tags=["waitlist"])


@router.post(
    "/v1/waitlist", operation_id="joinWaitlist", status_code=201, response_model=WaitView,
    responses=problems(NOT_MOVABLE, WAITS_ALREADY),
)  # fmt: skip
async def join_waitlist(body: WaitRequest, act: StaffOrBookerActs) -> Response:
    """Wait for an earlier slot than a booked appointment has (domain D.4)."""
    return await act.run(lambda uow: commands.join_waitlist(uow, body), status=201)


@router.post(
    "/v1/waitlist/{entry_id}/leave", operation_id="leaveWaitlist", response_model=WaitView,
    responses=problems(NOT_WAITING, *CHANGE),
)  # fmt: skip
async def leave_waitlist(entry_id: UUID, act: StaffOrBookerActs) -> Response:
    """Nobody waits any more; what was offered for it ends."""
    version = act.expected_version
    return await act.run(lambda uow: commands.leave_waitlist(uow, entry_id, version))


@router.get(
    "/v1/waitlist", operation_id="listWaitlist", response_model=Page[WaitView], responses=problems(CURSOR_INVALID)
)
async def list_waitlist(clinic_id: UUID, paging: Pages, read: Staff) -> Response:
    """Who waits at a clinic, in the order of asking."""
    return await read.run(lambda uow: queries.list_waitlist(uow, clinic_id, paging))
