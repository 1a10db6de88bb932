"""The consumer, its handler writing one row, against what one would use instead, over the same backlog of a topic.

Every way works on four events at once, in order within a partition, and acknowledges after the commit. Only ours takes
each event once, whatever dies; what that costs shows beside the loop over aiokafka, which does the same work without.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from shared.db.unit_of_work import unit_of_work
from shared.events import Envelope, Event, parse
from shared.ids import new_id
from shared.messaging.consumer import BATCH_RECORDS, POLL_MS, run_consumer
from shared.messaging.kafka import consumer_session, producer_session
from shared.messaging.patience import AT_ONCE
from shared.messaging.records import Record
from shared.runtime.loops import Progress
from shared.service import Handler, Service
from tests.benchmarks import peers
from tests.benchmarks.figures import Bar, Figure, Measure, at_least, by_turns, times
from tests.benchmarks.ground import Ground, beside, reaching
from tests.integration.messaging.kit import CONSUMER, Journal, caller, enveloped, outgoing, signed

HANDLED, PASSED, PATIENTS, ROUNDS = 2_000, 30_000, 200, 3
_EFFECTS = "SELECT count(*) FROM effect"
_TAKEN = "SELECT coalesce(sum(taken_seq), 0)::bigint FROM stream"
Consume = Callable[[Service], Awaitable[None]]


async def measure(ground: Ground) -> list[Figure]:
    handled: dict[str, Measure] = {
        "ours": partial(_rate, ground, _ours, _EFFECTS, HANDLED),
        "loop": partial(_rate, ground, _loop, _EFFECTS, HANDLED),
    }
    if not peers.missing():
        handled["faststream"] = partial(_rate, ground, partial(peers.faststream, workers=AT_ONCE), _EFFECTS, HANDLED)
    rates = await by_turns(handled, ROUNDS)
    passed = await by_turns({"ours": partial(_rate, ground, _ours_without, _TAKEN, PASSED)}, ROUNDS)
    ours, loop, faststream = rates["ours"], rates["loop"], rates.get("faststream")
    return [
        Figure("consumer, ordinary handler", "events/s", ours, "a FastStream subscriber", faststream, times(1.0)),
        Figure("consumer, ordinary handler", "events/s", ours, "aiokafka without streams", loop, Bar(0.75, True)),
        Figure("consumer, batched", "events/s", passed["ours"], bar=at_least(15_000)),
    ]


async def _rate(ground: Ground, consume: Consume, count_of: str, events: int) -> float:
    """Events per second from the first tenth to the last event of a backlog, so that joining a group is left out."""
    with ground.cluster() as broker:
        async with ground.service("scheduling", broker) as service:
            await _publish(service, events)
            async with beside(consume(service)):
                began = await reaching(service, count_of, events // 10)
                done = await _count(service, count_of)
                return (events - done) / (await reaching(service, count_of, events, every=0.05) - began)


async def _count(service: Service, count_of: str) -> int:
    return int(await (await service.database.pool()).fetchval(count_of))


async def _publish(service: Service, count: int) -> None:
    """So many events about patients that take turns."""
    patients = [new_id() for _ in range(PATIENTS)]
    events = [enveloped(signed(patients[n % PATIENTS]), n // PATIENTS + 1) for n in range(count)]
    async with producer_session(service.settings, peers.TOPIC) as producer:
        for first in range(0, count, 1_000):
            assert None not in await producer.send([outgoing(event) for event in events[first : first + 1_000]])


async def _ours(service: Service) -> None:
    await run_consumer(service, CONSUMER, Journal(service).subscriptions, Progress(CONSUMER))


async def _ours_without(service: Service) -> None:
    """Subscribed to the topic for the sake of an event that does not come: what comes is only counted, in batches."""
    subscriptions: dict[type[Event], Handler] = dict(list(Journal(service).subscriptions.items())[1:])
    await run_consumer(service, CONSUMER, subscriptions, Progress(CONSUMER))


async def _as_they_are() -> None:
    """Partitions are given up as they are: offsets were committed already."""


async def _loop(service: Service) -> None:
    """Poll, one transaction per record, commit the offsets: after a crash it does things twice."""
    at_once, journal = asyncio.Semaphore(AT_ONCE), Journal(service)

    async def work_off(records: Sequence[Record]) -> None:
        for record in records:
            envelope = Envelope.from_record(record.value, record.headers)
            async with at_once, unit_of_work(service, caller(), cause=envelope) as uow:
                await journal.handle(uow, parse(envelope))

    async with consumer_session(service.settings, CONSUMER, [peers.TOPIC], _as_they_are) as session:
        while True:
            polled = await session.poll(POLL_MS, BATCH_RECORDS)
            await asyncio.gather(*map(work_off, polled.values()))
            await session.commit({partition: records[-1].offset + 1 for partition, records in polled.items()})
