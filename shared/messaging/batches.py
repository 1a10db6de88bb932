"""Batches of one partition, worked off in order: each event settled before the next (design: delivery)."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from shared.events import REGISTRY, Envelope, Malformed, service_of
from shared.messaging import applying, heard, quarantine, replays, streams, waiting, watermarks
from shared.messaging.metrics import TAKEN
from shared.messaging.patience import Patience
from shared.messaging.records import Record
from shared.messaging.runs import Run, plan
from shared.messaging.streams import Stream
from shared.messaging.subscriber import Subscriber
from shared.messaging.watermarks import Verdict


class BatchWork:
    """`done` is the offset after the last record that is dealt with in the database; None when there is none yet.

    `short`: a watermark has shown that something is missing, and the partition was not read again since by this
    member; `rewound` says when it is. Another member does so too, because this one may die before it came through.
    `only_watermarks`: so was the last batch.
    """

    def __init__(self, subscriber: Subscriber, patience: Patience) -> None:
        self._subscriber, self._patience = subscriber, patience
        self._stopping = False
        self.done: int | None = None
        self.only_watermarks = False
        self._missing_at: datetime | None = None
        self._rewound = False

    @property
    def short(self) -> bool:
        return self._missing_at is not None and not self._rewound

    def rewound(self) -> None:
        """The partition is read from its beginning again; only a later loss asks for that once more."""
        self._rewound = True

    def stop(self) -> None:
        """Let `work_off` return after the event that it is at."""
        self._stopping = True

    async def work_off(self, batch: Sequence[Record]) -> None:
        """Settle every record: taken, applied, stored, parked or put away. Waits for transient trouble to end.

        Of several watermarks the last one says it all; it is noted between what is in front of it and what follows.
        """
        last = max((n for n, record in enumerate(batch) if watermarks.is_watermark(record)), default=-1)
        self.only_watermarks = all(map(watermarks.is_watermark, batch))
        await self._settle(batch[: last + 1])
        if last >= 0 and not self._stopping:
            await self._note(batch[last])
        await self._settle(batch[last + 1 :])

    async def _note(self, record: Record) -> None:
        said = watermarks.read(record)
        if isinstance(said, Malformed):
            await self._put_away(record, said)
            return
        name, producer = self._subscriber.name, service_of(record.topic)
        pool = await self._subscriber.service.database.pool()
        noted = partial(heard.note, pool, name, producer, record.partition, said)
        verdict = await self._patience.persist(noted)
        if verdict is Verdict.LOSS:
            self._missing_at = self._missing_at or said.at
        elif verdict is Verdict.FRESH and self._missing_at is not None and said.at >= self._missing_at:
            self._missing_at, self._rewound = None, False

    async def _settle(self, batch: Sequence[Record]) -> None:
        if self._stopping or not batch:
            return
        events = await self._events(batch)
        taken = await self._taken(events)
        for planned in plan([event for _, event in events], taken, self._subscriber.handles):
            if self._stopping:
                return
            await self._do(planned.what)
            self.done = events[planned.covered - 1][0] + 1
        self.done = batch[-1].offset + 1

    async def _taken(self, events: Sequence[tuple[int, Envelope]]) -> dict[tuple[str, UUID], int]:
        """How far the events' streams were taken before this batch."""
        if not events:
            return {}
        pool = await self._subscriber.service.database.pool()
        keys = [(event.service, event.key) for _, event in events]
        return await self._patience.persist(partial(streams.look, pool, self._subscriber.name, keys))

    async def _events(self, batch: Sequence[Record]) -> list[tuple[int, Envelope]]:
        """The batch's events by offset; what is none goes to quarantine."""
        events = []
        for record in batch:
            if watermarks.is_watermark(record) or not replays.is_for(record, self._subscriber.name):
                continue
            found = quarantine.read(record)
            if isinstance(found, Malformed):
                await self._put_away(record, found)
                continue
            events.append((record.offset, found))
            if found.type not in REGISTRY:
                TAKEN.labels(self._subscriber.name, "unknown").inc()
        return events

    async def _put_away(self, record: Record, why: Malformed) -> None:
        put_away = partial(quarantine.put_away, self._subscriber.service.database, self._subscriber.name)
        await self._patience.persist(partial(put_away, record, why))
        TAKEN.labels(self._subscriber.name, "quarantined").inc()

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
