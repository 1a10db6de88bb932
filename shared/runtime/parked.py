"""Operators' routes for parked patients: look, retry, discard."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from shared.db.unit_of_work import UnitOfWork
from shared.events import Event
from shared.http import Acting, Reading, acting, problems, reading
from shared.messaging import parking
from shared.messaging.parking import STILL_REFUSED
from shared.problems import NOT_FOUND
from shared.service import Definition, Handler, Service

Operating = Annotated[Acting, Depends(acting("operator"))]
Looking = Annotated[Reading, Depends(reading("operator"))]


class ParkedView(BaseModel):
    """A patient's queue: the event at its head, why it was refused, how many wait behind it."""

    model_config = ConfigDict(from_attributes=True)

    consumer: str
    producer: str
    key: UUID
    sequence: int
    event_id: UUID
    type: str
    reason: str | None
    parked_since: datetime
    behind: int


class ParkedList(BaseModel):
    items: list[ParkedView]


class DiscardRequest(BaseModel):
    """Why the event will never take effect here: a code, kept in the audit."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{2,39}$", examples=["DUPLICATE_RECORD"])]


class Settled(BaseModel):
    """Which queue was acted on."""

    consumer: str
    producer: str
    key: UUID


def parked_router(definition: Definition, service: Service) -> APIRouter:
    """The routes of one service; an operator sees the parked events of the own organisation."""
    router = APIRouter(prefix="/v1/operations/parked", tags=["operations"])
    tables = _tables(definition)

    @router.get("", operation_id="listParked", response_model=ParkedList, responses=problems())
    async def list_parked(look: Looking) -> Response:
        """Parked patients, the longest waiting first. Role: operator."""

        async def view(uow: UnitOfWork) -> ParkedList:
            parked = await parking.list_parked(service, uow.organisation_id)
            return ParkedList(items=[ParkedView.model_validate(one) for one in parked])

        return await look.run(view)

    @router.post(
        "/{consumer}/{producer}/{stream}/retry", operation_id="retryParked", response_model=Settled,
        responses=problems(STILL_REFUSED),
    )  # fmt: skip
    async def retry(consumer: str, producer: str, stream: UUID, act: Operating) -> Response:
        """Apply the head of a queue now, on today's state. Raises PARKED_EVENT_REFUSED, NOT_FOUND. Role: operator."""

        async def again(uow: UnitOfWork) -> Settled:
            if consumer not in tables:
                raise NOT_FOUND()
            await parking.retry(service, consumer, producer, stream, subscriptions=tables[consumer], caller=uow.caller)
            return Settled(consumer=consumer, producer=producer, key=stream)

        return await act.run(again)

    @router.post(
        "/{consumer}/{producer}/{stream}/discard", operation_id="discardParked", response_model=Settled,
        responses=problems(),
    )  # fmt: skip
    async def discard(consumer: str, producer: str, stream: UUID, body: DiscardRequest, act: Operating) -> Response:
        """Give up the head of a queue: it never takes effect here. Raises NOT_FOUND. Role: operator."""

        async def give_up(uow: UnitOfWork) -> Settled:
            await parking.discard(service, consumer, producer, stream, reason=body.reason, caller=uow.caller)
            return Settled(consumer=consumer, producer=producer, key=stream)

        return await act.run(give_up)

    return router


def _tables(definition: Definition) -> dict[str, Mapping[type[Event], Handler]]:
    """The handlers of each consumer of the service, by the consumer's name."""
    return {
        f"{definition.name}.commands": definition.subscriptions,
        f"{definition.name}.timeline": definition.projections,
    }
