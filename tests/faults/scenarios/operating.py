"""What operators do in scenarios, over HTTP, as anybody does it."""

from typing import Any

import httpx

from shared.ids import new_id
from tests.faults.world import ROLES, World

PARKED = "/v1/operations/parked"


def operator(world: World, service: str = "scheduling") -> httpx.AsyncClient:
    """A client of one API of the service that acts as an operator."""
    token = world.tokens.staff(*ROLES)
    url = world.fleet.of(service, "api")[0].url
    return httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30)


def once() -> dict[str, str]:
    """The header of an act that is done once."""
    return {"Idempotency-Key": str(new_id())}


def place(head: dict[str, Any]) -> str:
    """Where a parked stream is found under the route of all."""
    return f"{head['consumer']}/{head['producer']}/{head['key']}"


async def retry_all(world: World, service: str = "scheduling") -> int:
    """Retry what is parked until nothing is; returns how often."""
    retried = 0
    async with operator(world, service) as http:
        while heads := (await http.get(PARKED)).json()["items"]:
            for head in heads:
                answer = await http.post(f"{PARKED}/{place(head)}/retry", headers=once())
                assert answer.status_code in (200, 404), answer.text  # 404: the worker was faster
                retried += 1
    return retried
