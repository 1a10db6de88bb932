"""The route of the chair board."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.scheduling import queries
from services.scheduling.api.access import Staff
from services.scheduling.chairside import PROTOCOL_GONE
from services.scheduling.schemas.board import BoardView
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import problems

router = APIRouter()


@router.get(
    "/v1/board", operation_id="getBoard", response_model=BoardView, tags=["sessions"],
    responses=problems(NO_CLINIC_FILE, PROTOCOL_GONE),
)  # fmt: skip
async def get_board(
    clinic_id: Annotated[UUID, Query()], read: Staff,
    location: Annotated[
        str | None, Query(pattern=r"^[a-z][a-z0-9-]{0,39}$", description="all when left out", examples=["main"])
    ] = None,
) -> Response:  # fmt: skip
    """Every chair now: who is in it and for how long, what is due next and whether it is overdue, when it is free."""
    return await read.run(lambda uow: queries.get_board(uow, clinic_id, location))
