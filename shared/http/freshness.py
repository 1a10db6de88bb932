"""Read your writes: wait until this service has taken the events that the caller saw being made."""

import asyncio
from collections.abc import Sequence

from shared.clock import monotonic
from shared.db.unit_of_work import Position
from shared.messaging.streams import look
from shared.problems import NOT_YET_KNOWN
from shared.service import Service

_PATIENCE_SECONDS = 2.0
_PAUSE_SECONDS = 0.03


async def wait_for(service: Service, hears: frozenset[str], after: Sequence[Position]) -> None:
    """Return when every position is known here; after 2 s raise NOT_YET_KNOWN.

    One's own events are known at once, and those of a service that this one does not listen to change nothing here.
    """
    await _taken(service, "commands", [p for p in after if p.service != service.name and p.service in hears])


async def wait_for_read_models(service: Service, heard: frozenset[str], after: Sequence[Position]) -> None:
    """The same for what read models show, which hear of one's own events like of any other."""
    await _taken(service, "timeline", [p for p in after if p.service in heard])


async def _taken(service: Service, consumer: str, asked: Sequence[Position]) -> None:
    deadline = monotonic() + _PATIENCE_SECONDS
    while asked and not await _all_known(service, f"{service.name}.{consumer}", asked):
        if monotonic() > deadline:
            raise NOT_YET_KNOWN(headers={"Retry-After": "1"})
        await asyncio.sleep(_PAUSE_SECONDS)


async def _all_known(service: Service, consumer: str, asked: Sequence[Position]) -> bool:
    pool = await service.database.pool()
    taken = await look(pool, consumer, [(p.service, p.key) for p in asked])
    return all(taken[p.service, p.key] >= p.sequence for p in asked)
