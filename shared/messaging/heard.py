"""What a consumer keeps of watermarks: up to when it knows everything that a producer said (design: delivery).

One row per (consumer, producer, partition). `streams` counts there what is taken, in the transaction that takes
it; here a watermark is compared with that count. Freshness is wall time, by the databases' clocks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from shared.db.unit_of_work import UnitOfWork
from shared.messaging.partitions import PARTITIONS, partition_of
from shared.messaging.watermarks import STALE_AFTER, Sums, Verdict, Watermark, judge, sums_by_partition

# Committed without waiting for the disk: after a crash the time before stands there, and the next watermark is near.
_NOTE = """
WITH hasty AS (SELECT set_config('synchronous_commit', 'off', true))
UPDATE heard SET until = greatest(until, $4), short_since = NULL FROM hasty
WHERE (consumer, producer, partition) = ($1, $2, $3) AND events = $5 AND digest = $6 RETURNING true
"""
_OPEN = "INSERT INTO heard (consumer, producer, partition) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
_SUMS = "SELECT events, digest FROM heard WHERE (consumer, producer, partition) = ($1, $2, $3)"
_LOCK = "SELECT 1 FROM heard WHERE (consumer, producer, partition) = ($1, $2, $3) FOR UPDATE"
_STREAMS = "SELECT key, taken_seq FROM stream WHERE consumer = $1 AND producer = $2"
_RECOUNTED = "UPDATE heard SET events = $4, digest = $5 WHERE (consumer, producer, partition) = ($1, $2, $3)"
_SHORT = """
UPDATE heard SET short_since = coalesce(short_since, clock_timestamp())
WHERE (consumer, producer, partition) = ($1, $2, $3)
"""
_UNTIL = """
WITH k AS (
  SELECT nullif(least(
    (SELECT until FROM heard WHERE (consumer, producer, partition) = ($1, $2, $3)),
    (SELECT min(coalesce(known_until, '-infinity')) FROM waiting WHERE (consumer, producer, key) = ($1, $2, $4))
  ), '-infinity') AS until)
SELECT until, coalesce(until < clock_timestamp() - $5::interval, true) AS stale FROM k
"""
_OLDEST = """
SELECT producer, CASE WHEN count(until) = $2 THEN min(until) END AS until,
       count(until) < $2 OR min(until) < clock_timestamp() - $3::interval AS stale
FROM heard WHERE consumer = $1 GROUP BY producer
"""


@dataclass(frozen=True, slots=True)
class Known:
    """Everything said until `until` is known; None: nothing is promised. `stale` when that is a minute old or more."""

    until: datetime | None
    stale: bool


NOTHING = Known(None, stale=True)


async def note(pool: "asyncpg.Pool[Any]", consumer: str, producer: str, partition: int, said: Watermark) -> Verdict:
    """Note a watermark, after every record in front of it was dealt with; returns what it means."""
    at = (consumer, producer, partition)
    if await _noted(pool, at, said):
        return Verdict.FRESH
    await pool.execute(_OPEN, *at)
    row = await pool.fetchrow(_SUMS, *at)
    verdict = judge(Sums(*row), said.sums)
    if verdict is Verdict.LOSS:
        verdict = judge(await _recount(pool, at), said.sums)
    if verdict is Verdict.FRESH:
        await _noted(pool, at, said)
    if verdict is Verdict.LOSS:
        await pool.execute(_SHORT, *at)
    return verdict


async def _noted(pool: "asyncpg.Pool[Any]", at: tuple[str, str, int], said: Watermark) -> bool:
    return bool(await pool.fetchval(_NOTE, *at, said.at, said.events, said.digest))


async def _recount(pool: "asyncpg.Pool[Any]", at: tuple[str, str, int]) -> Sums:
    """Count the streams anew, as after an upgrade from a version that did not count. The row is locked first."""
    consumer, producer, partition = at
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(_LOCK, *at)
        streams = await connection.fetch(_STREAMS, consumer, producer)
        found = sums_by_partition((row["key"], row["taken_seq"]) for row in streams)[partition]
        await connection.execute(_RECOUNTED, *at, found.events, found.digest)
    return found


async def known(uow: UnitOfWork, consumer: str, producer: str, key: UUID) -> Known:
    """How far a producer's facts about one key are known; with events waiting, as far as when the first came."""
    [row] = await uow.sql(_UNTIL, consumer, producer, partition_of(key), key, STALE_AFTER)
    return Known(row.until, row.stale)


async def known_of_all(uow: UnitOfWork, consumer: str, producer: str, keys: Iterable[UUID]) -> Known:
    """The same about several keys that are looked at together: as far as the least known of them."""
    each = [await known(uow, consumer, producer, key) for key in keys]
    return min(each, key=lambda one: (one.until is not None, one.until or datetime.min))


async def oldest(source: "asyncpg.Pool[Any] | UnitOfWork", consumer: str) -> dict[str, Known]:
    """How far each producer is known about everybody: its oldest watermark. One never heard is not there."""
    args = (consumer, PARTITIONS, STALE_AFTER)
    asked = source.sql(_OLDEST, *args) if isinstance(source, UnitOfWork) else source.fetch(_OLDEST, *args)
    rows: Sequence[Any] = await asked
    return {row[0]: Known(row[1], row[2]) for row in rows}
