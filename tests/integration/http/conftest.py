"""The notes service on a database that is emptied for each test, with a client and tokens."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from shared.auth.dev_issuer import DevIssuer
from shared.auth.issuer import PatientIssuer
from shared.clock import Clock
from shared.db.database import Database
from shared.ids import named_id, new_id
from shared.runtime.secrets import Secrets
from shared.service import Service
from tests.conftest import SettingsFor
from tests.integration.http.notes import create_app, create_tables
from tests.support.postgres import Postgres, rows_of_all_but

ORGANISATION = named_id("organisation", "larkspur-group")
CLINIC = named_id("clinic", "larkspur-group/larkspur")
OTHER_CLINIC = named_id("clinic", "larkspur-group/aspen")
OF_ONE_ROW = ("service_state", "change_counter", "audit_head")  # nothing here changes them


class Tokens:
    def __init__(self, service: Service, secrets: Secrets) -> None:
        self._staff = DevIssuer(service.settings, secrets.staff_signing.private_jwk)
        self._patients = PatientIssuer(service.settings)

    def staff(
        self, role: str = "nurse", clinic: UUID = CLINIC, organisation: UUID = ORGANISATION, *,
        lifetime: timedelta = timedelta(hours=1),
    ) -> str:  # fmt: skip
        return self._staff.issue(f"staff-{role}", organisation, [(clinic, role)], lifetime=lifetime).token

    def patient(self, patient_id: UUID, organisation: UUID = ORGANISATION) -> str:
        return self._patients.issue(patient_id, organisation).token


@dataclass
class Notes:
    """The service, and short ways to call it."""

    service: Service
    app: FastAPI
    tokens: Tokens
    client: httpx.AsyncClient

    async def call(self, method: str, path: str, *, token: str | None = None, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token or self.tokens.staff()}", **more.pop("headers", {})}
        return await self.client.request(method, path, headers=headers, **more)

    async def add(self, patient_id: UUID, key: str | None = None, **fields: Any) -> httpx.Response:
        token, headers = fields.pop("token", None), fields.pop("headers", {})
        body = {"clinic_id": str(CLINIC), "text": "slept well", **fields}
        return await self.call(
            "POST", f"/v1/patients/{patient_id}/notes", token=token, json=body,
            headers={"Idempotency-Key": key or str(new_id()), **headers},
        )  # fmt: skip

    async def change(self, note_id: str, **headers: str) -> httpx.Response:
        body = {"clinic_id": str(CLINIC), "text": "slept badly"}
        sent = {"Idempotency-Key": str(new_id())} | {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.call("PUT", f"/v1/notes/{note_id}", json=body, headers=sent)

    async def value(self, statement: str, *args: Any) -> Any:
        return await (await self.service.database.pool()).fetchval(statement, *args)

    async def rows(self, statement: str, *args: Any) -> list[Any]:
        return list(await (await self.service.database.pool()).fetch(statement, *args))


@asynccontextmanager
async def _client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://notes") as client:
        yield client


@pytest.fixture(scope="package")
def made() -> dict[str, str]:
    """The database of the tests here, once it is made."""
    return {}


@pytest.fixture
async def notes(
    made: dict[str, str], postgres: Postgres, settings_for: SettingsFor, secrets: Secrets
) -> AsyncIterator[Notes]:
    if not made:
        name = await postgres.create_empty("notes")
        await create_tables(postgres.url(name))
        made["notes"] = name
    database = Database(postgres.url(made["notes"]))
    await (await database.pool()).execute(rows_of_all_but(*OF_ONE_ROW))
    settings = settings_for("intake", database_url=database.dsn)
    service = Service("intake", settings, database, Clock(), settings.keyring())
    app = create_app(service)
    async with _client(app) as client:
        yield Notes(service, app, Tokens(service, secrets), client)
    await database.close()
