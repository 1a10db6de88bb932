"""Chaining: audit rows get their number and digest after they were committed, each second, in one place.

A row drawn earlier may be committed later; so numbers are given behind a lock to what is there, as for changes.
"""

from datetime import date

import structlog

from shared.audit.chain import COLUMNS, Head, chained
from shared.clock import wall_now
from shared.runtime.loops import Progress, rest
from shared.service import Service

_EVERY = 1.0  # seconds
_BATCH = 1000
_log = structlog.get_logger(__name__)
_ANY = "SELECT EXISTS (SELECT FROM audit WHERE number IS NULL)"
_HEAD = "SELECT number, digest FROM audit_head"
_NEW = f"SELECT {', '.join(COLUMNS)} FROM audit WHERE number IS NULL ORDER BY at, id LIMIT $1"  # noqa: S608  constants
_CHAIN = """
UPDATE audit a SET number = t.number, digest = t.digest
FROM unnest($1::uuid[], $2::bigint[], $3::bytea[]) AS t(id, number, digest) WHERE a.id = t.id
"""
_MOVE = "UPDATE audit_head SET number = $1, digest = $2"


async def run_chaining(service: Service, progress: Progress) -> None:
    """Chain what was committed, for ever; write the chain's end into the log at the start and once a day.

    Who keeps the log elsewhere can show later that nothing at the end of the chain was taken away with its head.
    """
    told: date | None = None
    while True:
        while await chain(service) == _BATCH:
            progress.beat()
        if told != (today := wall_now().date()):
            told = today
            end = await head(service)
            _log.info("audit chain ends", service=service.name, number=end.number, digest=end.digest.hex())
        await rest(progress, _EVERY)


async def chain(service: Service) -> int:
    """Chain one batch of committed rows; returns how many."""
    pool = await service.database.pool()
    if not await pool.fetchval(_ANY):
        return 0
    async with pool.acquire() as connection, connection.transaction():
        end = Head(*await connection.fetchrow(f"{_HEAD} FOR UPDATE"))
        rows = await connection.fetch(_NEW, _BATCH)
        if places := chained(service.settings.index_key.get_secret_value(), end, rows):
            ids, numbers = [row["id"] for row in rows], [place.number for place in places]
            await connection.execute(_CHAIN, ids, numbers, [place.digest for place in places])
            await connection.execute(_MOVE, places[-1].number, places[-1].digest)
        return len(rows)


async def head(service: Service) -> Head:
    """Where the chain ends."""
    return Head(*await (await service.database.pool()).fetchrow(_HEAD))
