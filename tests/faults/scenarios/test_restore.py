"""One of the four databases restored from an older backup while the others went on (design: events)."""

import asyncio
from collections.abc import Iterable
from uuid import UUID

import pytest

from shared.ids import new_id
from tests.faults.backup import Backup, Gone
from tests.faults.collect import Permanent
from tests.faults.fleet import READY_SECONDS
from tests.faults.profile import beyond_short
from tests.faults.scenarios.operating import once, operator
from tests.faults.scenarios.telling import Telling, telling
from tests.faults.world import World

pytestmark = pytest.mark.timeout(600)
EPOCH = "/v1/operations/epoch"
PATIENTS, EVENTS = 8, 6  # what follows the backup is fewer than the 200 strangers that a list shows


@beyond_short
async def test_a_restored_producer_is_held_until_confirmed_and_gives_no_number_out_twice(house: World) -> None:
    async with telling("intake restored from an older backup", house, PATIENTS, EVENTS) as told:
        backup, old = await _backed_up(told)
        gone = await _lose(told, backup, old)
        strangers = await _held(house)
        told.more = {"strangers": len(strangers), "acts_lost": len(gone.unheard)}
        await _sign(told, old)  # accepted while nothing may be said
        assert await house.value("intake", "SELECT epoch FROM service_state") == 1
        async with operator(house, "intake") as http:
            confirmed = await http.post(f"{EPOCH}/confirm", headers=once())
        assert confirmed.json()["epoch"] == 2, confirmed.text
        await house.rest()
        await told.under_load()
        told.permanent = Permanent(gone=gone)
    assert strangers == gone.heard


async def _backed_up(told: Telling) -> tuple[Backup, list[UUID]]:
    """The backup, and the patients that are in it."""
    await told.under_load()
    await told.world.rest()
    backup = Backup(told.world, "intake")
    await asyncio.to_thread(backup.take)
    return backup, list(told.load.keys)


async def _lose(told: Telling, backup: Backup, old: list[UUID]) -> Gone:
    """More happens, some of which nobody hears of; then the backup takes its place."""
    await told.under_load()
    await _sign(told, (*old, *old))
    await told.world.rest()
    members = told.world.fleet.of("intake")
    for worker in told.world.fleet.of("intake", "worker"):
        worker.kill()
    await _sign(told, old[::2])
    for member in members:
        member.kill()
    gone = await backup.restore()
    for member in members:
        member.start()
    await told.world.fleet.ready(told.world.fleet.of("intake", "api"))
    return gone


async def _held(house: World) -> frozenset[UUID]:
    """Wait until the producer is held; the events that an operator is shown then."""
    async with asyncio.timeout(READY_SECONDS), operator(house, "intake") as http:
        while (seen := (await http.get(EPOCH)).json())["held_since"] is None:  # noqa: ASYNC110
            await asyncio.sleep(0.2)
    return frozenset(UUID(one["event_id"]) for one in seen["strangers"])


async def _sign(told: Telling, patients: Iterable[UUID]) -> None:
    """Signatures of patients that the backup knows: their numbers are those of strangers, the consents are new."""
    for patient in patients:
        body = {"consent_id": str(new_id()), "document": "IV_TREATMENT", "document_version": "2026-10"}
        answer = await told.act("intake", f"/v1/patients/{patient}/consents", body)
        assert answer.is_success, answer.text
