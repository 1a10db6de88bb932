"""Two services: intake says things, scheduling hears them. Their databases are made once and emptied for each test.

All of it over the embedded parts, and again over containers of PostgreSQL and Kafka.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from shared.clock import Clock
from shared.db.database import Database
from shared.runtime.parts.broker import EmbeddedBroker
from shared.service import Service
from tests.conftest import SettingsFor
from tests.integration.messaging.kit import EFFECTS, Journal
from tests.support.postgres import Postgres, postgres_of

_WITHOUT_KAFKA = ("test_batches", "test_lease", "test_patience", "test_redelivery", "test_take")  # databases alone
_TABLES = (
    "outbox", "outbox_stream", "relay_lease", "relay_partition", "stream", "waiting", "quarantine", "heard", "stranger",
    "audit", "effect",
)  # fmt: skip
_EMPTY = "; ".join(
    [
        EFFECTS,
        *(f"DELETE FROM {table}" for table in _TABLES),
        "UPDATE service_state SET epoch = 1, held_since = NULL",
        "SELECT setval('outbox_id_seq', 1, false)",
    ]
)


@pytest.fixture(scope="session", params=["embedded", "containers"])
def ground(request: pytest.FixtureRequest) -> str:
    """What PostgreSQL and Kafka are."""
    kind: str = request.param
    return kind


@pytest.fixture(scope="session")
def postgres(ground: str, request: pytest.FixtureRequest) -> Postgres:
    return postgres_of(request.getfixturevalue("parts" if ground == "embedded" else "postgres_container"))


@pytest.fixture
def broker(ground: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """`host:port` of a Kafka with nothing in it; as it was where nobody asks it."""
    if ground == "containers":
        kafka = request.getfixturevalue("kafka_container")
        if request.module.__name__.rpartition(".")[2] not in _WITHOUT_KAFKA:
            kafka.start_anew()
        yield kafka.bootstrap
        return
    cluster = EmbeddedBroker()
    cluster.start()
    yield cluster.bootstrap
    cluster.stop()


@pytest.fixture(scope="session")
def made(ground: str) -> dict[str, str]:
    """Database by service, filled as they are made."""
    return {}


@asynccontextmanager
async def emptied(
    name: str, made: dict[str, str], postgres: Postgres, settings_for: SettingsFor, broker: str
) -> AsyncIterator[Service]:
    if name not in made:
        made[name] = await postgres.create(name)
    database = Database(postgres.url(made[name]))
    await (await database.pool()).execute(_EMPTY)
    settings = settings_for(name, database_url=database.dsn, kafka=broker)
    yield Service(name, settings, database, Clock(), settings.keyring())
    await database.close()


@pytest.fixture
async def intake(
    made: dict[str, str], postgres: Postgres, settings_for: SettingsFor, broker: str
) -> AsyncIterator[Service]:
    async with emptied("intake", made, postgres, settings_for, broker) as service:
        yield service


@pytest.fixture
async def scheduling(
    made: dict[str, str], postgres: Postgres, settings_for: SettingsFor, broker: str
) -> AsyncIterator[Service]:
    async with emptied("scheduling", made, postgres, settings_for, broker) as service:
        yield service


@pytest.fixture
async def journal(scheduling: Service) -> Journal:
    return Journal(scheduling)
