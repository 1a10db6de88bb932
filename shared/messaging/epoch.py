"""The epoch of a producer: what happens when its database was restored from an older backup (design: events).

Its topic then holds events that the database does not know: strangers. Whatever it said next would take their sequence
numbers, and consumers would drop it as seen. So at the start of every session the relay reads what the topic holds
beyond the last mark; finding strangers it keeps them and is held: nothing is sent, consumers see it fall silent and
fail closed. An operator looks at the strangers and confirms a new epoch. The log is the truth then: strangers become
part of the outbox, what was written since the restore is numbered behind them, and nothing that anybody heard is said
otherwise. Versions leap with the epoch, so that what is said from now on wins over what strangers told of the same
thing. What they told has no cause in this service's own tables: a person goes through their list.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from shared.db.unit_of_work import UnitOfWork
from shared.events import Envelope
from shared.messaging.kafka import tail
from shared.messaging.outbox import LEAP, leaped
from shared.messaging.quarantine import read
from shared.messaging.records import KafkaAway, Partition, Record, TopicState
from shared.messaging.watermarks import is_watermark
from shared.problems import problem_kind
from shared.service import Service

log = structlog.get_logger()
NOT_HELD = problem_kind("PRODUCER_NOT_HELD", 409, "The producer is not held", "There is nothing to confirm.")
READ_SECONDS = 60.0
_BATCH = 500

_HELD = "SELECT held_since IS NOT NULL FROM service_state"
_KNOWN = "SELECT partition, last_offset + 1 AS next FROM relay_partition WHERE topic = $1 AND cluster = $2"
# Said by another life of this service: the number is not given out here, or to another event. What is archived counts
# as known: its number is given out, and no row has it.
_STRANGERS = """
SELECT t.event_id FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS t(event_id, key, seq)
LEFT JOIN outbox_stream s ON s.key = t.key LEFT JOIN outbox o ON o.key = t.key AND o.seq = t.seq
WHERE t.seq > coalesce(s.last_seq, 0) OR o.event_id <> t.event_id
"""
_HOLD = "UPDATE service_state SET held_since = coalesce(held_since, clock_timestamp())"
_KEEP = """
INSERT INTO stranger (event_id, type, subject, key, seq, epoch, event_time, organisation_id, clinic_id, correlation_id,
                      causation_id, traceparent, body)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING
"""
_LIST = """
SELECT event_id, type, subject, key, seq AS sequence, event_time, taken_over_at FROM stranger
WHERE organisation_id = $1 ORDER BY event_time, event_id LIMIT $2
"""
_STATE = "SELECT epoch, held_since FROM service_state"
_CONFIRM = (
    "LOCK TABLE outbox_stream, outbox IN EXCLUSIVE MODE",
    # Numbers behind the strangers of the key; negative in between, since a number may not stand twice.
    """
    UPDATE outbox o SET seq = -(o.seq + s.last - s.first + 1), epoch = n.epoch + 1,
      body = convert_to(:body, 'UTF8')
    FROM (SELECT key, min(seq) AS first, max(seq) AS last FROM stranger WHERE taken_over_at IS NULL GROUP BY key) s,
         service_state n
    WHERE o.key = s.key AND o.seq >= s.first
    """.replace(":body", leaped("convert_from(o.body, 'UTF8')", f"((n.epoch + 1 - o.epoch) * {LEAP})")),
    "UPDATE outbox SET seq = -seq WHERE seq < 0",
    """
    INSERT INTO outbox_stream AS o (key, last_seq)
    SELECT key, max(seq) FROM stranger WHERE taken_over_at IS NULL GROUP BY key ORDER BY key
    ON CONFLICT (key) DO UPDATE SET last_seq = greatest(
      excluded.last_seq, (SELECT coalesce(max(seq), 0) FROM outbox WHERE outbox.key = o.key))
    """,
    """
    INSERT INTO outbox (event_id, type, subject, key, seq, epoch, event_time, organisation_id, clinic_id,
                        correlation_id, causation_id, traceparent, body, sent_at)
    SELECT event_id, type, subject, key, seq, epoch, event_time, organisation_id, clinic_id, correlation_id,
           causation_id, traceparent, body, clock_timestamp()
    FROM stranger WHERE taken_over_at IS NULL ORDER BY key, seq
    """,
    "UPDATE stranger SET taken_over_at = clock_timestamp() WHERE taken_over_at IS NULL",
    "UPDATE service_state SET epoch = epoch + 1, held_since = NULL",
)


class Held(Exception):
    """The producer may say nothing until an operator has confirmed a new epoch."""


@dataclass(frozen=True, slots=True)
class Stranger:
    """An event that the topic holds and the restored database did not know. Opaque ids, no personal data."""

    event_id: UUID
    type: str
    subject: str
    key: UUID
    sequence: int
    event_time: datetime
    taken_over_at: datetime | None


@dataclass(frozen=True, slots=True)
class Epoch:
    """Where a producer stands. `held_since`: until an operator confirms; `strangers` of the caller's organisation."""

    epoch: int
    held_since: datetime | None
    strangers: list[Stranger]


async def require_own_log(service: Service, topic: str, state: TopicState) -> None:
    """Raises Held when the topic holds what this database does not know, now or since a time before."""
    pool = await service.database.pool()
    if await pool.fetchval(_HELD):
        raise Held
    known = {row["partition"]: row["next"] for row in await pool.fetch(_KNOWN, topic, state.cluster)}
    since = {Partition(topic, number): known.get(number, 0) for number in state.end_offsets}
    found = 0
    async for events in _events(_records(service, since, state)):
        found += await _keep_strangers(pool, events)
    if found:
        log.error("strangers_found", service=service.name, events=found)
        await pool.execute(_HOLD)
        raise Held


async def _records(service: Service, since: dict[Partition, int], state: TopicState) -> AsyncIterator[Record]:
    """What the topic holds from these offsets to its ends. Raises KafkaAway when that takes too long."""
    left = {at for at, offset in since.items() if offset < state.end_offsets[at.partition]}
    if not left:
        return
    records = tail(service.settings, sorted({at.topic for at in left}), from_start=True, since=since)
    try:
        while left:
            record = await asyncio.wait_for(anext(records), READ_SECONDS)
            at, end = Partition(record.topic, record.partition), state.end_offsets[record.partition]
            if record.offset < end:
                yield record
            if record.offset >= end - 1:
                left.discard(at)
    except TimeoutError:
        raise KafkaAway("the topic could not be read") from None
    finally:
        await records.aclose()  # type: ignore[attr-defined]


async def _events(records: AsyncIterator[Record]) -> AsyncIterator[list[Envelope]]:
    batch: list[Envelope] = []
    async for record in records:
        event = None if is_watermark(record) else read(record)
        if isinstance(event, Envelope):
            batch.append(event)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    yield batch


async def _keep_strangers(pool: "asyncpg.Pool[Any]", events: Sequence[Envelope]) -> int:
    """Keep those of the events that the database does not know; returns how many they are."""
    places = ([e.id for e in events], [e.key for e in events], [e.sequence for e in events])
    strange = {row["event_id"] for row in await pool.fetch(_STRANGERS, *places)}
    kept = [_row(event) for event in events if event.id in strange]
    await pool.executemany(_KEEP, kept)
    return len(kept)


def _row(event: Envelope) -> tuple[Any, ...]:
    return (
        event.id, event.type, event.subject, event.key, event.sequence, event.epoch, event.time, event.organisation_id,
        event.clinic_id, event.correlation_id, event.causation_id, event.traceparent, event.body,
    )  # fmt: skip


async def show(uow: UnitOfWork, limit: int = 200) -> Epoch:
    """The epoch, and the oldest strangers of the caller's organisation."""
    [state] = await uow.sql(_STATE)
    rows = await uow.sql(_LIST, uow.organisation_id, limit)
    return Epoch(state.epoch, state.held_since, [Stranger(**row._mapping) for row in rows])


async def confirm(uow: UnitOfWork) -> Epoch:
    """Begin a new epoch: strangers are taken over, what was written since the restore is numbered behind them.

    Raises NOT_HELD.
    """
    [state] = await uow.sql("SELECT held_since FROM service_state FOR UPDATE")
    if state.held_since is None:
        raise NOT_HELD()
    for statement in _CONFIRM:
        await uow.sql(statement)
    return await show(uow)
