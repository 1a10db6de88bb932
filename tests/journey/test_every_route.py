"""Every route of the gateway under generated requests: no 5xx, and no status that its description does not name."""

import asyncio
import json
import os
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from cli import apply, openapi
from cli.house import services, staff_token
from cli.openapi_golden import FILE
from shared.caller import ROLES
from shared.clinicfile.load import load
from shared.http.gateway import merged, operations
from shared.ids import new_id
from tests.support.houseprocess import HouseProcess

LARKSPUR = Path(__file__).parents[2] / "clinics" / "larkspur.yaml"
CLINIC = "wellmeadow/larkspur"
EXAMPLES = int(os.environ.get("STILLWATER_ROUTE_EXAMPLES", "5"))
AFTER = "Stillwater-After"
STREAMS = ("/v1/changes/stream",)  # answers for ever
# By the file that is kept: to describe the gateway takes seconds, and every process of a run collects these tests.
PLACES = sorted(
    line["at"]
    for line in map(json.loads, FILE.read_text(encoding="utf-8").splitlines())
    if not line.get("at", STREAMS[0]).endswith(STREAMS)
)


@pytest.fixture(scope="module")
def gateway() -> dict[str, Any]:
    """The description of every route."""
    return merged(openapi.documents())


@pytest.fixture(scope="module")
def described(gateway: dict[str, Any]) -> dict[str, Any]:
    """Every route by its method and path."""
    with warnings.catch_warnings(action="ignore"):  # large, and not ours: imported where it is used alone
        import schemathesis
    found = (result.ok() for result in schemathesis.openapi.from_dict(gateway).get_all_operations())
    return {f"{one.method.upper()} {one.path}": one for one in found if not one.path.endswith(STREAMS)}


@pytest.fixture(scope="module")
def house() -> Iterator[HouseProcess]:
    """A running house with larkspur in force."""
    with tempfile.TemporaryDirectory(prefix="stillwater-routes-") as folder:
        process = HouseProcess(Path(folder))
        process.start()
        try:
            process.wait_ready()
            asyncio.run(_applied(process))
            yield process
        finally:
            process.stop()


async def _applied(process: HouseProcess) -> None:
    async with services(process.data, CLINIC) as clients:
        await apply.carry_out(clients, load(LARKSPUR), lambda _: None)


def test_every_operation_is_tried(gateway: dict[str, Any], described: dict[str, Any]) -> None:
    assert sorted(described) == PLACES
    assert len(PLACES) == sum(1 for _ in operations(gateway)) - 4  # one stream of changes in each service


def test_the_house_shows_the_description_that_it_is_tried_by(house: HouseProcess, gateway: dict[str, Any]) -> None:
    assert httpx.get(f"{house.url}/openapi.json", timeout=20).json() == gateway


@pytest.mark.parametrize("name", PLACES)
def test_a_route_answers_generated_requests_as_it_is_described(
    house: HouseProcess, described: dict[str, Any], name: str
) -> None:
    operation = described[name]
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
        known = {*operation.definition.raw["responses"]}
        assert answer.status_code < 500, f"{name}: {answer.status_code} {_code(answer)}"
        assert str(answer.status_code) in known, f"{name}: {answer.status_code} {_code(answer)} is not described"

    tried()


def _code(answer: Any) -> str:
    return str(answer.json().get("code")) if "json" in answer.headers.get("content-type", [""])[0] else ""
