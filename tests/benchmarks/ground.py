"""Where the benchmarks run: embedded PostgreSQL and Kafka, a fresh database and an empty cluster for each run."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from shared.clock import Clock, monotonic
from shared.db.database import Database
from shared.events.intake import ConsentSigned
from shared.ids import new_id
from shared.runtime.parts import Parts
from shared.runtime.parts.broker import EmbeddedBroker
from shared.runtime.secrets import Secrets
from shared.service import Service
from tests.integration.messaging.kit import EFFECTS, signed
from tests.support.postgres import Postgres

EVENTS, PATIENTS = 600, 50
_LOOK_AGAIN = 0.002  # seconds
_GIVE_UP = 60.0  # seconds


class Ground:
    """Embedded parts and what is made on them."""

    def __init__(self, postgres: Postgres) -> None:
        self.postgres = postgres
        self.secrets = Secrets.fresh()

    @asynccontextmanager
    async def service(self, name: str, broker: str = "nowhere:9") -> AsyncIterator[Service]:
        """A service on a database of its own, which has a table for effects as well."""
        made = await self.postgres.create(name)
        database = Database(self.postgres.url(made))
        given = {"database_url": database.dsn, "kafka": broker, "kafka_fetch_max_wait_ms": 10}
        settings = self.secrets.settings(name, **given)
        await (await database.pool()).execute(EFFECTS)
        yield Service(name, settings, database, Clock(), settings.keyring())
        await database.close()
        await self.postgres.drop(made)


@contextmanager
def ground() -> Iterator[Ground]:
    """PostgreSQL without the safety of the disk, which would measure the disk."""
    with tempfile.TemporaryDirectory(prefix="stillwater-bench-") as folder, Parts(Path(folder), lossy=True) as parts:
        yield Ground(Postgres(parts))


@contextmanager
def cluster() -> Iterator[str]:
    """An empty Kafka cluster; gives its bootstrap address."""
    broker = EmbeddedBroker()
    broker.start()
    yield broker.bootstrap
    broker.stop()


@asynccontextmanager
async def beside(loop: Awaitable[None]) -> AsyncIterator[None]:
    """Run something that never ends beside the block."""
    running = asyncio.ensure_future(loop)
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait({running})


def said_of_patients(count: int) -> list[ConsentSigned]:
    """Events about several patients, taking turns."""
    patients = [new_id() for _ in range(PATIENTS)]
    return [signed(patients[number % PATIENTS]) for number in range(count)]


async def reaching(service: Service, count_of: str, wanted: int) -> float:
    """Wait until a count in the service's database is `wanted`; the moment in seconds. Raises TimeoutError."""
    pool = await service.database.pool()
    async with asyncio.timeout(_GIVE_UP):
        while (await pool.fetchval(count_of) or 0) < wanted:  # noqa: ASYNC110 -- a database sets no Event
            await asyncio.sleep(_LOOK_AGAIN)
    return monotonic()
