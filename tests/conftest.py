"""Fixtures that all tests share: one PostgreSQL per session; a database, a broker and settings per test."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, Protocol

import pytest
from hypothesis import settings

from shared.clock import Clock
from shared.db.database import Database
from shared.runtime.parts import Addresses
from shared.runtime.parts.broker import EmbeddedBroker
from shared.runtime.secrets import Secrets
from shared.sealing import Keyring
from shared.service import Service
from shared.settings import Settings
from tests.faults.report import pytest_terminal_summary
from tests.support.compose import compose, undisturbed_in_compose
from tests.support.containers import kafka_container, postgres_container
from tests.support.parts import session_parts
from tests.support.postgres import Postgres, postgres_of
from tests.support.sharing import (
    pytest_collection_finish,
    pytest_collection_modifyitems,
    pytest_xdist_auto_num_workers,
    pytest_xdist_make_scheduler,
)

__all__ = [  # fixtures and hooks of the whole suite
    "compose",
    "kafka_container",
    "postgres_container",
    "pytest_collection_finish",
    "pytest_collection_modifyitems",
    "pytest_terminal_summary",
    "pytest_xdist_auto_num_workers",
    "pytest_xdist_make_scheduler",
    "undisturbed_in_compose",
]

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


class SettingsFor(Protocol):
    def __call__(self, service_name: str, **over: Any) -> Settings: ...


@pytest.fixture(scope="session")
def parts() -> Iterator[Addresses]:
    """The embedded parts, once per session, in a child process that ends with this one."""
    with session_parts() as addresses:
        yield addresses


@pytest.fixture(scope="session")
def postgres(parts: Addresses) -> Postgres:
    return postgres_of(parts)


@pytest.fixture
def broker() -> Iterator[str]:
    """Bootstrap `host:port` of a Kafka cluster of the test's own, empty; it costs a millisecond."""
    cluster = EmbeddedBroker()
    cluster.start()
    yield cluster.bootstrap
    cluster.stop()


@pytest.fixture(scope="session")
def secrets() -> Secrets:
    return Secrets.fresh()


@pytest.fixture(scope="session")
def settings_for(secrets: Secrets) -> SettingsFor:
    """Development settings of a service; without `database_url` and `kafka` they point at nothing."""

    def settings(service_name: str, **over: Any) -> Settings:
        nowhere = {"database_url": "postgresql://nowhere/nothing", "kafka": "nowhere:9", "kafka_fetch_max_wait_ms": 10}
        return secrets.settings(service_name, **nowhere | over)

    return settings


@pytest.fixture(scope="session")
def keyrings(settings_for: SettingsFor) -> Callable[[str], Keyring]:
    """`keyrings("intake")`: the keys of one service, its audiences only."""
    return lambda service_name: settings_for(service_name).keyring()


@pytest.fixture
async def fresh_database(postgres: Postgres) -> AsyncIterator[Callable[[str], Awaitable[Database]]]:
    """`await fresh_database("intake")`: a migrated database of the test's own, dropped after it."""
    made: list[Database] = []

    async def fresh(service_name: str) -> Database:
        made.append(Database(postgres.url(await postgres.create(service_name))))
        return made[-1]

    yield fresh
    for database in made:
        await database.close()
        await postgres.drop(str(database.url.database))


@pytest.fixture
async def fresh_service(
    fresh_database: Callable[[str], Awaitable[Database]], settings_for: SettingsFor, broker: str
) -> Callable[[str], Awaitable[Service]]:
    """`await fresh_service("intake")`: a Service over a database of its own and the session's broker."""

    async def fresh(service_name: str, **over: Any) -> Service:
        database = await fresh_database(service_name)
        settings = settings_for(service_name, **{"database_url": database.dsn, "kafka": broker} | over)
        return Service(service_name, settings, database, Clock(), settings.keyring())

    return fresh
