"""Databases for tests: a migrated template per service, copied for each test that asks."""

import asyncio
from collections import defaultdict
from itertools import count

import asyncpg

from shared.db.migrations import migrate
from shared.runtime.parts import Addresses

_numbers = count(1)  # of the process: more than one Postgres may be made over the same server


class Postgres:
    """The session's PostgreSQL. Holds no connection between calls, since each test has its own event loop."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        self._templates: set[str] = set()
        self._one_at_a_time: dict[asyncio.AbstractEventLoop, asyncio.Lock] = defaultdict(asyncio.Lock)

    def url(self, database: str) -> str:
        return self._addresses.database_url(database)

    async def create(self, service_name: str) -> str:
        """A new migrated database of the service; returns its name."""
        template = f"template_{service_name}"
        async with self._one_at_a_time[asyncio.get_running_loop()]:
            if service_name not in self._templates:
                await self.drop(template)  # what a test that ran out of time may have left half made
                await self._admin(f'CREATE DATABASE "{template}"')
                await migrate(service_name, self.url(template))
                self._templates.add(service_name)
        name = f"{service_name}_{next(_numbers)}"
        await self._admin(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return name

    async def create_empty(self, name: str) -> str:
        """A database without any table; returns its name."""
        name = f"{name}_{next(_numbers)}"
        await self._admin(f'CREATE DATABASE "{name}"')
        return name

    async def drop(self, name: str) -> None:
        await self._admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def _admin(self, statement: str) -> None:
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()
