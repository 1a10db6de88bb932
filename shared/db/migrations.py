"""Migrations: Alembic over asyncpg, one `services/NAME/migrations/versions` per service, numbered 0001, 0002, ...

Expand, move data in batches, contract one release later: so a process of schema N also works on N + 1.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from shared.db.database import Database

_ROOT = Path(__file__).parents[2]
_ONE_AT_A_TIME = 7_301_944  # advisory lock: two processes that start together migrate one after the other


@dataclass(frozen=True, slots=True)
class SchemaVersion:
    """The schema that the code was written for and the one that the database has; 0 is an empty database."""

    code: int
    database: int

    @property
    def fits(self) -> bool:
        """A process works on its own schema and on the next one (design: migrations)."""
        return self.database in (self.code, self.code + 1)


async def migrate(service_name: str, url: str) -> None:
    """Bring the database of `service_name` to the newest schema; does nothing when it is there."""
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.execute(text(f"SELECT pg_advisory_lock({_ONE_AT_A_TIME})"))
            await _set_limits(connection)
            await connection.commit()
            await connection.run_sync(_upgrade, service_name)
    finally:
        await engine.dispose()


async def schema_version(database: Database, service_name: str) -> SchemaVersion:
    """The versions of code and database, for readiness."""
    async with database.engine.connect() as connection:
        known = await connection.scalar(text("SELECT to_regclass('alembic_version') IS NOT NULL"))
        now = await connection.scalar(text("SELECT version_num FROM alembic_version")) if known else None
    return SchemaVersion(code=newest(service_name), database=int(now or 0))


@lru_cache(maxsize=8)
def newest(service_name: str) -> int:
    """The number of the service's last migration."""
    return int(ScriptDirectory.from_config(_config(service_name)).get_current_head() or 0)


async def _set_limits(connection: AsyncConnection) -> None:
    """A migration gives up after 2 s rather than queue everybody behind its lock; nobody idles in a transaction."""
    database = connection.engine.url.database
    await connection.execute(text(f"ALTER DATABASE \"{database}\" SET idle_in_transaction_session_timeout = '15s'"))
    await connection.execute(text("SET lock_timeout = '2s'"))


def _upgrade(connection: Connection, service_name: str) -> None:
    config = _config(service_name)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config(service_name: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "alembic"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", str(_ROOT / "services" / service_name / "migrations" / "versions"))
    return config
