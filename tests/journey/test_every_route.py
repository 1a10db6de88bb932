"""Every route of the gateway under generated requests: no 5xx, and no status that its description does not name."""

import asyncio
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from cli import apply, openapi
from cli.house import services, staff_token
from shared.caller import ROLES
from shared.clinicfile.load import load
from shared.http.gateway import merged, operations
from shared.ids import new_id
from tests.support.houseprocess import HouseProcess

LARKSPUR = Path(__file__).parents[2] / "clinics" / "larkspur.yaml"
CLINIC = "wellmeadow/larkspur"
EXAMPLES = int(os.environ.get("STILLWATER_ROUTE_EXAMPLES", "8"))
GATEWAY = merged(openapi.documents())
AFTER = "Stillwater-After"
STREAMS = ("/v1/changes/stream",)  # answers for ever
SCHEMA = schemathesis.openapi.from_dict(GATEWAY)
OPERATIONS = {
    f"{result.ok().method.upper()} {result.ok().path}": result.ok()
    for result in SCHEMA.get_all_operations()
    if not result.ok().path.endswith(STREAMS)
}


@pytest.fixture(scope="module")
def house() -> Iterator[HouseProcess]:
    """A running house with larkspur in force."""
    with tempfile.TemporaryDirectory(prefix="stillwater-routes-") as folder:
        process = HouseProcess(Path(folder))
        process.start()
        process.wait_ready()
        asyncio.run(_applied(process))
        yield process
        process.stop()


async def _applied(process: HouseProcess) -> None:
    async with services(process.data, CLINIC) as clients:
        await apply.carry_out(clients, load(LARKSPUR), lambda _: None)


def test_every_operation_is_tried() -> None:
    described = sum(1 for _ in operations(GATEWAY))
    assert len(OPERATIONS) == described - 4  # one stream of changes in each service


def test_the_house_shows_the_description_that_it_is_tried_by(house: HouseProcess) -> None:
    assert httpx.get(f"{house.url}/openapi.json", timeout=20).json() == GATEWAY


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_a_route_answers_generated_requests_as_it_is_described(house: HouseProcess, name: str) -> None:
    operation = OPERATIONS[name]
    token = staff_token(house.data, CLINIC, ROLES)

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy())
    def tried(case: Any) -> None:
        if "/" in case.headers.get(AFTER, ""):
            del case.headers[AFTER]  # well formed it is waited for, two seconds; test_versions_and_freshness has that
        answer = case.call(
            base_url=house.url,
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": str(new_id())},
            timeout=20,
        )
        described = {*operation.definition.raw["responses"]}
        assert answer.status_code < 500, f"{name}: {answer.status_code} {_code(answer)}"
        assert str(answer.status_code) in described, f"{name}: {answer.status_code} {_code(answer)} is not described"

    tried()


def _code(answer: Any) -> str:
    return str(answer.json().get("code")) if "json" in answer.headers.get("content-type", [""])[0] else ""
