"""Numbering of changes: a change gets its id after its transaction has committed, so that readers miss none.

An identity column is drawn before the commit: whoever asks for what came after the last id seen misses a row that was
drawn earlier and committed later. Here whoever numbers (a worker; an API while somebody listens to it) first locks the
one counter row and looks for rows without an id in a later statement, whose snapshot therefore holds all that was
numbered before; ids have no holes and become visible in their order.
"""

import asyncio

from shared.runtime.loops import Progress
from shared.service import Service

_BUSY, _IDLE = 0.01, 1.0  # seconds between two looks; when idle the bell usually comes before
_BATCH = 1000
_ANY = "SELECT EXISTS (SELECT FROM change WHERE id IS NULL)"
_LOCK = "SELECT last FROM change_counter FOR UPDATE"
_NUMBER = """
WITH new AS (
  SELECT entry, $1 + row_number() OVER (ORDER BY entry) AS id FROM (
    SELECT entry FROM change WHERE id IS NULL ORDER BY entry LIMIT $2) AS batch),
numbered AS (
  UPDATE change SET id = new.id, numbered_at = clock_timestamp() FROM new WHERE change.entry = new.entry RETURNING 1)
UPDATE change_counter SET last = last + (SELECT count(*) FROM numbered) RETURNING last
"""


async def run_numbering(service: Service, progress: Progress) -> None:
    """Number what has committed, for ever."""
    while True:
        progress.beat()
        if await number(service):
            await asyncio.sleep(_BUSY)
        else:
            await service.bells.changes.wait(_IDLE)


async def number(service: Service) -> int:
    """Number one batch of committed changes; returns how many."""
    pool = await service.database.pool()
    if not await pool.fetchval(_ANY):
        return 0
    async with pool.acquire() as connection, connection.transaction():
        last: int = await connection.fetchval(_LOCK)
        reached: int = await connection.fetchval(_NUMBER, last, _BATCH)
        return reached - last
