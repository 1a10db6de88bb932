"""Sessions with a real Kafka protocol (design: aiokafka)."""

import asyncio

import pytest

from shared.events import topic_of
from shared.messaging.kafka import producer_session, tail, topic_state
from shared.messaging.records import Ack, KafkaAway, Outgoing, SessionLost
from shared.service import Service
from tests.integration.messaging.kit import LIVENESS_SECONDS

TOPIC = topic_of("intake")


def record(key: str, value: bytes = b"{}") -> Outgoing:
    return Outgoing(key.encode(), value, [("ce_id", b"1")])


async def test_records_of_a_key_keep_their_order_and_acks_say_where_they_are(intake: Service) -> None:
    batch = [record(key, f"{key}{turn}".encode()) for turn in range(50) for key in "abcdef"]
    async with producer_session(intake.settings, TOPIC) as session:
        acks = await session.send(batch)
        assert [ack and ack.partition for ack in acks] == [session.partition_of(sent.key) for sent in batch]
    places = {(ack.partition, ack.offset): sent.value for ack, sent in zip(acks, batch, strict=True) if ack}
    seen = []
    reading = tail(intake.settings, [TOPIC], from_start=True)
    async for read in reading:
        assert places[read.partition, read.offset] == read.value
        seen.append(read.value)
        if len(seen) == len(batch):
            break
    await reading.aclose()
    for key in "abcdef":
        assert [v for v in seen if v and v.startswith(key.encode())] == [f"{key}{n}".encode() for n in range(50)]


async def test_nothing_is_sent_behind_a_record_that_cannot_be(intake: Service) -> None:
    async with producer_session(intake.settings, TOPIC) as session:
        acks = await session.send([record("a"), record("a", b"x" * 2_000_000), record("a"), record("b")])
        assert session.over
        assert acks[0] == Ack(session.partition_of(b"a"), 0)
        assert acks[1:] == [None, None, None]
        with pytest.raises(SessionLost):
            await session.send([record("a")])
    assert sum((await topic_state(intake.settings, TOPIC)).end_offsets.values()) == 1


async def test_a_broken_connection_ends_the_session(intake: Service) -> None:
    """The client would reconnect and go on as if the broker could not have forgotten anything."""
    async with producer_session(intake.settings, TOPIC) as session:
        assert None not in await session.send([record("a")])
        for connection in session._producer.client._conns.values():
            connection._writer.transport.abort()
        async with asyncio.timeout(LIVENESS_SECONDS):
            while not session.over:  # noqa: ASYNC110 -- the socket tells it
                await asyncio.sleep(0.01)
        with pytest.raises(SessionLost):
            await session.send([record("a")])


async def test_the_state_of_a_topic_names_the_cluster_and_where_each_partition_ends(intake: Service) -> None:
    before = await topic_state(intake.settings, TOPIC)
    async with producer_session(intake.settings, TOPIC) as session:
        await session.send([record("a"), record("a"), record("a")])
        partition = session.partition_of(b"a")
    after = await topic_state(intake.settings, TOPIC)
    assert before.cluster == after.cluster
    assert set(before.end_offsets.values()) == {0}
    assert {p: end for p, end in after.end_offsets.items() if end} == {partition: 3}


async def test_a_broker_that_is_away_is_told_and_leaves_nothing_behind(intake: Service) -> None:
    nowhere = intake.settings.model_copy(update={"kafka": "127.0.0.1:9"})
    tasks = len(asyncio.all_tasks())
    with pytest.raises(KafkaAway):
        await producer_session(nowhere, TOPIC).__aenter__()
    with pytest.raises(KafkaAway):
        await topic_state(nowhere, TOPIC)
    assert len(asyncio.all_tasks()) == tasks
