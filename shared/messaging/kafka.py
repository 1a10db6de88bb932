"""Kafka as this product uses it: producer sessions, consumer sessions, the state of a topic. Only importer of aiokafka.

aiokafka 0.14 is pinned. Every start, send and stop has a time-out of ours, since its own calls were seen to hang with
the broker away; a send that timed out may still be delivered, so a missing ack never means "not sent".
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.conn import CloseReason
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError
from aiokafka.partitioner import DefaultPartitioner

from shared.messaging.packs import packed
from shared.messaging.records import Ack, KafkaAway, Outgoing, Partition, Record, SessionLost, TopicMissing, TopicState
from shared.runtime.loops import told_to_stop
from shared.settings import Settings

T = TypeVar("T")
START_SECONDS = 15.0
ACK_SECONDS = 10.0
JOIN_SECONDS = 45.0
STOP_SECONDS = 2.0
_REQUEST_MS = 8_000
_JOIN_REQUEST_MS = 40_000  # a broker keeps a join waiting for as long as the group rebalances
_BATCH_BYTES = 512 * 1024
_PARTITIONER, _KNOWN_KEYS = DefaultPartitioner(), 65_536
_BROKEN = (CloseReason.CONNECTION_BROKEN, CloseReason.CONNECTION_TIMEOUT, CloseReason.OUT_OF_SYNC)


def _connection(settings: Settings) -> dict[str, Any]:
    options: dict[str, Any] = {"bootstrap_servers": settings.kafka.split(","), "request_timeout_ms": _REQUEST_MS}
    if settings.kafka_username is None:
        return options
    password = settings.kafka_password.get_secret_value().decode() if settings.kafka_password else ""
    return options | {
        "security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": "SCRAM-SHA-256",
        "sasl_plain_username": settings.kafka_username, "sasl_plain_password": password,
    }  # fmt: skip


async def _within(seconds: float, call: Awaitable[T]) -> T:
    try:
        return await asyncio.wait_for(call, seconds)
    except TimeoutError:
        raise KafkaAway("no answer in time") from None
    except (KafkaError, OSError) as error:
        raise KafkaAway(type(error).__name__) from error
    except asyncio.CancelledError:
        if told_to_stop():
            raise
        raise KafkaAway("the client broke off") from None


class ProducerSession:
    """One life of an idempotent producer on one topic. A broken connection ends it: a silent reconnect hides losses."""

    def __init__(self, producer: AIOKafkaProducer, topic: str) -> None:
        self._producer, self._topic = producer, topic
        self._partitions: list[int] = []
        self._known = dict[bytes | None, int]()
        self._over = asyncio.Event()
        producer.client._on_connection_closed = self._connection_closed  # no public hook tells of a reconnect

    @property
    def over(self) -> bool:
        return self._over.is_set()

    def _connection_closed(self, _connection: object, reason: CloseReason | None) -> None:
        if reason in _BROKEN:
            self._over.set()

    async def _start(self) -> None:
        await _within(START_SECONDS, self._producer.start())
        self._partitions = sorted(await _within(START_SECONDS, self._producer.partitions_for(self._topic)))

    def partition_of(self, key: bytes | None) -> int:
        """The partition that all records of a key go to."""
        partition = self._known.get(key)
        if partition is None:
            if len(self._known) >= _KNOWN_KEYS:
                self._known.clear()
            partition = self._known[key] = int(_PARTITIONER(key, self._partitions, self._partitions))
        return partition

    async def send(self, records: Iterable[Outgoing]) -> list[Ack | None]:
        """Send in order and wait for every ack. None: failed or unknown, and the session is over.

        Raises SessionLost when it was over before.
        """
        if self.over:
            raise SessionLost("the connection broke")
        batch = list(records)
        sending = asyncio.create_task(self._send_all(batch))
        over = asyncio.create_task(self._over.wait())
        try:
            await asyncio.wait({sending, over}, timeout=ACK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            over.cancel()
            sending.cancel()
            await asyncio.wait({sending})
        acks: list[Ack | None] = [None] * len(batch) if sending.cancelled() else sending.result()
        if None in acks:
            self._over.set()
        return acks

    async def _send_all(self, records: Sequence[Outgoing]) -> list[Ack | None]:
        """Cancelled, it still tells what was acknowledged so far."""
        packs, futures = packed(records, self.partition_of, self._producer.create_batch), list[asyncio.Future[Any]]()
        with suppress(asyncio.CancelledError):
            with suppress(KafkaError):  # nothing goes behind a pack that cannot
                for pack in packs:
                    futures.append(await self._producer.send_batch(pack.batch, self._topic, partition=pack.partition))
            await asyncio.gather(*futures, return_exceptions=True)
        acks: list[Ack | None] = [None] * len(records)
        for pack, future in zip(packs, futures, strict=False):
            for place, ack in pack.acks(future):
                acks[place] = ack
        return acks


@asynccontextmanager
async def producer_session(settings: Settings, topic: str) -> AsyncIterator[ProducerSession]:
    """A new producer for one session. Raises KafkaAway when it cannot start."""
    producer = AIOKafkaProducer(
        **_connection(settings), enable_idempotence=True, acks="all", linger_ms=0, max_batch_size=_BATCH_BYTES
    )
    session = ProducerSession(producer, topic)
    try:
        await session._start()
        yield session
    finally:
        await _drop(producer, gently=not session.over)


async def _drop(producer: AIOKafkaProducer, *, gently: bool) -> None:
    """Stop it; when it has something that cannot be delivered, without waiting for that."""
    if gently:
        with suppress(KafkaAway):
            await _within(STOP_SECONDS, producer.stop())
            return
    producer._closed = True
    sender = producer._sender.sender_task
    while sender is not None and not sender.done():
        sender.cancel()  # the first cancel makes it wait for what is in flight, the second cancels that too
        await asyncio.wait({sender}, timeout=0.1)
    producer._message_accumulator.fail_all(SessionLost("dropped"))
    with suppress(KafkaAway):
        await _within(STOP_SECONDS, producer.client.close())


async def topic_state(settings: Settings, topic: str) -> TopicState:
    """What the broker holds of a topic now. Raises KafkaAway, TopicMissing."""
    reader = AIOKafkaConsumer(topic, **_connection(settings))
    admin = AIOKafkaAdminClient(**_connection(settings))
    try:
        await _within(START_SECONDS, reader.start())
        await _within(START_SECONDS, admin.start())
        cluster = await _within(START_SECONDS, admin.describe_cluster())
        partitions = [TopicPartition(topic, number) for number in _partitions_of(reader, topic)]
        ends = await _within(START_SECONDS, reader.end_offsets(partitions))
    except KafkaAway as away:
        if isinstance(away.__cause__, UnknownTopicOrPartitionError):
            raise TopicMissing(topic) from None
        raise
    finally:
        await _stop(reader)
        with suppress(KafkaAway):
            await _within(STOP_SECONDS, admin.close())
    return TopicState(cluster["cluster_id"], {at.partition: end for at, end in ends.items()})


def _partitions_of(consumer: AIOKafkaConsumer, topic: str) -> list[int]:
    partitions = consumer.partitions_for_topic(topic)
    if not partitions:
        raise TopicMissing(topic)
    return sorted(partitions)


async def _stop(consumer: AIOKafkaConsumer) -> None:
    try:
        await _within(STOP_SECONDS, consumer.stop())
    except KafkaAway:
        with suppress(KafkaAway):
            await _within(STOP_SECONDS, consumer._client.close())


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is not typed
    """Finishes with partitions before another member gets them. Holds no lock: it runs inside a poll."""

    def __init__(self, revoke: Callable[[], Awaitable[None]]) -> None:
        self._revoke = revoke

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        await self._revoke()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Nothing is to be done: reading begins at what is committed."""


class _Whole(RoundRobinPartitionAssignor):  # type: ignore[misc]
    """Who leads hands out nothing while a topic is missing: a leader with a stable name that starts again is given what
    it had, without a rebalance, and leads no more, so nobody would look again."""

    trouble: TopicMissing | None = None

    def assign(self, cluster: Any, members: Mapping[str, Any]) -> Any:
        wanted = {topic for member in members.values() for topic in member.subscription}
        if missing := sorted(topic for topic in wanted if not cluster.partitions_for_topic(topic)):
            self.trouble = TopicMissing(", ".join(missing))
            raise self.trouble
        return super().assign(cluster, members)


class ConsumerSession:
    """A member of a consumer group. Offsets are committed by hand, after the database commit."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer

    async def poll(self, wait_ms: int, at_most: int) -> Mapping[Partition, Sequence[Record]]:
        """Records per partition. Raises KafkaAway."""
        try:
            found = await self._consumer.getmany(timeout_ms=wait_ms, max_records=at_most)
        except KafkaError as error:
            raise KafkaAway(type(error).__name__) from error
        return {Partition(*partition): records for partition, records in found.items()}

    def pause(self, partition: Partition) -> None:
        """Fetch nothing more of a partition until `resume`."""
        for ours in self._ours([partition]):
            self._consumer.pause(ours)

    def resume(self, partition: Partition) -> None:
        for ours in self._ours([partition]):
            self._consumer.resume(ours)

    async def rewind(self, partition: Partition) -> None:
        """Read a partition from its beginning again, if it is still ours. Raises KafkaAway."""
        for ours in self._ours([partition]):
            await _within(STOP_SECONDS, self._consumer.seek_to_beginning(ours))

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Commit the next offset to read of each partition that is still ours. Raises KafkaAway."""
        if ours := self._ours(offsets):
            await _within(STOP_SECONDS, self._consumer.commit({partition: offsets[partition] for partition in ours}))

    def _ours(self, partitions: Iterable[Partition]) -> list[Any]:
        assigned = self._consumer.assignment()
        return [TopicPartition(*partition) for partition in partitions if partition in assigned]


@asynccontextmanager
async def consumer_session(
    settings: Settings, group: str, topics: Sequence[str], revoke: Callable[[], Awaitable[None]]
) -> AsyncIterator[ConsumerSession]:
    """Join a group; at the end `revoke` is called before leaving. Raises KafkaAway, TopicMissing."""
    whole = _Whole()
    consumer = AIOKafkaConsumer(
        **_connection(settings) | {"request_timeout_ms": _JOIN_REQUEST_MS}, group_id=group, enable_auto_commit=False,
        auto_offset_reset="earliest", partition_assignment_strategy=(whole,),
        fetch_max_wait_ms=settings.kafka_fetch_max_wait_ms,
        group_instance_id=f"{group}.{settings.worker_id}" if settings.worker_id else None,
    )  # fmt: skip
    consumer.subscribe(topics=list(topics), listener=_Listener(revoke))
    try:
        await _within(JOIN_SECONDS, consumer.start())
        yield ConsumerSession(consumer)
    except KafkaAway as away:
        raise whole.trouble or away from away.__cause__
    finally:
        await revoke()
        await _stop(consumer)


async def tail(
    settings: Settings, topics: Sequence[str], *, from_start: bool = False, since: Mapping[Partition, int] | None = None
) -> AsyncIterator[Record]:
    """Every new record of the topics (with `from_start` the old ones first, with `since` from these offsets on),
    without joining a group; never ends."""
    reader = AIOKafkaConsumer(
        *topics, **_connection(settings), auto_offset_reset="earliest" if from_start else "latest",
        fetch_max_wait_ms=settings.kafka_fetch_max_wait_ms,
    )  # fmt: skip
    try:
        await _within(START_SECONDS, reader.start())
        for partition, offset in (since or {}).items():
            reader.seek(TopicPartition(*partition), offset)
        async for record in reader:
            yield record
    finally:
        await _stop(reader)
