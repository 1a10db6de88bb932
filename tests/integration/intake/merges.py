"""Records that staff merges over HTTP, and takes apart again: shared by the tests of what follows from it."""

from typing import Any
from uuid import UUID

import httpx

from tests.integration.intake.conftest import Intake


async def version(intake: Intake, patient: UUID) -> int:
    return int((await intake.get(f"/v1/patients/{patient}", by="nurse")).json()["version"])


async def merge(
    intake: Intake, survivor: UUID, absorbed: UUID, *, by: str = "clinician", **changes: Any
) -> httpx.Response:
    body = {
        "absorbed_id": str(absorbed), "absorbed_version": await version(intake, absorbed),
        "survivor_version": await version(intake, survivor), "reason": "REGISTERED_TWICE",
    }  # fmt: skip
    return await intake.post(f"/v1/patients/{survivor}/merges", body | changes, by=by)


async def merged(intake: Intake, survivor: UUID, absorbed: UUID) -> dict[str, Any]:
    answer = await merge(intake, survivor, absorbed)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def unlinked(intake: Intake, one: dict[str, Any], expected: int = 1) -> httpx.Response:
    path = f"/v1/merges/{one['id']}/unlink"
    return await intake.post(path, {"reason": "TWO_PEOPLE"}, by="admin", If_Match=f'"{expected}"')
