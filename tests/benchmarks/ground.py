"""Where the benchmarks run: PostgreSQL and Kafka in containers, or the embedded ones where Docker is missing."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from shared.clock import Clock, monotonic
from shared.db.database import Database
from shared.runtime.embedded import FETCH_WAIT_MS
from shared.runtime.parts import Addresses, Parts
from shared.runtime.parts.broker import EmbeddedBroker
from shared.runtime.secrets import Secrets
from shared.service import Service
from shared.settings import Settings
from tests.integration.messaging.kit import EFFECTS
from tests.support.containers import ContainerKafka, ContainerPostgres, kafka_image, postgres_image
from tests.support.docker import docker_is_missing, free_port, host
from tests.support.postgres import Postgres

# Debezium reads the log, commits are timed by the server; nothing is flushed, since that would measure the disk.
_POSTGRES = "postgres -c fsync=off -c wal_level=logical -c track_commit_timestamp=on -c max_connections=300"
_LOOK_AGAIN = 0.005  # seconds
_GIVE_UP = 120.0  # seconds


class Cluster(Protocol):
    """A way to an empty Kafka cluster."""

    def __call__(self) -> AbstractContextManager[str]:
        """The four topics, empty; gives the bootstrap address."""


@dataclass
class Ground:
    """`kafka` and `database` say what the figures were measured on. What is `embedded` cannot do everything."""

    kafka: str
    database: str
    addresses: Addresses
    postgres: Postgres
    cluster: Cluster
    embedded: bool
    secrets: Secrets = field(default_factory=Secrets.fresh)

    @asynccontextmanager
    async def service(self, name: str, broker: str = "nowhere:9") -> AsyncIterator[Service]:
        """A service on a database of its own, which has a table for effects as well."""
        made = await self.postgres.create(name)
        database = Database(self.postgres.url(made))
        wait = FETCH_WAIT_MS if self.embedded else Settings.model_fields["kafka_fetch_max_wait_ms"].default
        given = {"database_url": database.dsn, "kafka": broker, "kafka_fetch_max_wait_ms": wait}
        settings = self.secrets.settings(name, **given)
        await (await database.pool()).execute(EFFECTS)
        try:
            yield Service(name, settings, database, Clock(), settings.keyring())
        finally:
            await database.close()
            await self.postgres.drop(made)


@contextmanager
def ground() -> Iterator[Ground]:
    """Containers, else embedded parts. PostgreSQL is without the safety of the disk."""
    with _embedded() if docker_is_missing() else _contained() as made:
        yield made


@contextmanager
def _contained() -> Iterator[Ground]:
    at, port, database = host(), free_port(), free_port()
    with kafka_image(port, at), postgres_image().with_bind_ports(5432, database).with_command(_POSTGRES):
        kafka = ContainerKafka(f"{at}:{port}")
        kafka.wait_until_it_answers()

        @contextmanager
        def cluster() -> Iterator[str]:
            kafka.start_anew()
            yield kafka.bootstrap

        addresses = ContainerPostgres(at, database)
        names = "Kafka 4.3.1 in a container", "PostgreSQL 18 in a container"
        yield Ground(*names, addresses, Postgres(addresses), cluster, embedded=False)


@contextmanager
def _embedded() -> Iterator[Ground]:
    @contextmanager
    def cluster() -> Iterator[str]:
        broker = EmbeddedBroker()
        broker.start()
        try:
            yield broker.bootstrap
        finally:
            broker.stop()

    with tempfile.TemporaryDirectory(prefix="stillwater-bench-") as folder, Parts(Path(folder), lossy=True) as parts:
        yield Ground("the embedded broker", "embedded PostgreSQL", parts, Postgres(parts), cluster, embedded=True)


@asynccontextmanager
async def beside(loop: Awaitable[None]) -> AsyncIterator[None]:
    """Run something that never ends beside the block; what breaks there breaks the block."""
    running = asyncio.ensure_future(loop)
    try:
        yield
        if running.done():
            running.result()
    finally:
        running.cancel()
        await asyncio.wait({running})


async def reaching(service: Service, count_of: str, wanted: int, every: float = _LOOK_AGAIN) -> float:
    """Wait until a count in the service's database is `wanted`; the moment in seconds. Raises TimeoutError."""
    pool = await service.database.pool()
    async with asyncio.timeout(_GIVE_UP):
        while (await pool.fetchval(count_of) or 0) < wanted:  # noqa: ASYNC110 -- a database sets no Event
            await asyncio.sleep(every)
    return monotonic()
