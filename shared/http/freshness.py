"""Read your writes: wait until this service has taken the events that the caller saw being made."""

import asyncio
from collections.abc import Sequence

from shared.clock import monotonic
from shared.db.unit_of_work import Position
from shared.problems import NOT_YET_KNOWN
from shared.service import Service

_PATIENCE_SECONDS = 2.0
_PAUSE_SECONDS = 0.03
_MISSING = """
SELECT count(*) FROM unnest($2::text[], $3::uuid[], $4::bigint[]) AS asked (producer, key, seq)
WHERE NOT EXISTS (SELECT FROM stream s WHERE s.consumer = $1 AND s.producer = asked.producer AND s.key = asked.key
                  AND s.taken_seq >= asked.seq)
"""


async def wait_for(service: Service, after: Sequence[Position]) -> None:
    """Return when every position is known here; after 2 s raise NOT_YET_KNOWN. One's own events are known at once."""
    foreign = [position for position in after if position.service != service.name]
    deadline = monotonic() + _PATIENCE_SECONDS
    while foreign and await _missing(service, foreign):
        if monotonic() > deadline:
            raise NOT_YET_KNOWN(headers={"Retry-After": "1"})
        await asyncio.sleep(_PAUSE_SECONDS)


async def _missing(service: Service, asked: Sequence[Position]) -> int:
    pool = await service.database.pool()
    count: int = await pool.fetchval(
        _MISSING, f"{service.name}.commands",
        [p.service for p in asked], [p.key for p in asked], [p.sequence for p in asked],
    )  # fmt: skip
    return count
