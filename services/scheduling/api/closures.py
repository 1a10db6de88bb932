"""Routes of closures."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.scheduling import commands, queries
from services.scheduling.api.access import STAFF
from services.scheduling.schemas.answers import ClosureView
from services.scheduling.schemas.requests import ClosureRequest
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import Acting, Page, Pages, Reading, acting, problems, reading
from shared.http.paging import CURSOR_INVALID

router = APIRouter()


@router.post(
    "/v1/closures", operation_id="closeDays", status_code=201, response_model=ClosureView, tags=["closures"],
    responses=problems(NO_CLINIC_FILE),
)  # fmt: skip
async def close(body: ClosureRequest, act: Annotated[Acting, Depends(acting("admin"))]) -> Response:
    """Close a clinic or a location for local days; what is booked already stays and is counted."""
    return await act.run(lambda uow: commands.close(uow, body), status=201)


@router.get(
    "/v1/closures", operation_id="listClosures", response_model=Page[ClosureView], tags=["closures"],
    responses=problems(CURSOR_INVALID, NO_CLINIC_FILE),
)  # fmt: skip
async def list_closures(
    clinic_id: UUID, paging: Pages, read: Annotated[Reading, Depends(reading(*STAFF, "admin"))]
) -> Response:  # fmt: skip
    """A clinic's closures."""
    return await read.run(lambda uow: queries.list_closures(uow, clinic_id, paging))
