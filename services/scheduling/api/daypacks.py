"""Routes of packs for a day on paper."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.scheduling import commands, queries
from services.scheduling.commands.handouts.daypacks import NO_READERS
from services.scheduling.handouts.views import HOLDERS
from services.scheduling.queries.daypacks import REMOVED
from services.scheduling.schemas.handouts import DayPackRequest, DayPackView
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import Acting, Page, Pages, Reading, acting, problems, reading
from shared.http.paging import CURSOR_INVALID
from shared.parcel import Parcel

router = APIRouter(tags=["sessions"])
Holder = Annotated[Reading, Depends(reading(*HOLDERS))]


@router.post(
    "/v1/day-packs", operation_id="askDayPack", status_code=201, response_model=DayPackView,
    responses=problems(NO_CLINIC_FILE, NO_READERS),
)  # fmt: skip
async def ask_day_pack(
    body: DayPackRequest, act: Annotated[Acting, Depends(acting(*HOLDERS, limit="30/hour"))]
) -> Response:
    """Put together what a location needs to go on with paper: day list, orders, flow sheets; sealed for its readers."""
    return await act.run(lambda uow: commands.ask_day_pack(uow, body), status=201)


@router.get(
    "/v1/day-packs", operation_id="listDayPacks", response_model=Page[DayPackView],
    responses=problems(CURSOR_INVALID, NO_CLINIC_FILE),
)  # fmt: skip
async def list_day_packs(
    clinic_id: UUID, paging: Pages, read: Holder,
    location: Annotated[
        str | None, Query(pattern=r"^[a-z][a-z0-9-]{0,39}$", description="all when left out", examples=["main"])
    ] = None,
) -> Response:  # fmt: skip
    """Which packs there are, the newest first."""
    return await read.run(lambda uow: queries.list_day_packs(uow, clinic_id, location, paging))


@router.get(
    "/v1/day-packs/{pack_id}/content", operation_id="readDayPack", response_model=Parcel, responses=problems(REMOVED)
)
async def read_day_pack(pack_id: UUID, read: Holder) -> Response:
    """The sealed file, to be kept where it is found without a network; `stillwater daypack open` opens it."""
    return await read.run(lambda uow: queries.read_day_pack(uow, pack_id))
