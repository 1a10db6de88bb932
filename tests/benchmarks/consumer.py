"""The consumer against a plain loop over Kafka: what taking each event once costs, and what skipping in bulk saves.

The plain loop commits the effect and nothing else, so it would do everything twice after a crash. For events that
nobody handles the plain variant takes each by a statement of its own, as an inbox table does.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from shared.clock import monotonic
from shared.db.unit_of_work import UnitOfWork, unit_of_work
from shared.events import Envelope, Event, parse, topic_of
from shared.messaging import streams
from shared.messaging.consumer import BATCH_RECORDS, POLL_MS, run_consumer
from shared.messaging.kafka import consumer_session, producer_session
from shared.messaging.records import Partition
from shared.messaging.streams import Stream
from shared.runtime.loops import Progress
from shared.service import Handler, Service
from tests.benchmarks.figures import Figure, by_turns
from tests.benchmarks.ground import EVENTS, Ground, beside, cluster, reaching, said_of_patients
from tests.integration.messaging.kit import CONSUMER, Journal, caller, enveloped, outgoing

_EFFECTS = "SELECT count(*) FROM effect"
_TAKEN = "SELECT sum(taken_seq) FROM stream"
_TOPIC = topic_of("intake")
Consume = Callable[[Service], Awaitable[None]]
Effect = Callable[[UnitOfWork, Envelope, Event], Awaitable[None]]


async def measure(ground: Ground) -> list[Figure]:
    rate = partial(_rate, ground)
    handled = await by_turns(lambda: rate(_ours, _EFFECTS), lambda: rate(partial(_plain, _effect), _EFFECTS))
    skipped = await by_turns(lambda: rate(_ours_without, _TAKEN), lambda: rate(partial(_plain, _take), _TAKEN))
    return [
        Figure("consumer, handled", "events/s", *handled, "the effect alone, repeats not noticed"),
        Figure("consumer, passed over", "events/s", *skipped, "a statement for each event"),
    ]


async def _rate(ground: Ground, consume: Consume, count_of: str) -> float:
    """Events per second from publishing until the last was taken, by a consumer that is under way."""
    with cluster() as broker:
        async with ground.service("scheduling", broker) as service, beside(consume(service)):
            await _publish(service, 1)
            await reaching(service, count_of, 1)
            began = monotonic()
            await _publish(service, EVENTS)
            return EVENTS / (await reaching(service, count_of, EVENTS + 1) - began)


async def _publish(service: Service, count: int) -> None:
    sequences: dict[object, int] = {}
    records = []
    for event in said_of_patients(count):
        sequences[event.patient_id] = sequences.get(event.patient_id, 0) + 1
        records.append(outgoing(enveloped(event, sequences[event.patient_id])))
    async with producer_session(service.settings, _TOPIC) as producer:
        await producer.send(records)


async def _ours(service: Service) -> None:
    await run_consumer(service, CONSUMER, Journal(service).subscriptions, Progress(CONSUMER))


async def _ours_without(service: Service) -> None:
    """Subscribed to the topic for the sake of an event that does not come."""
    subscriptions: dict[type[Event], Handler] = dict(list(Journal(service).subscriptions.items())[1:])
    await run_consumer(service, CONSUMER, subscriptions, Progress(CONSUMER))


class _Nothing:
    """Gives partitions up as they are."""

    async def revoke(self) -> None:
        """Offsets were committed already."""


async def _plain(effect: Effect, service: Service) -> None:
    """Poll, one transaction per record, commit the offsets."""
    async with consumer_session(service.settings, CONSUMER, [_TOPIC], _Nothing()) as session:
        while True:
            offsets: Mapping[Partition, int] = {}
            for partition, records in (await session.poll(POLL_MS, BATCH_RECORDS)).items():
                for record in records:
                    envelope = Envelope.from_record(record.value, record.headers)
                    async with unit_of_work(service, caller(), cause=envelope) as uow:
                        await effect(uow, envelope, parse(envelope))
                offsets = {**offsets, partition: records[-1].offset + 1}
            await session.commit(offsets)


async def _effect(uow: UnitOfWork, _: Envelope, event: Event) -> None:
    await Journal(uow.service).handle(uow, event)


async def _take(uow: UnitOfWork, envelope: Envelope, _: Event) -> None:
    await streams.take(uow, Stream(CONSUMER, "intake", envelope.key), envelope.sequence)
