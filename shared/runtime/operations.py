"""Routes for operators, the same in every service: how it stands, the development clock, parked patients."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from shared.db.unit_of_work import UnitOfWork
from shared.http import Acting, Reading, acting, problems, reading
from shared.http.examples import example
from shared.problems import problem_kind
from shared.runtime import clock_loop
from shared.runtime.lag import Lag, lag, pairs_of
from shared.runtime.standing import Standing, standing
from shared.service import Definition, Service

CLOCK_CANNOT_MOVE = problem_kind(
    "CLOCK_CANNOT_MOVE", 409, "The clock moves in development only", "Set STILLWATER_ENV=development where it may."
)
Operating = Annotated[Acting, Depends(acting("operator"))]
Looking = Annotated[Reading, Depends(reading("operator"))]


class ClockRequest(BaseModel):
    """An absolute offset between business and wall time; it only grows."""

    model_config = ConfigDict(extra="forbid") | example({"offset": "PT48H"})

    offset: timedelta = Field(description="ISO 8601 duration or seconds")


def operations_router(definition: Definition, service: Service) -> APIRouter:
    """The operator's routes of one service."""
    router = APIRouter(prefix="/v1/operations", tags=["operations"])

    @router.get("/standing", operation_id="getStanding", response_model=Standing, responses=problems())
    async def get_standing(look: Looking) -> Response:
        """What the service has still to send, to hear and to do, and its clock. Role: operator."""

        async def view(uow: UnitOfWork) -> Standing:
            return await standing(definition, service)

        return await look.run(view)

    @router.get("/lag", operation_id="getLag", response_model=Lag, responses=problems())
    async def get_lag(look: Looking) -> Response:
        """What waits here and since when, who relays, how far each consumer took each producer. Role: operator."""

        async def view(uow: UnitOfWork) -> Lag:
            await uow.audit("operate", "lag", service.name)
            return await lag(service, pairs_of(definition))

        return await look.run(view)

    @router.post("/clock", operation_id="moveClock", response_model=Standing, responses=problems(CLOCK_CANNOT_MOVE))
    async def move_clock(body: ClockRequest, act: Operating) -> Response:
        """Keep an absolute clock offset; a smaller one changes nothing. Raises CLOCK_CANNOT_MOVE. Role: operator."""

        async def move(uow: UnitOfWork) -> Standing:
            await uow.audit("operate", "clock", service.name)
            try:
                await clock_loop.set_offset(service, body.offset)
            except clock_loop.NoClockHere:
                raise CLOCK_CANNOT_MOVE() from None
            return await standing(definition, service)

        return await act.run(move)

    return router
