"""Streams: how far each consumer has taken each producer's events of one key (design: delivery).

One row per (consumer, producer, key) instead of an inbox of ids: sequences have no holes, so one number says it all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any
from uuid import UUID

import asyncpg

from shared.db.unit_of_work import UnitOfWork
from shared.messaging.partitions import partition_of
from shared.messaging.watermarks import Sums

_LOOK = """
SELECT s.producer, s.key, s.taken_seq
FROM unnest($2::text[], $3::uuid[]) AS t(producer, key)
JOIN stream s ON s.consumer = $1 AND s.producer = t.producer AND s.key = t.key
"""
_TAKE = """
WITH t AS (
  INSERT INTO stream AS s (consumer, producer, key, taken_seq, known_seq)
  VALUES ($1, $2, $3, CASE WHEN $4::bigint = 1 THEN 1 ELSE 0 END, $4)
  ON CONFLICT (consumer, producer, key) DO UPDATE
  SET taken_seq = CASE WHEN s.taken_seq = $4 - 1 THEN $4 ELSE s.taken_seq END, known_seq = greatest(s.known_seq, $4)
  WHERE s.taken_seq < $4
  RETURNING new.taken_seq = $4 AS next, new.parked_since IS NOT NULL AS parked, new.known_seq > new.taken_seq AS more,
            coalesce(old.known_seq, 0) >= $4 AS heard),
counted AS (
  INSERT INTO heard AS h (consumer, producer, partition, events, digest)
  SELECT $1, $2, $5, 1, $6 FROM t WHERE next
  ON CONFLICT (consumer, producer, partition) DO UPDATE
  SET events = h.events + excluded.events, digest = h.digest # excluded.digest)
SELECT next, parked, more, heard FROM t
"""
_ADVANCE = """
WITH a AS (
  INSERT INTO stream AS s (consumer, producer, key, taken_seq, known_seq)
  SELECT $1, t.producer, t.key, t.seq, t.seq
  FROM unnest($2::text[], $3::uuid[], $4::bigint[]) AS t(producer, key, seq) ORDER BY t.producer, t.key
  ON CONFLICT (consumer, producer, key) DO UPDATE
  SET taken_seq = greatest(s.taken_seq, excluded.taken_seq), known_seq = greatest(s.known_seq, excluded.known_seq)
  RETURNING new.producer, new.key, coalesce(old.taken_seq, 0) AS before, new.taken_seq AS after,
            new.known_seq > new.taken_seq AS more),
counted AS (
  INSERT INTO heard AS h (consumer, producer, partition, events, digest)
  SELECT $1, a.producer, p.partition, sum(a.after - a.before),
         bit_xor(stream_hash(a.key, a.after) # stream_hash(a.key, a.before))
  FROM a JOIN unnest($2::text[], $3::uuid[], $5::int[]) AS p(producer, key, partition) USING (producer, key)
  GROUP BY a.producer, p.partition ORDER BY a.producer, p.partition
  ON CONFLICT (consumer, producer, partition) DO UPDATE
  SET events = h.events + excluded.events, digest = h.digest # excluded.digest)
SELECT producer, key, more FROM a
"""
_LOCK = "SELECT 1 FROM stream WHERE (consumer, producer, key) = ($1, $2, $3) FOR UPDATE"
_PARK = """
UPDATE stream SET parked_since = coalesce(parked_since, clock_timestamp())
WHERE (consumer, producer, key) = ($1, $2, $3)
"""
_CLEAR = """
UPDATE stream SET parked_since = NULL WHERE (consumer, producer, key) = ($1, $2, $3)
AND NOT EXISTS (SELECT 1 FROM waiting w WHERE (w.consumer, w.producer, w.key) = ($1, $2, $3) AND w.why <> 'gap')
"""
_KNOWN = "SELECT taken_seq FROM stream WHERE (consumer, producer, key) = ($1, $2, $3)"
_WAITING = "SELECT 1 FROM waiting WHERE consumer = $1 AND key = ANY (one_person($2)) LIMIT 1"


@dataclass(frozen=True, slots=True)
class Stream:
    """The events of one key from one producer, as one consumer takes them."""

    consumer: str
    producer: str
    key: UUID


@dataclass(frozen=True, slots=True)
class Taken:
    """What taking said: `next` in order (else a gap), the stream is `parked`, `more` is stored behind this one.

    `heard`: this event or a later one arrived before, so a copy of it may be stored.
    """

    next: bool
    parked: bool
    more: bool
    heard: bool


class Step(Enum):
    """What to do with an event."""

    SKIP = "seen before"
    APPLY = "apply it"
    ADVANCE = "nobody handles it; only the stream moves on"
    QUEUE = "store it behind the parked one"
    HOLD = "store it until the missing one arrives"
    APPLY_AND_HOLD = "apply it at once, and store that it was applied"

    @property
    def ends(self) -> bool:
        """Whether nothing of the event is left to do, so that no copy of it waits."""
        return self in (Step.SKIP, Step.APPLY, Step.ADVANCE)


def decide(taken: Taken | None, *, handled: bool, overtakes: bool, applied: bool = False) -> Step:
    """What taking an event asks for. A stop fact overtakes a parked stream and a gap.

    `applied`: it was stored behind a gap and took effect there; in its turn only the stream moves on.
    """
    if taken is None:
        return Step.SKIP
    if not taken.next:
        return Step.APPLY_AND_HOLD if handled and overtakes else Step.HOLD
    if applied or not handled:
        return Step.ADVANCE
    return Step.QUEUE if taken.parked and not overtakes else Step.APPLY


class Refusal(Enum):
    """What to do with an event that its handler refused, once that was rolled back and the event taken again."""

    LEAVE = "another did it meanwhile"
    HOLD = "behind a gap it keeps its place, and is tried again in its turn"
    PARK = "the stream is parked with it"


def decide_refused(taken: Taken | None) -> Refusal:
    """What taking a refused event again asks for."""
    if taken is None:
        return Refusal.LEAVE
    return Refusal.PARK if taken.next else Refusal.HOLD


async def look(
    pool: "asyncpg.Pool[Any]", consumer: str, keys: Iterable[tuple[str, UUID]]
) -> dict[tuple[str, UUID], int]:
    """The taken sequence of each (producer, key), 0 for a new one; without a lock, so it may only have grown since."""
    wanted = sorted(set(keys))
    rows = await pool.fetch(_LOOK, consumer, [p for p, _ in wanted], [k for _, k in wanted])
    return dict.fromkeys(wanted, 0) | {(r["producer"], r["key"]): r["taken_seq"] for r in rows}


async def take(uow: UnitOfWork, stream: Stream, seq: int) -> Taken | None:
    """Take an event in this transaction, which then holds the stream row; None when it was seen before."""
    digest = Sums().with_event(stream.key, seq).digest
    partition = partition_of(stream.key)
    rows = await uow.sql(_TAKE, stream.consumer, stream.producer, stream.key, seq, partition, digest)
    return Taken(rows[0].next, rows[0].parked, rows[0].more, rows[0].heard) if rows else None


async def pass_over(
    pool: "asyncpg.Pool[Any]", consumer: str, run: Mapping[tuple[str, UUID], int]
) -> Sequence[tuple[str, UUID]]:
    """Advance many streams over events that nobody handles: (producer, key) -> last sequence of its run.

    The run of each key must begin at most one above what `look` gave. Since a stream only grows, that is still so when
    the row is locked. Returns the streams that have something stored which may be its turn now.
    """
    keys = sorted(run)
    producers, streams = [p for p, _ in keys], [k for _, k in keys]
    partitions = [partition_of(key) for key in streams]
    rows = await pool.fetch(_ADVANCE, consumer, producers, streams, [run[key] for key in keys], partitions)
    return [(row["producer"], row["key"]) for row in rows if row["more"]]


async def lock(uow: UnitOfWork, stream: Stream) -> None:
    """Hold the stream row until the end of the transaction. The queue is looked at in a later statement only."""
    await uow.sql(_LOCK, stream.consumer, stream.producer, stream.key)


async def park(uow: UnitOfWork, stream: Stream) -> None:
    """Say that later events of the stream queue up. The row must be held."""
    await uow.sql(_PARK, stream.consumer, stream.producer, stream.key)


async def clear_if_empty(uow: UnitOfWork, stream: Stream) -> None:
    """End the parking when nothing queues any more. The row must be held by an earlier statement."""
    await uow.sql(_CLEAR, stream.consumer, stream.producer, stream.key)


async def known(source: "asyncpg.Pool[Any] | UnitOfWork", consumer: str, producer: str, key: UUID) -> int:
    """The sequence up to which the consumer has taken this stream without a hole; 0 when it never heard of it."""
    if isinstance(source, UnitOfWork):
        rows = await source.sql(_KNOWN, consumer, producer, key)
        return rows[0].taken_seq if rows else 0
    return await source.fetchval(_KNOWN, consumer, producer, key) or 0


async def events_waiting(uow: UnitOfWork, consumer: str, key: UUID) -> bool:
    """Whether facts about this patient, under any merged id, are stored but not all applied: parked, queued, a gap."""
    return bool(await uow.sql(_WAITING, consumer, key))
