"""Live updates, the same in every service: changes to ask for (phones) and to be sent (browsers).

Commands, handlers and timers need nothing for it: whatever they note in the audit as created or updated is a change,
written in the same transaction (`UnitOfWork.audit`), numbered after its commit (shared/runtime/numbering.py) and kept
for 24 hours.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Response
from pydantic import BaseModel, Field
from pydantic.json_schema import SkipJsonSchema
from starlette.requests import Request

from shared.caller import ROLES
from shared.db.unit_of_work import UnitOfWork
from shared.http.acts import Acting, acting
from shared.http.changefeed import Changes, read_changes
from shared.http.changestream import EVENT_STREAM, stream
from shared.http.document import problems
from shared.http.reads import Reading, reading
from shared.http.tickets import LIFETIME, issue_ticket, spend_ticket
from shared.http.tide import Tide
from shared.service import Service

MOST = 200
Id = Annotated[int, Field(ge=0, le=2**63 - 1)]
AfterId = Annotated[Id | SkipJsonSchema[None], Query(description="the last id seen", examples=[4181])]
LastEventId = Annotated[
    Id | SkipJsonSchema[None],
    Header(alias="Last-Event-ID", description="the last id seen; goes before `after`", examples=[4181]),
]
Looking = Annotated[Reading, Depends(reading(*ROLES, patient=True))]
Asking = Annotated[Acting, Depends(acting(*ROLES, patient=True))]


class TicketView(BaseModel):
    """Opens one stream: `GET /v1/changes/stream?ticket=...`."""

    ticket: str
    expires_in: int = Field(description="seconds")


def changes_router(service: Service) -> APIRouter:
    """The routes of live updates of one service."""
    router = APIRouter(prefix="/v1/changes", tags=["live updates"])
    tide = Tide(service)

    @router.get("", operation_id="listChanges", response_model=Changes, responses=problems())
    async def list_changes(
        look: Looking, after: AfterId = None, limit: Annotated[int, Query(ge=1, le=MOST)] = 50
    ) -> Response:
        """What changed after an id, in order. Without `after`: nothing, and where to go on from."""

        async def view(uow: UnitOfWork) -> Changes:
            return await read_changes(service, uow.caller, after, limit)

        return await look.run(view)

    @router.post(
        "/tickets", operation_id="makeChangeTicket", status_code=201, response_model=TicketView, responses=problems()
    )
    async def make_ticket(ask: Asking) -> Response:
        """A ticket that opens one stream within 30 seconds, as the caller."""

        async def view(uow: UnitOfWork) -> TicketView:
            return TicketView(ticket=await issue_ticket(uow), expires_in=int(LIFETIME.total_seconds()))

        return await ask.run(view, status=201)

    @router.get(
        "/stream", operation_id="streamChanges", responses=problems() | {200: EVENT_STREAM}, response_class=Response
    )
    async def stream_changes(
        request: Request,
        ticket: Annotated[str, Query(max_length=200, description="from `POST /v1/changes/tickets`")],
        after: AfterId = None, last_event_id: LastEventId = None,
    ) -> Response:  # fmt: skip
        """Server-sent events: `change` with the id and a Change as data, `reset` when some are no longer kept.

        Begins after Last-Event-ID or `after`, else now. A comment every 15 s; ends after 30 minutes. A ticket opens one
        stream, so whoever comes again brings a new one and the last id. Raises UNAUTHENTICATED.
        """
        caller = await spend_ticket(service, ticket)
        return stream(service, tide, caller, after if last_event_id is None else last_event_id)

    return router
