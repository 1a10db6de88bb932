"""The product's own relay and consumer in the place of a variant: the same facts, the same checker."""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from shared.caller import Caller
from shared.clock import Clock, wall_now
from shared.db.database import Database
from shared.db.unit_of_work import UnitOfWork, unit_of_work
from shared.events.intake import ConsentSigned
from shared.ids import new_id
from shared.messaging.consumer import run_consumer
from shared.messaging.relay import run_relay
from shared.runtime.loops import Progress
from shared.runtime.secrets import Secrets
from shared.service import Service
from tests.faults.collect import read_topics
from tests.faults.history import Attempt, Effect, History, Rules, Said, Taken

CONSUMER = "scheduling.commands"
_EFFECTS = "CREATE TABLE IF NOT EXISTS effect (n bigint GENERATED ALWAYS AS IDENTITY, event_id uuid)"
_SAID = "SELECT event_id, type, key, seq, subject, correlation_id FROM outbox ORDER BY id"


@dataclass
class Product:
    """Intake says signatures, scheduling hears them; their databases are the two addresses."""

    intake: str
    scheduling: str
    bootstrap: str
    attempts: list[Attempt] = field(default_factory=list)

    async def say(self, patients: list[UUID], facts: int) -> None:
        """So many facts of each patient, written down and acknowledged, not sent yet."""
        service = self._service("intake", self.intake)
        for number in range(facts * len(patients)):
            key, act = patients[number % len(patients)], new_id()
            async with unit_of_work(service, _SOMEBODY, correlation_id=act) as uow:
                uow.emit(_signature(key), key=key, subject=new_id(), clinic_id=None)
            self.attempts.append(Attempt(act, "acknowledged"))
        await service.database.close()
        await _run(self.scheduling, _EFFECTS)

    async def work(self) -> None:
        """Relay and consumer, until the process is killed."""
        intake, scheduling = self._service("intake", self.intake), self._service("scheduling", self.scheduling)
        await asyncio.gather(
            run_relay(intake, Progress("relay")),
            run_consumer(scheduling, CONSUMER, {ConsentSigned: _take}, Progress("commands")),
        )

    async def drained(self) -> bool:
        taken = await _run(self.scheduling, "SELECT coalesce(sum(taken_seq), 0)::int AS n FROM stream")
        return bool(taken[0]["n"] == len(self.attempts))

    async def history(self) -> History:
        said = await _run(self.intake, _SAID)
        effects = await _run(self.scheduling, "SELECT event_id, n FROM effect")
        taken = await _run(self.scheduling, "SELECT consumer, producer, key, taken_seq FROM stream")
        return History(
            Rules(hears={CONSUMER: frozenset({"intake"})}, effects=frozenset({(CONSUMER, ConsentSigned.type)})),
            attempts=tuple(self.attempts),
            said=tuple(Said("intake", *list(row.values())[:5], 1, row["correlation_id"]) for row in said),
            sent=tuple(await asyncio.to_thread(read_topics, self.bootstrap)),
            effects=tuple(Effect(CONSUMER, *row.values()) for row in effects),
            taken=tuple(Taken(*row.values()) for row in taken),
        )

    def _service(self, name: str, dsn: str) -> Service:
        given: dict[str, Any] = {"database_url": dsn, "kafka": self.bootstrap, "kafka_fetch_max_wait_ms": 10}
        settings = Secrets.fresh().settings(name, **given)  # nothing here is sealed, so any keys will do
        return Service(name, settings, Database(dsn), Clock(), settings.keyring())


_SOMEBODY = Caller("staff", "somebody", new_id())


async def _take(uow: UnitOfWork, _event: ConsentSigned) -> None:
    assert uow.cause is not None
    await uow.sql("INSERT INTO effect (event_id) VALUES ($1)", uow.cause.id)


def _signature(patient: UUID) -> ConsentSigned:
    now = wall_now()
    return ConsentSigned(
        consent_id=new_id(), patient_id=patient, version=1, document="IV_TREATMENT", document_version="1",
        signed_at=now, valid_until=now,
    )  # fmt: skip


async def _run(dsn: str, statement: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(dsn)
    try:
        found: list[asyncpg.Record] = await connection.fetch(statement)
        return found
    finally:
        await connection.close()
