"""Migrations: Alembic over asyncpg, one `services/NAME/migrations/versions` per service, numbered 0001, 0002, ...

Expand, move data in batches, contract one release later: so a process of schema N also works on N + 1.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from shared.db.schema import versions_of

_ONE_AT_A_TIME = 7_301_944  # advisory lock: two processes that start together migrate one after the other


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
    config.set_main_option("version_locations", str(versions_of(service_name)))
    return config
