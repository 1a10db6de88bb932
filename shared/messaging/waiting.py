"""Stored events: parked ones, those queued behind them, and those behind a gap (design: delivery)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Literal
from uuid import UUID

import asyncpg

from shared.db.unit_of_work import UnitOfWork
from shared.events import Envelope
from shared.messaging.partitions import partition_of
from shared.messaging.streams import Stream

Why = Literal["gap", "parked", "queued"]

_STORE = """
INSERT INTO waiting (consumer, producer, key, seq, event_id, type, headers, body, why, reason, overtook, known_until)
VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8, $9, $10, $11,
        (SELECT until FROM heard WHERE (consumer, producer, partition) = ($1, $2, $12)))
ON CONFLICT DO NOTHING RETURNING seq
"""
_SET = """
UPDATE waiting SET why = $5, reason = coalesce($6, reason) WHERE (consumer, producer, key, seq) = ($1, $2, $3, $4)
"""
_DELETE = "DELETE FROM waiting WHERE (consumer, producer, key, seq) = ($1, $2, $3, $4)"
_READ = "SELECT *, headers::text AS header_text FROM waiting WHERE (consumer, producer, key, seq) = ($1, $2, $3, $4)"
_HEAD = """
SELECT *, headers::text AS header_text FROM waiting
WHERE (consumer, producer, key) = ($1, $2, $3) AND why <> 'gap' ORDER BY seq LIMIT 1
"""
_READY = """
FROM waiting w JOIN stream s ON (s.consumer, s.producer, s.key) = (w.consumer, w.producer, w.key)
WHERE w.consumer = $1
AND (w.why = 'gap' AND w.seq <= s.taken_seq + 1
  OR w.why = 'queued' AND NOT EXISTS (
    SELECT 1 FROM waiting h WHERE (h.consumer, h.producer, h.key) = (w.consumer, w.producer, w.key)
    AND h.why <> 'gap' AND h.seq < w.seq))
"""
_NEXT_READY = (
    f"SELECT w.*, w.headers::text AS header_text {_READY} AND w.producer = $2 AND w.key = $3 ORDER BY w.seq LIMIT 1"
)
_ALL_READY = f"SELECT DISTINCT w.producer, w.key {_READY}"


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored event. `overtook`: it was applied when it arrived, and only holds its place."""

    stream: Stream
    envelope: Envelope
    why: Why
    reason: str | None
    overtook: bool
    since: datetime

    @classmethod
    def of(cls, row: Any) -> "Stored":
        headers = [(name, value.encode()) for name, value in json.loads(row["header_text"])]
        return cls(
            Stream(row["consumer"], row["producer"], row["key"]), Envelope.from_record(bytes(row["body"]), headers),
            row["why"], row["reason"], row["overtook"], row["since"],
        )  # fmt: skip


class Turn(Enum):
    """What a stored event whose turn had come asks for, looked at again under the lock of its stream."""

    OVER = "another was faster"
    TAKE = "its gap is closed: it is taken as if it arrived now"
    WORK_OFF = "it is the head of its queue"


def turn(then: Why, now: Why, *, heads: bool) -> Turn:
    """`then` and `now` are why it waited before and under the lock; `heads`: it is the head of its queue."""
    if now != then:
        return Turn.OVER
    if now == "gap":
        return Turn.TAKE
    return Turn.WORK_OFF if heads else Turn.OVER


def _place(stored: Stored) -> tuple[Any, ...]:
    return (*_key(stored.stream), stored.envelope.sequence)


def _key(stream: Stream) -> tuple[str, str, UUID]:
    return stream.consumer, stream.producer, stream.key


async def store(
    uow: UnitOfWork, stream: Stream, event: Envelope, why: Why, *, reason: str | None = None, overtook: bool = False
) -> bool:
    """Store an event in its place; False when it is there already. The stream row must be held."""
    headers = json.dumps([(name, value.decode()) for name, value in event.headers()])
    written = await uow.sql(
        _STORE, *_key(stream), event.sequence, event.id, event.type, headers, event.body, why, reason, overtook,
        partition_of(stream.key),
    )  # fmt: skip
    return bool(written)


async def change(uow: UnitOfWork, stream: Stream, seq: int, why: Why, *, reason: str | None = None) -> None:
    """Say anew why a stored event waits; without a reason the old one stays."""
    await uow.sql(_SET, *_key(stream), seq, why, reason)


async def remove(uow: UnitOfWork, stored: Stored) -> None:
    await uow.sql(_DELETE, *_place(stored))


async def read(uow: UnitOfWork, stream: Stream, seq: int) -> Stored | None:
    """The event as it is stored now; None when it is not."""
    rows = await uow.sql(_READ, *_key(stream), seq)
    return Stored.of(rows[0]._mapping) if rows else None


async def head(source: "asyncpg.Pool[Any] | UnitOfWork", stream: Stream) -> Stored | None:
    """The first parked or queued event of a stream."""
    if isinstance(source, UnitOfWork):
        rows = await source.sql(_HEAD, *_key(stream))
        return Stored.of(rows[0]._mapping) if rows else None
    row = await source.fetchrow(_HEAD, *_key(stream))
    return Stored.of(row) if row else None


async def next_ready(pool: "asyncpg.Pool[Any]", stream: Stream) -> Stored | None:
    """The first stored event whose turn has come: its gap is closed, or nothing is parked in front of it."""
    row = await pool.fetchrow(_NEXT_READY, *_key(stream))
    return Stored.of(row) if row else None


async def streams_ready(pool: "asyncpg.Pool[Any]", consumer: str) -> Sequence[Stream]:
    """The consumer's streams that have a stored event whose turn has come."""
    return [Stream(consumer, row["producer"], row["key"]) for row in await pool.fetch(_ALL_READY, consumer)]
