"""Operators' routes for a producer whose database was restored from a backup: look, and confirm a new epoch."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from shared.db.unit_of_work import UnitOfWork
from shared.http import Acting, Reading, acting, problems, reading
from shared.http.examples import example
from shared.messaging import epoch, replays
from shared.messaging.epoch import NOT_HELD
from shared.service import Service

Operating = Annotated[Acting, Depends(acting("operator"))]
Looking = Annotated[Reading, Depends(reading("operator"))]


class StrangerView(BaseModel):
    """An event that was said and heard, and whose cause the restored database does not have."""

    model_config = ConfigDict(from_attributes=True)

    event_id: UUID
    type: str
    subject: str = Field(description="id of the thing that it happened to")
    key: UUID
    sequence: int
    event_time: datetime
    taken_over_at: datetime | None = Field(description="when an operator confirmed the epoch that knows it")


class EpochView(BaseModel):
    """`held_since`: nothing is said until an operator confirms. `strangers`: the oldest 200 of the organisation."""

    model_config = ConfigDict(from_attributes=True)

    epoch: int
    held_since: datetime | None
    strangers: list[StrangerView]


class ReplayRequest(BaseModel):
    """`to`: the one consumer that is fed; without it everybody is."""

    model_config = ConfigDict(extra="forbid") | example({"to": "billing.commands"})

    to: Annotated[str | None, Field(pattern=r"^[a-z]+\.[a-z]+$")] = None


TO_ALL = ReplayRequest()


def epoch_router(service: Service) -> APIRouter:
    """The routes of one service."""
    router = APIRouter(prefix="/v1/operations/epoch", tags=["operations"])

    @router.get("", operation_id="getEpoch", response_model=EpochView, responses=problems())
    async def get_epoch(look: Looking) -> Response:
        """Whether the service is held, and what its topic held that it did not know. Role: operator."""

        async def view(uow: UnitOfWork) -> EpochView:
            return EpochView.model_validate(await epoch.show(uow))

        return await look.run(view)

    @router.post("/confirm", operation_id="confirmEpoch", response_model=EpochView, responses=problems(NOT_HELD))
    async def confirm_epoch(act: Operating) -> Response:
        """Begin a new epoch: numbers go on behind what was heard. Raises PRODUCER_NOT_HELD. Role: operator."""

        async def confirm(uow: UnitOfWork) -> EpochView:
            await uow.audit("operate", "epoch", service.name)
            return EpochView.model_validate(await epoch.confirm(uow))

        return await act.run(confirm)

    @router.post(
        "/replay", operation_id="replayEvents", status_code=202, response_model=EpochView, responses=problems()
    )
    async def replay_events(act: Operating, body: ReplayRequest = TO_ALL) -> Response:
        """Send everything that this service ever said again, to all or `to` one consumer, which so hears it from the
        beginning. It fills gaps; whoever took an event already drops it as seen. Role: operator.
        """

        async def ask(uow: UnitOfWork) -> EpochView:
            await uow.audit("operate", "replay", f"{service.name} to {body.to}" if body.to else service.name)
            await replays.ask(uow, body.to)
            return EpochView.model_validate(await epoch.show(uow))

        return await act.run(ask, status=202)

    return router
