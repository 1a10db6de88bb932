"""A consumer: one Kafka group of a service, each event taking effect once (design: delivery).

Each partition that has records is worked off by a task of its own, so that trouble with one patient delays that
partition alone. Offsets are committed after the database: per batch, and before partitions are given up.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial

import structlog

from shared.events import REGISTRY, Envelope, Event, Malformed
from shared.messaging import applying, quarantine, streams, waiting
from shared.messaging.kafka import ConsumerSession, consumer_session
from shared.messaging.metrics import TAKEN
from shared.messaging.patience import Patience
from shared.messaging.records import KafkaAway, Partition, Record
from shared.messaging.runs import Run, plan
from shared.messaging.streams import Stream
from shared.messaging.subscriber import Subscriber
from shared.runtime.loops import Progress
from shared.service import Handler, Service

log = structlog.get_logger()

POLL_MS = 200
BATCH_RECORDS = 500
AT_ONCE = 4
SWEEP_SECONDS = 1.0
_FINISH_SECONDS = 3.0
_AGAIN_SECONDS = 1.0


async def run_consumer(
    service: Service, name: str, subscriptions: Mapping[type[Event], Handler], progress: Progress
) -> None:
    """Take the events of the subscribed services for ever. Stops within 10 s when cancelled.

    `name` is the Kafka group and the `consumer` of its rows, for instance `intake.commands`. Raises TopicMissing.
    """
    subscriber = Subscriber(service, name, subscriptions)
    while True:
        try:
            await _Member(subscriber, progress).run()
        except KafkaAway as away:
            log.warning("consumer_session_ended", consumer=name, reason=str(away))
        progress.beat()
        await asyncio.sleep(_AGAIN_SECONDS)


class _Member:
    """One membership in the group."""

    def __init__(self, subscriber: Subscriber, progress: Progress) -> None:
        self._subscriber, self._progress = subscriber, progress
        self._patience = Patience(subscriber.service.database)
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._partitions: dict[Partition, _PartitionWork] = {}
        self._session: ConsumerSession | None = None

    async def run(self) -> None:
        settings, name = self._subscriber.service.settings, self._subscriber.name
        async with consumer_session(settings, name, self._subscriber.topics, self) as session:
            self._session = session
            sweeping = asyncio.create_task(self._sweep())
            try:
                await self._poll(session, sweeping)
            finally:
                sweeping.cancel()
                await asyncio.gather(sweeping, return_exceptions=True)

    async def _poll(self, session: ConsumerSession, sweeping: "asyncio.Task[None]") -> None:
        while True:
            self._progress.beat()
            if self._patience.away and not await self._patience.answers():
                await asyncio.sleep(POLL_MS / 1000)
                continue
            for partition, records in (await session.poll(POLL_MS, BATCH_RECORDS)).items():
                self._work(session, partition).add(records)
            for task in (sweeping, *(work.task for work in self._partitions.values())):
                if task.done():
                    task.result()

    def _work(self, session: ConsumerSession, partition: Partition) -> "_PartitionWork":
        if partition not in self._partitions:
            self._partitions[partition] = _PartitionWork(
                session, partition, self._subscriber, self._patience, self._slots
            )
        return self._partitions[partition]

    async def revoke(self) -> None:
        """Let each partition finish the event it is at, then commit how far they came."""
        leaving, self._partitions = self._partitions, {}
        await asyncio.gather(*(work.leave() for work in leaving.values()))
        offsets = {partition: work.done for partition, work in leaving.items() if work.done is not None}
        if self._session is not None and offsets:
            with suppress(KafkaAway):  # then they come again, and are seen
                await self._session.commit(offsets)

    async def _sweep(self) -> None:
        """Go on with stored events whose turn has come: after a retry or discard, or a crash between two of them."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            pool = await self._subscriber.service.database.pool()
            ready = await self._patience.persist(partial(waiting.streams_ready, pool, self._subscriber.name))
            for stream in ready:
                async with self._slots:
                    await go_on(self._subscriber, self._patience, stream)


class _PartitionWork:
    """The records of one partition, worked off in order."""

    def __init__(
        self, session: ConsumerSession, partition: Partition, subscriber: Subscriber, patience: Patience,
        slots: asyncio.Semaphore,
    ) -> None:  # fmt: skip
        self._session, self._partition, self._slots = session, partition, slots
        self._subscriber, self._patience = subscriber, patience
        self._records: list[Record] = []
        self._arrived = asyncio.Event()
        self._leaving = False
        self.done: int | None = None
        self.task = asyncio.create_task(self._run())

    def add(self, records: Sequence[Record]) -> None:
        """More records; when many wait, nothing more is fetched until they are dealt with."""
        self._records.extend(records)
        self._arrived.set()
        if len(self._records) >= BATCH_RECORDS:
            self._session.pause(self._partition)

    async def leave(self) -> None:
        """Finish the event at hand, or roll it back if that takes too long."""
        self._leaving = True
        if self._arrived.is_set():
            await asyncio.wait({self.task}, timeout=_FINISH_SECONDS)
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def _run(self) -> None:
        while not self._leaving:
            await self._arrived.wait()
            batch, self._records = self._records, []
            async with self._slots:
                await self._work_off(batch)
            if self._leaving or self.done is None:
                return
            with suppress(KafkaAway):  # the next commit says it as well
                await self._session.commit({self._partition: self.done})
            if not self._records:
                self._arrived.clear()
                self._session.resume(self._partition)

    async def _work_off(self, batch: Sequence[Record]) -> None:
        events = await self._events(batch)
        pool = await self._subscriber.service.database.pool()
        keys = [(event.service, event.key) for _, event in events]
        taken = await self._patience.persist(partial(streams.look, pool, self._subscriber.name, keys))
        for planned in plan([event for _, event in events], taken, self._subscriber.handles):
            if self._leaving:
                return
            await self._do(planned.what)
            self.done = events[planned.covered - 1][0] + 1
        self.done = batch[-1].offset + 1

    async def _events(self, batch: Sequence[Record]) -> list[tuple[int, Envelope]]:
        """The batch's events by offset; what is none goes to quarantine."""
        events = []
        for record in batch:
            found = quarantine.read(record)
            if isinstance(found, Malformed):
                put_away = partial(quarantine.put_away, self._subscriber.service.database, self._subscriber.name)
                await self._patience.persist(partial(put_away, record, found))
                TAKEN.labels(self._subscriber.name, "quarantined").inc()
                continue
            events.append((record.offset, found))
            if found.type not in REGISTRY:
                TAKEN.labels(self._subscriber.name, "unknown").inc()
        return events

    async def _do(self, what: Envelope | Run) -> None:
        if isinstance(what, Run):
            for stream in await self._pass_over(what):
                await go_on(self._subscriber, self._patience, stream)
        elif await self._patience.settle(
            partial(applying.deliver, self._subscriber, what), partial(applying.park, self._subscriber, what)
        ):
            await go_on(self._subscriber, self._patience, self._subscriber.stream(what))

    async def _pass_over(self, run: Run) -> list[Stream]:
        pool = await self._subscriber.service.database.pool()
        TAKEN.labels(self._subscriber.name, "pass").inc(len(run.upto))
        ready = await self._patience.persist(partial(streams.pass_over, pool, self._subscriber.name, run.upto))
        return [Stream(self._subscriber.name, producer, key) for producer, key in ready]


async def go_on(subscriber: Subscriber, patience: Patience, stream: Stream) -> None:
    """Deal with the stored events of a stream, one transaction each, as long as their turn has come."""
    pool = await subscriber.service.database.pool()
    while stored := await patience.persist(partial(waiting.next_ready, pool, stream)):
        await patience.settle(
            partial(applying.advance, subscriber, stored), partial(applying.park_stored, subscriber, stored)
        )
