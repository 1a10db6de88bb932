"""A service without routes of its own, for what all services share; its changes are cleared before each test."""

from collections.abc import AsyncIterator

import pytest_asyncio

from shared.clock import Clock
from shared.db.database import Database
from shared.service import Service
from tests.conftest import SettingsFor
from tests.support.postgres import Postgres


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def shared_service(postgres: Postgres, settings_for: SettingsFor) -> AsyncIterator[Service]:
    name = await postgres.create("billing")
    database = Database(postgres.url(name))
    settings = settings_for("billing", database_url=database.dsn)
    yield Service("billing", settings, database, Clock(), settings.keyring())
    await database.close()
    await postgres.drop(name)


@pytest_asyncio.fixture(loop_scope="session")
async def service(shared_service: Service) -> Service:
    """Nothing has changed in it yet."""
    pool = await shared_service.database.pool()
    await pool.execute("TRUNCATE change RESTART IDENTITY; TRUNCATE change_ticket, audit")
    await pool.execute("UPDATE change_counter SET last = 0, gone = 0")
    return shared_service
