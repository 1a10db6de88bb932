"""A consumer: one Kafka group of a service, each event taking effect once (design: delivery).

Each partition that has records is worked off by a task of its own, so that trouble with one patient delays that
partition alone. Offsets are committed after the database: per batch, and before partitions are given up.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial

import structlog

from shared.clock import monotonic
from shared.events import Event
from shared.messaging import waiting
from shared.messaging.batches import BatchWork, go_on
from shared.messaging.kafka import ConsumerSession, consumer_session
from shared.messaging.patience import Patience
from shared.messaging.records import KafkaAway, Partition, Record
from shared.messaging.subscriber import Subscriber
from shared.runtime.loops import Progress
from shared.service import Handler, Service

log = structlog.get_logger()

POLL_MS = 1_000  # what arrives ends the wait
BATCH_RECORDS = 500
SWEEP_SECONDS = 1.0
QUIET_COMMIT_SECONDS = 60.0
_FINISH_SECONDS = 3.0
_AGAIN_SECONDS = 1.0
_AWAY_SECONDS = 0.2


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
        self._patience = Patience(subscriber.service.database, progress=progress)
        self._partitions: dict[Partition, _PartitionWork] = {}
        self._session: ConsumerSession | None = None

    async def run(self) -> None:
        settings, name = self._subscriber.service.settings, self._subscriber.name
        async with consumer_session(settings, name, self._subscriber.topics, self.revoke) as session:
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
                await asyncio.sleep(_AWAY_SECONDS)
                continue
            for partition, records in (await session.poll(POLL_MS, BATCH_RECORDS)).items():
                self._work(session, partition).add(records)
            for task in (sweeping, *(work.task for work in self._partitions.values())):
                if task.done():
                    task.result()

    def _work(self, session: ConsumerSession, partition: Partition) -> "_PartitionWork":
        if partition not in self._partitions:
            batches = BatchWork(self._subscriber, self._patience)
            self._partitions[partition] = _PartitionWork(session, partition, batches)
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
                await go_on(self._subscriber, self._patience, stream)


class _PartitionWork:
    """The records of one partition, worked off in order by a task."""

    def __init__(self, session: ConsumerSession, partition: Partition, batches: BatchWork) -> None:
        self._session, self._partition, self._batches = session, partition, batches
        self._records: list[Record] = []
        self._arrived = asyncio.Event()
        self._leaving = False
        self._committed = monotonic()
        self.task = asyncio.create_task(self._run())

    @property
    def done(self) -> int | None:
        """The offset to go on from."""
        return self._batches.done

    def add(self, records: Sequence[Record]) -> None:
        """More records; when many wait, nothing more is fetched until they are dealt with."""
        self._records.extend(records)
        self._arrived.set()
        if len(self._records) >= BATCH_RECORDS:
            self._session.pause(self._partition)

    async def leave(self) -> None:
        """Finish the event at hand, or roll it back if that takes too long."""
        self._leaving = True
        self._batches.stop()
        if self._arrived.is_set():
            await asyncio.wait({self.task}, timeout=_FINISH_SECONDS)
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def _run(self) -> None:
        while not self._leaving:
            await self._arrived.wait()
            batch, self._records = self._records, []
            await self._batches.work_off(batch)
            if self._leaving or self.done is None:
                return
            with suppress(KafkaAway):  # the next commit says it as well, the next watermark that something is missing
                if self._batches.short:
                    await self._session.rewind(self._partition)
                    self._batches.rewound()
                elif not self._batches.only_watermarks or monotonic() > self._committed + QUIET_COMMIT_SECONDS:
                    await self._session.commit({self._partition: self.done})
                    self._committed = monotonic()
            if not self._records:
                self._arrived.clear()
                self._session.resume(self._partition)
