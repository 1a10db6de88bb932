"""A producer and a consumer as small as can be, for variants of delivery that are wrong on purpose.

Facts of patients are stored and said over Kafka; each is to take effect once and in order. The history has the same
form as that of the real services, and the same checker judges it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition

from shared.events import topic_of
from shared.ids import new_id
from shared.runtime.parts.broker import PARTITIONS
from tests.faults.history import Attempt, Effect, History, Rules, Said, Sent, State

TOPIC, PRODUCER, CONSUMER, FACT = topic_of("intake"), "intake", "naive", "Fact"
DDL = """
CREATE TABLE fact (key uuid, seq bigint, act uuid, PRIMARY KEY (key, seq));
CREATE TABLE outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, event_id uuid, key uuid, seq bigint, act uuid,
                     sent boolean NOT NULL DEFAULT false);
CREATE TABLE effect (n bigint GENERATED ALWAYS AS IDENTITY, event_id uuid);
CREATE TABLE stream (key uuid PRIMARY KEY, taken bigint);
CREATE TABLE inbox (event_id uuid PRIMARY KEY);
"""
_FACT = """
INSERT INTO fact SELECT $1, coalesce(max(seq), 0) + 1, $2 FROM fact WHERE key = $1 RETURNING seq
"""
Reach = Callable[[str], None]
Record = Any  # of confluent_kafka, which is not typed


class Crash(Exception):
    """The process dies here."""


def crashing_at(point: str, *, time: int = 1) -> Reach:
    """Something that dies when the point is reached for the n-th time, and never again."""
    left = [time]

    def reach(reached: str) -> None:
        if reached == point:
            left[0] -= 1
            if left[0] == 0:
                raise Crash

    return reach


def unharmed(_point: str) -> None:
    """Nothing dies."""


@dataclass
class Shop:
    """`connect` opens a connection of its own, as another process would."""

    dsn: str
    bootstrap: str
    attempts: list[Attempt] = field(default_factory=list)

    async def connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        return await asyncpg.connect(self.dsn)

    async def store(self, key: UUID, *, outbox: bool = True) -> Sent:
        """A command: a fact, and with it a row for the relay; then the answer."""
        act, event_id, connection = new_id(), new_id(), await self.connect()
        async with connection.transaction():
            seq = await connection.fetchval(_FACT, key, act)
            if outbox:
                insert = "INSERT INTO outbox (event_id, key, seq, act) VALUES ($1, $2, $3, $4)"
                await connection.execute(insert, event_id, key, seq, act)
        await connection.close()
        self.attempts.append(Attempt(act, "acknowledged"))
        return Sent(PRODUCER, event_id, key, seq)

    async def count(self) -> int:
        """How many facts there are."""
        connection = await self.connect()
        found: int = await connection.fetchval("SELECT count(*) FROM fact")
        await connection.close()
        return found

    def publish(self, *facts: Sent) -> None:
        """Put them on the topic and wait for the acks."""
        producer = Producer({"bootstrap.servers": self.bootstrap, "log_level": 0})
        for fact in facts:
            producer.produce(TOPIC, f"{fact.event_id}/{fact.key}/{fact.seq}", str(fact.key))
        assert producer.flush(30) == 0

    async def relay(self) -> None:
        """What a sound relay of its own would do: everything unsent, in order."""
        connection = await self.connect()
        rows = await connection.fetch("SELECT event_id, key, seq FROM outbox WHERE NOT sent ORDER BY id")
        self.publish(*(Sent(PRODUCER, *row.values()) for row in rows))
        await connection.execute("UPDATE outbox SET sent = true")
        await connection.close()

    async def history(self, *, outbox: bool = True) -> History:
        """What was left behind. Without an outbox only the topic remembers what was said."""
        connection = await self.connect()
        facts = await connection.fetch("SELECT key, seq, act FROM fact")
        effects = await connection.fetch("SELECT event_id, n FROM effect")
        rows = await connection.fetch("SELECT event_id, key, seq FROM outbox")
        await connection.close()
        act_of = {(row["key"], row["seq"]): row["act"] for row in facts}
        sent = tuple(self._topic())
        said = [Sent(PRODUCER, *row.values()) for row in rows] if outbox else list(dict.fromkeys(sent))
        return History(
            Rules(hears={}, effects=frozenset({(CONSUMER, FACT)}), stateful=frozenset({FACT})),
            attempts=tuple(self.attempts),
            states=tuple(State(PRODUCER, str(row["key"]), row["seq"]) for row in facts),
            said=tuple(
                Said(PRODUCER, s.event_id, FACT, s.key, s.seq, str(s.key), s.seq, act_of[s.key, s.seq]) for s in said
            ),
            sent=sent,
            effects=tuple(Effect(CONSUMER, row["event_id"], row["n"]) for row in effects),
        )  # fmt: skip

    def _topic(self) -> Sequence[Sent]:
        member = Member(self.bootstrap, "history")
        found = [fact_of(record) for record in member.read_all(from_start=True)]
        member.die()
        return found


class Member:
    """A member of a consumer group that commits offsets by hand only. To die is to leave without another word."""

    def __init__(self, bootstrap: str, group: str = CONSUMER) -> None:
        self._consumer = Consumer(
            {"bootstrap.servers": bootstrap, "group.id": group, "enable.auto.commit": False, "log_level": 0}
        )
        self._places = [TopicPartition(TOPIC, number) for number in range(PARTITIONS)]

    def read_all(self, *, from_start: bool = False) -> list[Record]:
        """What is there after the committed offsets."""
        done = self._consumer.committed(self._places, timeout=30)
        ends = [self._consumer.get_watermark_offsets(place, timeout=30)[1] for place in self._places]
        places = [
            TopicPartition(TOPIC, place.partition, OFFSET_BEGINNING if from_start else max(place.offset, 0))
            for place in done
        ]  # fmt: skip
        due = sum(end - max(place.offset, 0) for place, end in zip(places, ends, strict=True))
        self._consumer.assign(places)
        found: list[Record] = []
        while len(found) < due:
            found += [record for record in self._consumer.consume(due, timeout=1.0) if record.error() is None]
        return found

    def commit(self, record: Record) -> None:
        self._consumer.commit(record, asynchronous=False)

    def die(self) -> None:
        self._consumer.close()


def fact_of(record: Record) -> Sent:
    event_id, key, seq = record.value().decode().split("/")
    return Sent(PRODUCER, UUID(event_id), UUID(key), int(seq), record.partition(), record.offset())
