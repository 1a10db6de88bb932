"""Operators' routes for parked patients: look, retry, discard. They show ids and codes, never what an event says."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from shared.db.unit_of_work import UnitOfWork
from shared.http import Acting, Reading, acting, problems, reading
from shared.http.examples import example
from shared.messaging import parking
from shared.messaging.parking import STILL_REFUSED
from shared.messaging.waiting import Stored
from shared.problems import NOT_FOUND
from shared.runtime.retrying import Tables, retry_some
from shared.service import Definition, Service

Operating = Annotated[Acting, Depends(acting("operator"))]
Looking = Annotated[Reading, Depends(reading("operator"))]
Consumer = Annotated[str, Path(examples=["billing.commands"])]
Producer = Annotated[str, Path(examples=["scheduling"])]


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


class WaitingView(BaseModel):
    """A stored event. `why`: `parked` (refused), `queued` (behind a parked one), `gap` (an earlier one is missing).

    `overtook`: a stop fact that took effect when it arrived, and only holds its place.
    """

    sequence: int
    event_id: UUID
    type: str
    why: Literal["parked", "queued", "gap"]
    reason: str | None
    overtook: bool
    since: datetime


class QueueView(BaseModel):
    """All that is stored of a patient's events from one producer at one consumer, in their order."""

    consumer: str
    producer: str
    key: UUID
    events: list[WaitingView]


class RetryTypeRequest(BaseModel):
    """Which events to retry: those of this type at the head of a queue. `after` goes on where an answer ended."""

    model_config = ConfigDict(extra="forbid") | example({"type": "stillwater.intake.OrderSigned.v1"})

    type: Annotated[str, Field(pattern=r"^stillwater\.[a-z]+\.[A-Za-z]+\.v[0-9]+$")]
    after: Annotated[str | None, Field(max_length=200)] = None


class RetriedView(BaseModel):
    """What came of retrying a type: events `applied`, and `refused` again by reason. `next` is null at the end."""

    type: str
    applied: int
    refused: dict[str, int]
    next: str | None


class DiscardRequest(BaseModel):
    """Why the event will never take effect here: a code, kept in the audit."""

    model_config = ConfigDict(extra="forbid") | example({"reason": "DUPLICATE_RECORD"})

    reason: Annotated[str, Field(pattern=parking.REASON)]


class Settled(BaseModel):
    """Which queue was acted on."""

    consumer: str
    producer: str
    key: UUID


def parked_router(definition: Definition, service: Service) -> APIRouter:
    """The routes of one service; an operator sees the parked events of the own organisation."""
    router = APIRouter(prefix="/v1/operations/parked", tags=["operations"])
    tables = _tables(definition)
    _add_looks(router, service)
    _add_retries(router, service, tables)
    _add_discard(router, service)
    return router


def _add_looks(router: APIRouter, service: Service) -> None:
    @router.get("", operation_id="listParked", response_model=ParkedList, responses=problems())
    async def list_parked(look: Looking) -> Response:
        """Parked patients, the longest waiting first. Role: operator."""

        async def view(uow: UnitOfWork) -> ParkedList:
            await uow.audit("operate", "parked-events.list", service.name)
            parked = await parking.list_parked(service, uow.organisation_id)
            return ParkedList(items=[ParkedView.model_validate(one) for one in parked])

        return await look.run(view)

    @router.get(
        "/{consumer}/{producer}/{stream}", operation_id="getParked", response_model=QueueView, responses=problems()
    )
    async def show(consumer: Consumer, producer: Producer, stream: UUID, look: Looking) -> Response:
        """A patient's queue, event by event. Raises NOT_FOUND. Role: operator."""

        async def view(uow: UnitOfWork) -> QueueView:
            await uow.audit("operate", "parked-events.show", f"{consumer}/{producer}", patient_id=stream)
            stored = await parking.queue(service, consumer, producer, stream, caller=uow.caller)
            return QueueView(consumer=consumer, producer=producer, key=stream, events=[_waiting(one) for one in stored])

        return await look.run(view)


def _add_retries(router: APIRouter, service: Service, tables: Tables) -> None:
    @router.post("/retry", operation_id="retryParkedType", response_model=RetriedView, responses=problems())
    async def retry_type(body: RetryTypeRequest, act: Operating) -> Response:
        """Retry parked events of one type, a part of them at a time: go on with `next`. Role: operator."""

        async def again(uow: UnitOfWork) -> RetriedView:
            await uow.audit("operate", "parked-events.retry", body.type)
            done = await retry_some(service, tables, body.type, after=body.after, caller=uow.caller)
            return RetriedView(type=body.type, applied=done.applied, refused=dict(done.refused), next=done.next)

        return await act.run(again)

    @router.post(
        "/{consumer}/{producer}/{stream}/retry", operation_id="retryParked", response_model=Settled,
        responses=problems(STILL_REFUSED),
    )  # fmt: skip
    async def retry(consumer: Consumer, producer: Producer, stream: UUID, act: Operating) -> Response:
        """Apply the head of a queue now, on today's state. Raises PARKED_EVENT_REFUSED, NOT_FOUND. Role: operator."""

        async def again(uow: UnitOfWork) -> Settled:
            if consumer not in tables:
                raise NOT_FOUND()
            await parking.retry(service, consumer, producer, stream, subscriptions=tables[consumer], caller=uow.caller)
            return Settled(consumer=consumer, producer=producer, key=stream)

        return await act.run(again)


def _add_discard(router: APIRouter, service: Service) -> None:
    @router.post(
        "/{consumer}/{producer}/{stream}/discard", operation_id="discardParked", response_model=Settled,
        responses=problems(),
    )  # fmt: skip
    async def discard(
        consumer: Consumer, producer: Producer, stream: UUID, body: DiscardRequest, act: Operating
    ) -> Response:
        """Give up the head of a queue: it never takes effect here. Raises NOT_FOUND. Role: operator."""

        async def give_up(uow: UnitOfWork) -> Settled:
            await parking.discard(service, consumer, producer, stream, reason=body.reason, caller=uow.caller)
            return Settled(consumer=consumer, producer=producer, key=stream)

        return await act.run(give_up)


def _waiting(stored: Stored) -> WaitingView:
    event = stored.envelope
    return WaitingView(
        sequence=event.sequence, event_id=event.id, type=event.type, why=stored.why, reason=stored.reason,
        overtook=stored.overtook, since=stored.since,
    )  # fmt: skip


def _tables(definition: Definition) -> Tables:
    """The handlers of each consumer of the service, by the consumer's name."""
    return {
        f"{definition.name}.commands": definition.subscriptions,
        f"{definition.name}.timeline": definition.projections,
    }
