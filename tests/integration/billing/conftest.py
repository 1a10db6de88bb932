"""A billing service on a database of its own, and the larkspur clinic file."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.billing.app import create_app
from shared.auth.dev_issuer import DevIssuer
from shared.auth.issuer import PatientIssuer
from shared.clinicfile.load import load
from shared.clinicfile.model import ClinicFile
from shared.runtime.secrets import Secrets
from shared.service import Service
from tests.conftest import SettingsFor
from tests.integration.billing.facts import CLINIC, ORGANISATION, Billing

LARKSPUR = Path(__file__).parents[3] / "clinics" / "larkspur.yaml"


@pytest.fixture(scope="session")
def larkspur() -> ClinicFile:
    return load(LARKSPUR)


@pytest.fixture
async def bare_billing(fresh_service: Callable[[str], Awaitable[Service]]) -> Billing:
    """Billing before any clinic file was applied."""
    return Billing(await fresh_service("billing"))


@pytest.fixture
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

    async def decide(
        self, review: dict[str, Any], decision: str, role: str = "biller", **headers: str
    ) -> httpx.Response:
        return await self.http.post(
            f"/v1/reviews/{review['id']}/decision", json={"decision": decision},
            headers={
                "Authorization": f"Bearer {self.token(role)}", "Idempotency-Key": str(uuid4()),
                "If-Match": f'"{review["version"]}"',
            } | headers,
        )  # fmt: skip


@pytest.fixture
async def desk(bare_billing: Billing, secrets: Secrets, settings_for: SettingsFor) -> AsyncIterator[Desk]:
    app = create_app(bare_billing.service)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://billing") as http:
        staff = DevIssuer(bare_billing.service.settings, secrets.staff_signing.private_jwk)
        yield Desk(http, staff, PatientIssuer(settings_for("intake")))
