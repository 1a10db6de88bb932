"""A service without routes of its own for what all services share, and an intake that hears what it is told."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import pytest_asyncio

from services.intake.app import DEFINITION
from shared.auth.dev_issuer import DevIssuer
from shared.auth.issuer import PatientIssuer
from shared.caller import Caller
from shared.clinicfile import staging
from shared.clock import Clock
from shared.db.database import Database
from shared.db.unit_of_work import unit_of_work
from shared.ids import new_id
from shared.runtime.app import build_app
from shared.runtime.secrets import Secrets
from shared.service import Service
from tests.conftest import SettingsFor
from tests.integration.readmodels.scene import CLINIC, ORGANISATION
from tests.support.house import larkspur
from tests.support.postgres import Postgres


async def _service(name: str, postgres: Postgres, settings_for: SettingsFor) -> AsyncIterator[Service]:
    created = await postgres.create(name)
    database = Database(postgres.url(created))
    settings = settings_for(name, database_url=database.dsn)
    yield Service(name, settings, database, Clock(), settings.keyring())
    await database.close()
    await postgres.drop(created)


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def shared_service(postgres: Postgres, settings_for: SettingsFor) -> AsyncIterator[Service]:
    async for service in _service("billing", postgres, settings_for):
        yield service


@pytest_asyncio.fixture(loop_scope="session")
async def service(shared_service: Service) -> Service:
    """Nothing has changed in it yet."""
    pool = await shared_service.database.pool()
    await pool.execute("TRUNCATE change RESTART IDENTITY; TRUNCATE change_ticket, audit")
    await pool.execute("UPDATE change_counter SET last = 0, gone = 0")
    return shared_service


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def hearing(postgres: Postgres, settings_for: SettingsFor) -> AsyncIterator[Service]:
    """An intake with a clinic file in force. Nobody delivers events to it but the tests."""
    async for service in _service("intake", postgres, settings_for):
        roles = frozenset({(CLINIC, "director"), (CLINIC, "admin")})
        async with unit_of_work(service, Caller("staff", "director-1", ORGANISATION, roles)) as uow:
            staged = await staging.stage(uow, larkspur().model_dump(mode="json"))
            await staging.approve(uow, staged.hash)
            await staging.activate(uow, staged.hash)
        yield service


@dataclass
class Desk:
    """People who look at intake over HTTP."""

    service: Service
    http: httpx.AsyncClient
    staff: DevIssuer
    patients: PatientIssuer
    read: list[str] = field(default_factory=list)

    def token(self, who: str | UUID, clinic: UUID = CLINIC, organisation: UUID = ORGANISATION) -> str:
        """For an id a patient, for a role a staff member called `<role>-1`, or as written after a colon."""
        if isinstance(who, UUID):
            return self.patients.issue(who, organisation).token
        role, _, name = who.partition(":")
        return self.staff.issue(name or f"{role}-1", organisation, [(clinic, role)]).token

    async def get(self, path: str, by: str | UUID, *, token: str | None = None, **query: Any) -> httpx.Response:
        return await self.http.get(path, params=query, headers={"Authorization": f"Bearer {token or self.token(by)}"})

    async def post(
        self, path: str, by: str | UUID, *, version: int | None = None, key: str | None = None, body: Any = None
    ) -> httpx.Response:  # fmt: skip
        headers = {"Authorization": f"Bearer {self.token(by)}", "Idempotency-Key": key or str(new_id())}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return await self.http.post(path, headers=headers, json=body)

    async def rows(self, statement: str, *args: Any) -> list[dict[str, Any]]:
        pool = await self.service.database.pool()
        return [dict(row) for row in await pool.fetch(statement, *args)]


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def desk(hearing: Service, secrets: Secrets, settings_for: SettingsFor) -> AsyncIterator[Desk]:
    transport = httpx.ASGITransport(build_app(DEFINITION, hearing))
    async with httpx.AsyncClient(transport=transport, base_url="http://intake") as http:
        yield Desk(
            hearing, http, DevIssuer(hearing.settings, secrets.staff_signing.private_jwk),
            PatientIssuer(settings_for("intake")),
        )  # fmt: skip
