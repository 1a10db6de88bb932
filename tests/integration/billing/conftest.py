"""A billing service on a database of its own, and the larkspur clinic file."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import yaml

from shared.clinicfile.model import ClinicFile
from shared.service import Service
from tests.integration.billing.facts import Billing

LARKSPUR = Path(__file__).parents[3] / "clinics" / "larkspur.yaml"


@pytest.fixture(scope="session")
def larkspur() -> ClinicFile:
    return ClinicFile.model_validate(yaml.safe_load(LARKSPUR.read_text()))


@pytest.fixture
async def bare_billing(fresh_service: Callable[[str], Awaitable[Service]]) -> Billing:
    """Billing before any clinic file was applied."""
    return Billing(await fresh_service("billing"))


@pytest.fixture
async def billing(bare_billing: Billing, larkspur: ClinicFile) -> Billing:
    await bare_billing.apply(larkspur)
    return bare_billing
