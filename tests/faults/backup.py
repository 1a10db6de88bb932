"""A backup of one service's database, and its restore while everybody else goes on."""

from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg

from tests.faults.world import World
from tests.support.docker import docker

_SAID = "SELECT event_id, correlation_id, sent_at IS NOT NULL AS sent FROM outbox"
_CUT = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1"


@dataclass(frozen=True, slots=True)
class Gone:
    """What a restore took away. `heard`: events on the topic, by id; `unheard`: acts that only the database knew."""

    heard: frozenset[UUID]
    unheard: frozenset[UUID]


NOTHING_GONE = Gone(frozenset(), frozenset())


@dataclass(frozen=True, slots=True)
class Backup:
    """Taken at one moment, of a database that is in use."""

    world: World
    service: str

    @property
    def _name(self) -> str:
        return urlsplit(self.world.databases[self.service]).path.removeprefix("/")

    @property
    def _file(self) -> str:
        return f"/tmp/{self._name}.dump"

    def take(self) -> None:
        self._in_box("pg_dump", "--format=custom", f"--file={self._file}", self._name)

    async def restore(self) -> Gone:
        """Put it back in the place of the database, which no process of the service may use; says what is gone."""
        before = await self._said()
        postgres = await asyncpg.connect(self.world.ground.addresses.database_url("postgres"))
        await postgres.execute(_CUT, self._name)
        await postgres.execute(f'DROP DATABASE "{self._name}"')
        await postgres.execute(f'CREATE DATABASE "{self._name}" TEMPLATE template0')
        await postgres.close()
        self._in_box("pg_restore", f"--dbname={self._name}", self._file)
        gone = [row for row in before if row["event_id"] not in {row["event_id"] for row in await self._said()}]
        return Gone(
            frozenset(row["event_id"] for row in gone if row["sent"]),
            frozenset(row["correlation_id"] for row in gone if not row["sent"]),
        )

    async def _said(self) -> list[asyncpg.Record]:
        async with self.world.connected(self.service) as connection:
            found: list[asyncpg.Record] = await connection.fetch(_SAID)
            return found

    def _in_box(self, program: str, *arguments: str) -> None:
        docker("exec", self.world.ground.database_box, program, "--host=127.0.0.1", "--username=postgres", *arguments)
