"""Everything a scenario acts in: databases, keys, a clinic that sells visits and packages, and the fleet over them."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import asyncpg
from confluent_kafka import Consumer, ConsumerGroupState, TopicPartition
from confluent_kafka.admin import AdminClient

from shared.caller import Caller
from shared.clinicfile import staging
from shared.clinicfile.load import load
from shared.clinicfile.model import ClinicFile
from shared.clock import monotonic
from shared.db.unit_of_work import unit_of_work
from shared.events import SERVICES, topic_of
from shared.runtime.main import service_of
from shared.runtime.parts.broker import PARTITIONS
from shared.runtime.secrets import STAFF_ISSUER, Secrets
from shared.service import Definition, Service
from tests.faults.fleet import Fleet
from tests.faults.ground import Ground
from tests.support.house import Tokens
from tests.support.postgres import Postgres

ROOT = Path(__file__).parents[2]
ROLES = ("frontdesk", "nurse", "clinician", "admin", "biller", "operator")  # of who drives the load
REST_SECONDS = 240.0  # a limit of liveness
DEFINITIONS: Mapping[str, Definition] = {name: import_module(f"services.{name}.app").DEFINITION for name in SERVICES}
_UNSENT = "SELECT count(*) FROM outbox WHERE sent_at IS NULL"
_SAID = "SELECT coalesce(sum(last_seq), 0)::bigint FROM outbox_stream"
_HEARD = "SELECT coalesce(sum(taken_seq), 0)::bigint FROM stream WHERE (consumer, producer) = ($1, $2)"
_READY = """
SELECT count(*) FROM waiting w WHERE why = 'gap' OR why = 'queued' AND NOT EXISTS (
  SELECT FROM waiting h WHERE (h.consumer, h.producer, h.key) = (w.consumer, w.producer, w.key) AND h.why = 'parked')
"""


def hears() -> dict[str, frozenset[str]]:
    """Consumer -> the producers that it listens to."""
    tables = {f"{name}.commands": one.subscriptions for name, one in DEFINITIONS.items()}
    tables |= {f"{name}.timeline": one.projections for name, one in DEFINITIONS.items()}
    return {consumer: frozenset(event.service for event in events) for consumer, events in tables.items() if events}


@dataclass
class World:
    """`databases`: service -> its address. `foreign`: records that a test put on a topic itself, past any outbox."""

    ground: Ground
    databases: Mapping[str, str]
    clinic: ClinicFile
    tokens: Tokens
    secrets: Secrets
    fleet: Fleet
    foreign: dict[tuple[str, str], int] = field(default_factory=dict)

    def service(self, name: str) -> Service:
        """The service's parts in this process, for commands that the test gives itself; close its database."""
        given = {"database_url": self.databases[name], "kafka": self.ground.bootstrap, "kafka_fetch_max_wait_ms": 10}
        return service_of(DEFINITIONS[name], self.secrets.settings(name, **given))

    @asynccontextmanager
    async def connected(self, name: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        connection = await asyncpg.connect(self.databases[name])
        try:
            yield connection
        finally:
            await connection.close()

    async def value(self, name: str, question: str, *arguments: Any) -> int:
        async with self.connected(name) as connection:
            return int(await connection.fetchval(question, *arguments))

    async def rest(self, limit: float = REST_SECONDS) -> float:
        """Wait until everything is sent, taken and applied; returns the seconds. Raises TimeoutError."""
        began = monotonic()
        while unrest := await self._unrest():
            if monotonic() - began > limit:
                raise TimeoutError("; ".join(unrest))
            self.fleet.tend()
            await asyncio.sleep(0.2)
        return monotonic() - began

    async def drained(self) -> float:
        """Wait until all that has been said by now was taken; returns the seconds. Raises TimeoutError."""
        began, said = monotonic(), {name: await self.value(name, _SAID) for name in SERVICES}
        async with asyncio.timeout(REST_SECONDS):
            while await self._behind(said):  # noqa: ASYNC110 -- a database sets no Event
                await asyncio.sleep(0.2)
        return monotonic() - began

    async def database_back(self) -> None:
        """Wait until the database takes connections again. Raises TimeoutError."""
        async with asyncio.timeout(REST_SECONDS):
            while True:
                with suppress(OSError, asyncpg.PostgresError):
                    await self.value("intake", "SELECT 1")
                    return
                await asyncio.sleep(0.1)

    async def read_past(self, ends: Mapping[tuple[str, int], int]) -> None:
        """Wait until every consumer has committed these offsets, by topic and partition. Raises TimeoutError."""
        async with asyncio.timeout(REST_SECONDS):
            while await asyncio.to_thread(self._unread, ends):  # noqa: ASYNC110 -- a broker sets no Event
                await asyncio.sleep(0.3)

    def _unread(self, ends: Mapping[tuple[str, int], int]) -> bool:
        for group, producers in hears().items():
            places = [TopicPartition(topic_of(one), n) for one in sorted(producers) for n in range(PARTITIONS)]
            member = Consumer({"bootstrap.servers": self.ground.bootstrap, "group.id": group, "log_level": 0})
            committed = member.committed(places, timeout=30.0)
            member.close()
            if any(place.offset < ends.get((place.topic, place.partition), place.offset) for place in committed):
                return True
        return False

    async def joined(self, group: str, members: int) -> None:
        """Wait until a group has so many members that know what is theirs. Raises TimeoutError."""
        admin = AdminClient({"bootstrap.servers": self.ground.bootstrap, "log_level": 0})

        def stable() -> bool:
            found = admin.describe_consumer_groups([group])[group].result(30)
            return found.state is ConsumerGroupState.STABLE and len(found.members) == members

        async with asyncio.timeout(REST_SECONDS):
            while not await asyncio.to_thread(stable):  # noqa: ASYNC110 -- a broker sets no Event
                await asyncio.sleep(0.3)

    async def _unrest(self) -> list[str]:
        said = {name: await self.value(name, _SAID) for name in SERVICES}
        found = []
        for name in SERVICES:
            async with self.connected(name) as connection:
                if unsent := await connection.fetchval(_UNSENT):
                    found.append(f"{name} has {unsent} events to send")
                if ready := await connection.fetchval(_READY):
                    found.append(f"{name} keeps {ready} events whose turn has come, or will")
        return found + await self._behind(said)

    async def _behind(self, said: Mapping[str, int]) -> list[str]:
        found = []
        for consumer, producers in hears().items():
            async with self.connected(consumer.partition(".")[0]) as connection:
                found += [await self._lag(connection, consumer, one, said[one]) for one in sorted(producers)]
        return [phrase for phrase in found if phrase]

    async def _lag(
        self, connection: "asyncpg.Connection[asyncpg.Record]", consumer: str, producer: str, said: int
    ) -> str:
        behind = (
            said + self.foreign.get((consumer, producer), 0) - await connection.fetchval(_HEARD, consumer, producer)
        )
        return f"{consumer} has {behind} events of {producer} to take" if behind > 0 else ""


@contextmanager
def world(ground: Ground, folder: Path, workers: int) -> Iterator[World]:
    """A new world whose processes all run, with the clinic file in force."""
    secrets, clinic = Secrets.fresh(), load(ROOT / "clinics" / "northfield.yaml")
    databases = asyncio.run(make_databases(ground))
    environments = {name: environment_of(secrets, name, databases[name], ground.bootstrap) for name in SERVICES}
    fleet = Fleet(environments, folder, workers)
    made = World(ground, databases, clinic, Tokens(secrets, clinic), secrets, fleet)
    try:
        asyncio.run(open_world(made))
        yield made
    finally:
        fleet.close()


async def make_databases(ground: Ground) -> dict[str, str]:
    """A migrated database for each service; their addresses."""
    postgres = Postgres(ground.addresses)
    return {name: postgres.url(await postgres.create(name)) for name in SERVICES}


async def open_world(made: World) -> None:
    """Start every process, put the clinic file into force and wait until all are ready."""
    roles = frozenset({(made.clinic.clinic_id, "director"), (made.clinic.clinic_id, "admin")})
    director = Caller("staff", "director-1", made.clinic.organisation_id, roles)
    made.fleet.start()
    for name in SERVICES:
        service = made.service(name)
        async with unit_of_work(service, director) as uow:
            staged = await staging.stage(uow, made.clinic.model_dump(mode="json"))
            await staging.approve(uow, staged.hash)
            await staging.activate(uow, staged.hash)
        await service.database.close()
    await made.fleet.ready(made.fleet.members.values())


def environment_of(secrets: Secrets, service: str, database_url: str, kafka: str) -> dict[str, str]:
    """What one service's processes find in their environment."""
    own = {"STILLWATER_PATIENT_SIGNING_KEY": secrets.patient_signing.private_jwk} if service == "intake" else {}
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | own | {
        "STILLWATER_ENV": "development", "STILLWATER_DATABASE_URL": database_url, "STILLWATER_KAFKA": kafka,
        "STILLWATER_KAFKA_FETCH_MAX_WAIT_MS": "10", "STILLWATER_SEAL_KEYS": json.dumps(secrets.sealing_of(service)),
        "STILLWATER_INDEX_KEY": secrets.index_key, "STILLWATER_STAFF_ISSUER": STAFF_ISSUER,
        "STILLWATER_STAFF_JWKS": secrets.staff_signing.public_jwks,
        "STILLWATER_PATIENT_JWKS": secrets.patient_signing.public_jwks,
    }  # fmt: skip
