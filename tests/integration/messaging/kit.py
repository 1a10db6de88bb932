"""What the messaging tests share: events easy to make, a handler that leaves a trace, loops that run beside."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from shared.caller import Caller
from shared.db.unit_of_work import UnitOfWork, unit_of_work
from shared.events import Envelope, Event, topic_of
from shared.events.intake import ConsentRevoked, ConsentSigned, OrderRevoked
from shared.ids import new_id
from shared.messaging import streams, watermarks
from shared.messaging.batches import BatchWork, go_on
from shared.messaging.consumer import run_consumer
from shared.messaging.kafka import producer_session, tail, topic_state
from shared.messaging.patience import Patience
from shared.messaging.records import Outgoing
from shared.messaging.relay import run_relay
from shared.messaging.streams import Stream
from shared.messaging.subscriber import Subscriber
from shared.messaging.watermarks import is_watermark
from shared.runtime.loops import Progress
from shared.service import Handler, Service

if TYPE_CHECKING:
    import pytest

LIVENESS_SECONDS = 60.0
ORGANISATION = new_id()
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CONSUMER = "scheduling.commands"


def caller() -> Caller:
    return Caller("staff", "somebody", ORGANISATION)


def signed(patient: UUID, document: str = "ketamine", version: int = 1) -> ConsentSigned:
    return ConsentSigned(
        consent_id=new_id(), patient_id=patient, version=version, document=document, document_version="3",
        signed_at=NOON, valid_until=NOON,
    )  # fmt: skip


def revoked(patient: UUID, document: str = "ketamine", version: int = 2) -> ConsentRevoked:
    return ConsentRevoked(consent_id=new_id(), patient_id=patient, version=version, document=document, revoked_at=NOON)


def order_revoked(patient: UUID) -> OrderRevoked:
    return OrderRevoked(order_id=new_id(), patient_id=patient, version=2, revoked_at=NOON)


async def emit(service: Service, *events: Any) -> None:
    """Write the events to the service's outbox in one transaction."""
    async with unit_of_work(service, caller()) as uow:
        for event in events:
            uow.emit(event, key=event.patient_id, subject=event.patient_id, clinic_id=None)


def enveloped(event: Any, seq: int, *, event_id: UUID | None = None, body: bytes | None = None) -> Envelope:
    """The event as its owner would have sent it with this sequence."""
    return Envelope(
        id=event_id or new_id(), type=event.type, service=event.service, subject=str(event.patient_id), time=NOON,
        key=event.patient_id, sequence=seq, epoch=1, organisation_id=ORGANISATION, clinic_id=None,
        correlation_id=new_id(), causation_id=None, traceparent=None,
        body=event.model_dump_json().encode() if body is None else body,
    )  # fmt: skip


async def send(service: Service, topic: str, *records: Envelope | Outgoing) -> None:
    """Put records on a topic past any outbox: in any order, twice, or malformed."""
    async with producer_session(service.settings, topic) as producer:
        acks = await producer.send([r if isinstance(r, Outgoing) else outgoing(r) for r in records])
    assert None not in acks


def outgoing(event: Envelope) -> Outgoing:
    return Outgoing(str(event.key).encode(), event.body, event.headers())


async def read_log(service: Service, topic: str, count: int) -> list[Envelope]:
    """The first `count` events of a topic."""
    found: list[Envelope] = []
    async with asyncio.timeout(LIVENESS_SECONDS):
        records = tail(service.settings, [topic], from_start=True)
        async for record in records:
            if not is_watermark(record):
                found.append(Envelope.from_record(record.value, record.headers))
            if len(found) == count:
                break
        await records.aclose()  # type: ignore[attr-defined]
    return found


async def count_log(service: Service, topic: str) -> int:
    """How many events a topic holds now, every copy counted."""
    left, found = sum((await topic_state(service.settings, topic)).end_offsets.values()), 0
    async with asyncio.timeout(LIVENESS_SECONDS):
        records = tail(service.settings, [topic], from_start=True)
        while left:
            found += not is_watermark(await anext(records))
            left -= 1
        await records.aclose()  # type: ignore[attr-defined]
    return found


EFFECTS = """
CREATE TABLE IF NOT EXISTS effect (
  n bigint GENERATED ALWAYS AS IDENTITY, event_id uuid, type text, key uuid, seq bigint, document text)
"""


@dataclass
class ReadRecord:
    """A record of intake's topic as a consumer reads it."""

    offset: int
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]
    topic: str = topic_of("intake")
    partition: int = 0
    timestamp: int = 0

    @classmethod
    def of(cls, event: Envelope | Outgoing, offset: int) -> "ReadRecord":
        sent = event if isinstance(event, Outgoing) else outgoing(event)
        return cls(offset, sent.value, sent.headers, partition=sent.partition or 0)


class Refused(Exception):
    """A handler that will not have it."""


@dataclass
class Journal:
    """Handlers that write each event to `effect` in their transaction; `refuse` names documents that they refuse."""

    service: Service
    refuse: set[str] = field(default_factory=set)
    before: Callable[[UnitOfWork, Any], Awaitable[None]] | None = None

    async def handle(self, uow: UnitOfWork, event: Any) -> None:
        document = getattr(event, "document", "")
        if self.before:
            await self.before(uow, event)
        if document in self.refuse:
            raise Refused(f"the text of {document} names a patient")
        assert uow.cause is not None
        await uow.sql(
            "INSERT INTO effect (event_id, type, key, seq, document) VALUES ($1, $2, $3, $4, $5)",
            uow.cause.id, event.type, uow.cause.key, uow.cause.sequence, document,
        )  # fmt: skip

    def subscriber(self, name: str = CONSUMER, limit: timedelta = timedelta(seconds=20)) -> Subscriber:
        return Subscriber(self.service, name, self.subscriptions, limit=limit)

    async def receive(self, *events: Envelope | Outgoing, limit: timedelta = timedelta(seconds=20)) -> None:
        """Work off one batch as a partition's task does, with short pauses in trouble."""
        batch = [ReadRecord.of(event, offset) for offset, event in enumerate(events)]
        work = BatchWork(self.subscriber(limit=limit), Patience(self.service.database, pauses=(0.02,)))
        await work.work_off(batch)
        assert work.done == len(events)

    async def go_on(self, key: UUID) -> None:
        """What the worker's sweep does for a stream whose stored events' turn has come."""
        subscriber = self.subscriber()
        await go_on(subscriber, Patience(self.service.database, pauses=(0.02,)), Stream(CONSUMER, "intake", key))

    async def waiting(self) -> list[tuple[int, str]]:
        """What is stored: (sequence, why) in order."""
        found = await rows(self.service, "SELECT seq, why FROM waiting WHERE consumer = $1 ORDER BY key, seq", CONSUMER)
        return [(row["seq"], row["why"]) for row in found]

    async def taken(self, key: UUID) -> int:
        return await streams.known(await self.service.database.pool(), CONSUMER, "intake", key)

    @property
    def subscriptions(self) -> dict[type[Event], Handler]:
        return {ConsentSigned: self.handle, ConsentRevoked: self.handle}

    async def effects(self, key: UUID) -> list[int]:
        """The sequences that took effect, in the order in which they did."""
        pool = await self.service.database.pool()
        return [row["seq"] for row in await pool.fetch("SELECT seq FROM effect WHERE key = $1 ORDER BY n", key)]


@asynccontextmanager
async def running(*loops: Coroutine[Any, Any, None]) -> AsyncIterator[list["asyncio.Task[None]"]]:
    """Run loops beside the test; a loop that breaks breaks the test."""
    tasks = [asyncio.create_task(loop) for loop in loops]
    try:
        yield tasks
        for task in tasks:
            if task.done() and not task.cancelled():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=LIVENESS_SECONDS)


def relaying(service: Service) -> Coroutine[Any, Any, None]:
    return run_relay(service, Progress("relay"))


def consuming(journal: Journal, name: str = CONSUMER) -> Coroutine[Any, Any, None]:
    return run_consumer(journal.service, name, journal.subscriptions, Progress(name))


def speak_often(monkeypatch: "pytest.MonkeyPatch") -> None:
    """Let relays say every 2 s how far they are, not every 5 or 15; a replay begins behind that."""
    for interval in ("EVERY", "QUIET_EVERY"):
        monkeypatch.setattr(watermarks, interval, 2.0)


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something holds; the limit is one of liveness, not of speed."""
    async with asyncio.timeout(LIVENESS_SECONDS):
        while not await holds():  # noqa: ASYNC110 -- it happens in a database, which sets no Event
            await asyncio.sleep(0.02)


async def rows(service: Service, query: str, *args: Any) -> Sequence[Mapping[str, Any]]:
    pool = await service.database.pool()
    return [dict(row) for row in await pool.fetch(query, *args)]


async def until_blocked(service: Service) -> None:
    """Wait until a connection to the service's database waits for a lock."""
    waiter = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

    async def blocked() -> bool:
        return bool(await rows(service, waiter))

    await eventually(blocked)
