"""Services that know nothing but clinic files, each on a database of its own."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from cli.services import Services
from shared.auth.dev_issuer import DevIssuer
from shared.caller import Caller
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.store import ActiveClinic, active_clinic
from shared.db.unit_of_work import unit_of_work
from shared.events import SERVICES
from shared.runtime.app import build_app
from shared.runtime.secrets import Secrets
from shared.service import Definition, Service
from tests.unit.clinicfile.larkspur import FILE


@dataclass
class Clinic:
    """The services and who may call them."""

    services: dict[str, Service]
    apps: dict[str, FastAPI]
    secrets: Secrets

    def acting_as(self, *roles: str, file: ClinicFile = FILE) -> Services:
        """Clients with a token for these roles at the file's clinic."""
        pairs = [(file.clinic_id, role) for role in roles]
        settings = self.services["intake"].settings
        issuer = DevIssuer(settings, self.secrets.staff_signing.private_jwk)
        token = issuer.issue("staff-1", file.organisation_id, pairs).token
        return Services({name: self._client(name, token) for name in self.apps})

    def _client(self, name: str, token: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.apps[name])
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers)

    async def active(self, name: str) -> ActiveClinic:
        """What decisions of a service are made under. Raises NO_CLINIC_FILE."""
        caller = Caller("service", name, FILE.organisation_id)
        async with unit_of_work(self.services[name], caller) as uow:
            return await active_clinic(uow, FILE.clinic_id)

    async def rows(self, name: str, query: str) -> list[Any]:
        return list(await (await self.services[name].database.pool()).fetch(query))


Fresh = Callable[[str], Awaitable[Service]]


async def _clinic(names: Iterable[str], fresh_service: Fresh, secrets: Secrets) -> Clinic:
    services = {name: await fresh_service(name) for name in names}
    apps = {name: build_app(Definition(name, APIRouter, {}), service) for name, service in services.items()}
    return Clinic(services, apps, secrets)


@pytest.fixture
async def clinic(fresh_service: Fresh, secrets: Secrets) -> Clinic:
    """Two services: enough to see what happens in one and not in the other."""
    return await _clinic(("intake", "billing"), fresh_service, secrets)


@pytest.fixture
async def whole_clinic(fresh_service: Fresh, secrets: Secrets) -> Clinic:
    """All four services."""
    return await _clinic(SERVICES, fresh_service, secrets)
