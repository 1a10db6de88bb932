"""What a service may do at Kafka and PostgreSQL in compose: its own, and nothing of the others'."""

import asyncpg
import pytest

from shared.events import SERVICES, topic_of
from tests.support.compose import Compose

pytestmark = pytest.mark.timeout(420)  # the first test waits for images and health
PROBE = """
import asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from shared.messaging.kafka import _connection
from shared.settings import Settings

async def write():
    producer = AIOKafkaProducer(**_connection(Settings()))
    await producer.start()
    try:
        await producer.send_and_wait("{topic}", b"{{}}")
    finally:
        await producer.stop()

async def read():
    consumer = AIOKafkaConsumer("{topic}", group_id="{group}", auto_offset_reset="earliest", **_connection(Settings()))
    await consumer.start()
    try:
        await consumer.getmany(timeout_ms=3000)
    finally:
        await consumer.stop()

try:
    asyncio.run(asyncio.wait_for({act}(), 30))
    print("done")
except Exception as refused:
    print(type(refused).__name__)
"""


def probe(compose: Compose, act: str, topic: str, group: str = "", password: str | None = None) -> str:
    """What Kafka answers intake's worker: `done`, or the name of the refusal."""
    other = ["--env", f"STILLWATER_KAFKA_PASSWORD={password}"] if password else []
    script = PROBE.format(act=act, topic=topic, group=group)
    return compose.compose("exec", "-T", *other, "intake-worker", "python", "-c", script).splitlines()[-1]


@pytest.mark.parametrize("other", [service for service in SERVICES if service != "intake"])
def test_a_service_cannot_write_another_ones_topic(compose: Compose, other: str) -> None:
    assert probe(compose, "write", topic_of(other)) == "TopicAuthorizationFailedError"


def test_a_service_cannot_join_another_ones_group(compose: Compose) -> None:
    topic = topic_of("scheduling")
    assert probe(compose, "read", topic, "intake.probe") == "done"
    assert probe(compose, "read", topic, "billing.commands") == "GroupAuthorizationFailedError"


def test_a_wrong_password_is_refused(compose: Compose) -> None:
    assert probe(compose, "write", topic_of("intake"), password="guessed") == "KafkaConnectionError"


async def test_a_database_role_reaches_its_own_database_only(compose: Compose) -> None:
    own = compose.database_url("intake")
    for other in ("scheduling", "postgres"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(own.rpartition("/")[0] + f"/{other}")
    connection = await asyncpg.connect(own)
    assert not await connection.fetchval("SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user")
    await connection.close()
