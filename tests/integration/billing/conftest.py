"""One billing service on a database that is emptied for each test, and clinic files."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from services.billing.app import DEFINITION
from shared.auth.dev_issuer import DevIssuer
from shared.auth.issuer import PatientIssuer
from shared.clinicfile.load import load
from shared.clinicfile.model import ClinicFile
from shared.clock import Clock
from shared.db.database import Database
from shared.runtime.app import build_app
from shared.runtime.secrets import Secrets
from shared.service import Service
from tests.conftest import SettingsFor
from tests.integration.billing.facts import CLINIC, ORGANISATION, Billing
from tests.support import house
from tests.support.postgres import Postgres, rows_of_all_but

CLINICS = Path(__file__).parents[3] / "clinics"
_EMPTY = rows_of_all_but("service_state", "change_counter", "audit_head")


@pytest.fixture(scope="session")
def larkspur() -> ClinicFile:
    return house.larkspur()


@pytest.fixture(scope="session")
def spraying() -> ClinicFile:
    """What coastline does, at larkspur."""
    coastline = load(CLINICS / "coastline.yaml")
    return coastline.model_copy(update={"organisation": "wellmeadow", "clinic": "larkspur"})


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def service(postgres: Postgres, settings_for: SettingsFor) -> AsyncIterator[Service]:
    created = await postgres.create("billing")
    database = Database(postgres.url(created))
    settings = settings_for("billing", database_url=database.dsn)
    yield Service("billing", settings, database, Clock(), settings.keyring())
    await database.close()
    await postgres.drop(created)


@pytest.fixture(scope="package")
def app(service: Service) -> FastAPI:
    """Without loops, it does nothing by itself."""
    return build_app(DEFINITION, service)


@pytest_asyncio.fixture(loop_scope="package")
async def bare_billing(service: Service) -> Billing:
    """Billing before any clinic file was applied."""
    await (await service.database.pool()).execute(_EMPTY)
    return Billing(service)


@pytest_asyncio.fixture(loop_scope="package")
async def billing(bare_billing: Billing, larkspur: ClinicFile) -> Billing:
    await bare_billing.apply(larkspur)
    return bare_billing


@dataclass
class Desk:
    """Who calls billing over HTTP."""

    http: httpx.AsyncClient
    staff: DevIssuer
    patients: PatientIssuer

    def token(self, role: str, clinic: UUID = CLINIC, organisation: UUID = ORGANISATION) -> str:
        return self.staff.issue(f"staff-{role}", organisation, [(clinic, role)]).token

    def patient(self, patient_id: UUID) -> str:
        return self.patients.issue(patient_id, ORGANISATION).token

    async def get(self, path: str, token: str) -> httpx.Response:
        return await self.http.get(path, headers={"Authorization": f"Bearer {token}"})

    async def read(self, path: str) -> Any:
        """What a biller reads; the items of a list."""
        answer = await self.get(path, self.token("biller"))
        assert answer.status_code == 200, answer.text
        body = answer.json()
        return body.get("items", body)

    async def act(
        self, path: str, body: Any, *, role: str = "biller", version: int | None = None, **headers: str
    ) -> httpx.Response:
        given = {"Authorization": f"Bearer {self.token(role)}", "Idempotency-Key": str(uuid4())}
        match = {"If-Match": f'"{version}"'} if version is not None else {}
        return await self.http.post(path, json=body, headers=given | match | headers)

    async def decide(
        self, review: dict[str, Any], decision: str, role: str = "biller", reason: str | None = None
    ) -> httpx.Response:
        body = {"decision": decision} | ({"reason": reason} if reason else {})
        return await self.act(f"/v1/reviews/{review['id']}/decision", body, role=role, version=review["version"])


@pytest_asyncio.fixture(loop_scope="package")
async def desk(bare_billing: Billing, app: FastAPI, secrets: Secrets, settings_for: SettingsFor) -> AsyncIterator[Desk]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://billing") as http:
        staff = DevIssuer(bare_billing.service.settings, secrets.staff_signing.private_jwk)
        yield Desk(http, staff, PatientIssuer(settings_for("intake")))
