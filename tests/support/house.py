"""A small house for tests: some services on fresh databases, with their workers, in the test's own process.

Events of a service that does not run are published by a stand-in: the same outbox and relay over a database of its own,
so that they arrive sealed, in sequence and over the real protocol.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import httpx
from fastapi import APIRouter

from shared.auth.dev_issuer import DevIssuer
from shared.auth.issuer import PatientIssuer, ProxyGrant
from shared.caller import Caller
from shared.clinicfile import staging
from shared.clinicfile.load import load
from shared.clinicfile.model import ClinicFile
from shared.clock import wall_now
from shared.db.unit_of_work import UnitOfWork, unit_of_work
from shared.events import Envelope, Event, parse
from shared.ids import new_id
from shared.runtime.advance import advance, settle
from shared.runtime.app import build_app
from shared.runtime.embedded import FETCH_WAIT_MS
from shared.runtime.main import service_of
from shared.runtime.posts import LocalPost
from shared.runtime.secrets import Secrets
from shared.runtime.worker import Worker
from shared.service import Definition, Service
from tests.support.postgres import DELIVERY, Postgres, rows_of, rows_of_all_but

LARKSPUR = Path(__file__).parents[2] / "clinics" / "larkspur.yaml"
PATIENCE = 20.0  # seconds without any change before a test is told what does not settle
_WALL_TIME = "LOCK TABLE service_state; UPDATE service_state SET clock_offset = '0'"  # behind those who read it now


@cache
def larkspur() -> ClinicFile:
    return load(LARKSPUR)


@asynccontextmanager
async def running(
    definitions: Sequence[Definition], postgres: Postgres, broker: str, *, clinic: ClinicFile | None = None,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
) -> AsyncIterator["House"]:  # fmt: skip
    """The services of `definitions` under a clinic file (larkspur unless given); `settings` adds to a service's own."""
    async with AsyncExitStack() as stack:
        house = House(postgres, broker, clinic or larkspur(), settings or {}, stack)
        for definition in definitions:
            await house.open(definition)
        yield house


class House:
    """What a test does with running services. `services` by name; `clinic` is the clinic file in force."""

    def __init__(
        self, postgres: Postgres, broker: str, clinic: ClinicFile, settings: Mapping[str, Mapping[str, Any]],
        stack: AsyncExitStack,
    ) -> None:  # fmt: skip
        self._postgres, self._broker, self._settings, self._stack = postgres, broker, settings, stack
        self._definitions: dict[str, Definition] = {}
        self._workers: dict[str, Worker] = {}
        self._apps: dict[str, Any] = {}
        self.clinic = clinic
        self.files = Path(stack.enter_context(TemporaryDirectory(prefix="stillwater-files-")))
        self.secrets = Secrets.fresh()
        self.services: dict[str, Service] = {}
        self.tokens = Tokens(self.secrets, clinic)
        self.clock = HouseClock(self)

    async def open(self, definition: Definition) -> None:
        """Start one more service: database, clinic file, app, worker."""
        name = definition.name
        database = await self._postgres.create(name)
        self._stack.push_async_callback(self._postgres.drop, database)
        url = self._postgres.url(database)
        given = {"database_url": url, "kafka": self._broker, "kafka_fetch_max_wait_ms": FETCH_WAIT_MS}
        given |= {"files_url": self.files.as_uri()}
        service = service_of(definition, self.secrets.settings(name, **given | dict(self._settings.get(name, {}))))
        self._stack.push_async_callback(service.database.close)
        self.services[name], self._definitions[name] = service, definition
        self._apps[name] = build_app(definition, service)
        await self.apply(name, self.clinic)
        await self.start_worker(name)
        self._stack.push_async_callback(self.stop_worker, name)

    async def start_worker(self, name: str) -> None:
        """Start the service's worker, as a new process would."""
        self._workers[name] = Worker(self._definitions[name], self.services[name])
        await self._workers[name].start()

    async def stop_worker(self, name: str) -> None:
        """Stop it, if it runs; what it has not done waits."""
        if worker := self._workers.pop(name, None):
            await worker.stop()

    async def begin_anew(self) -> None:
        """Nothing has happened, the first clinic file is in force, business time is wall time: as in another house, at
        less cost. Workers run on: the embedded broker lets nobody join a group for 9 s after somebody left it."""
        for name in self.services:
            await self.write(name, rows_of("timer"))  # one that fails again and again would never settle
        await self.settle()
        for name in self.services:
            await self.write(name, rows_of_all_but(*DELIVERY))
            await self.write(name, _WALL_TIME)
        await self.settle()  # by then whoever had read another time has shown it
        for name, service in self.services.items():
            service.clock._offset = timedelta()
            self._apps[name].state._state.pop("rate_limiter", None)
            await self.apply(name, self.clinic)

    def client(self, service_name: str, token: str | None = None) -> httpx.AsyncClient:
        """An HTTP client of the service's API; with a token it sends it."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        transport = httpx.ASGITransport(app=self._apps[service_name])
        client = httpx.AsyncClient(transport=transport, base_url=f"http://{service_name}", headers=headers)
        self._stack.push_async_callback(client.aclose)
        return client

    def unit(self, service_name: str, caller: Caller | None = None) -> AbstractAsyncContextManager[UnitOfWork]:
        """A unit of work of the service, by default as the service itself in the clinic's organisation."""
        caller = caller or Caller("service", service_name, self.clinic.organisation_id)
        return unit_of_work(self.services[service_name], caller)

    async def publish(
        self, service_name: str, event: Event, *, key: UUID, organisation_id: UUID | None = None,
        clinic_id: UUID | None = None, subject: UUID | None = None,
    ) -> UUID:  # fmt: skip
        """Publish as that service (a stand-in when it does not run), with the key's next sequence; returns `ce_id`."""
        if service_name not in self.services:
            await self.open(Definition(service_name, APIRouter, {}))
        caller = Caller("service", service_name, organisation_id or self.clinic.organisation_id)
        async with self.unit(service_name, caller) as uow:
            return uow.emit(event, key=key, subject=subject or key, clinic_id=clinic_id)

    async def settle(self) -> None:
        """Wait until outboxes are empty, every event is taken, no timer is overdue. Raises NotSettled, saying what."""
        await settle(self.posts(), patience=PATIENCE)

    async def envelopes(self, service_name: str) -> list[Envelope]:
        """What the service wrote to its outbox, in order."""
        pool = await self.services[service_name].database.pool()
        return [envelope_of(service_name, row) for row in await pool.fetch("SELECT * FROM outbox ORDER BY id")]

    async def events(self, service_name: str, *types: type[Event]) -> list[Any]:
        """The same, parsed; only those of `types` when given. Sealed fields stay sealed."""
        found = [parse(envelope) for envelope in await self.envelopes(service_name)]
        return [event for event in found if not types or isinstance(event, types)]

    def opened(self, service_name: str, envelope: Envelope, field: str) -> Any:
        """The plain value of a sealed field, if `service_name` holds the key. Raises CannotOpen."""
        reader = UnitOfWork(
            self.services[service_name], None, Caller("service", service_name, envelope.organisation_id),  # type: ignore[arg-type]
            cause=envelope, correlation_id=envelope.correlation_id, traceparent=None, source=None,
        )  # fmt: skip
        return reader.open(parse(envelope), field)

    async def rows(self, service_name: str, statement: str, *arguments: Any) -> list[Any]:
        """Rows of a SELECT in the service's database."""
        pool = await self.services[service_name].database.pool()
        return list(await pool.fetch(statement, *arguments))

    async def write(self, service_name: str, statement: str, *arguments: Any) -> None:
        """Change something in the service's database, as a failure would leave it."""
        pool = await self.services[service_name].database.pool()
        await pool.execute(statement, *arguments)

    async def apply(self, service_name: str, clinic: ClinicFile) -> None:
        """Put a clinic file into force in one service, as a director would."""
        roles = frozenset({(clinic.clinic_id, "director"), (clinic.clinic_id, "admin")})
        async with self.unit(service_name, Caller("staff", "director-1", clinic.organisation_id, roles)) as uow:
            staged = await staging.stage(uow, clinic.model_dump(mode="json"))
            await staging.approve(uow, staged.hash)
            await staging.activate(uow, staged.hash)

    def posts(self) -> list[LocalPost]:
        return [LocalPost(definition, self.services[name]) for name, definition in self._definitions.items()]


class HouseClock:
    """Business time of the house."""

    def __init__(self, house: House) -> None:
        self._house = house

    def now(self) -> datetime:
        return next(iter(self._house.services.values())).clock.now()

    async def advance(self, by: timedelta) -> None:
        """Move forward from due timer to due timer, letting each settle."""
        await advance(self._house.posts(), by, patience=PATIENCE)


class Tokens:
    """Tokens that the services of the house accept."""

    def __init__(self, secrets: Secrets, clinic: ClinicFile) -> None:
        nowhere = {"database_url": "postgresql://nowhere/nothing", "kafka": "nowhere:9"}
        settings = secrets.settings("intake", **nowhere)
        self._staff = DevIssuer(settings, secrets.staff_signing.private_jwk)
        self._patients = PatientIssuer(settings)
        self._clinic = clinic

    def staff(
        self, *roles: str, clinic: UUID | None = None, organisation: UUID | None = None, subject: str = "staff-1",
        lifetime: timedelta = timedelta(hours=1), logged_in: timedelta = timedelta(0),
    ) -> str:  # fmt: skip
        """A staff member with `roles` at the clinic (the house's own unless given); a negative lifetime is expired.

        `logged_in` is how long ago.
        """
        pairs: Iterable[tuple[UUID, str]] = [(clinic or self._clinic.clinic_id, role) for role in roles]
        organisation = organisation or self._clinic.organisation_id
        at = wall_now() - logged_in
        return self._staff.issue(subject, organisation, pairs, lifetime=lifetime, logged_in_at=at).token

    def proxy(self, patient_id: UUID, *scope: str) -> str:
        """Somebody who may act for this patient in these things, such as `booking`."""
        grant = ProxyGrant(new_id(), frozenset(scope), wall_now() + timedelta(hours=1))
        return self._patients.issue(patient_id, self._clinic.organisation_id, grant).token

    def patient(self, patient_id: UUID, organisation: UUID | None = None) -> str:
        return self._patients.issue(patient_id, organisation or self._clinic.organisation_id).token


def envelope_of(service_name: str, row: Any) -> Envelope:
    """An outbox row as it goes over Kafka."""
    return Envelope(
        id=row["event_id"], type=row["type"], service=service_name, subject=row["subject"], time=row["event_time"],
        key=row["key"], sequence=row["seq"], epoch=row["epoch"], organisation_id=row["organisation_id"],
        clinic_id=row["clinic_id"], correlation_id=row["correlation_id"], causation_id=row["causation_id"],
        traceparent=row["traceparent"], body=row["body"],
    )  # fmt: skip
