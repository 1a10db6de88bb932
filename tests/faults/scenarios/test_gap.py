"""Records deleted from a topic behind its consumers' back: held and shown, never skipped; a replay heals it."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest

from shared.events import topic_of
from shared.ids import new_id
from tests.faults.profile import PROFILE, beyond_short
from tests.faults.scenarios.operating import once, operator
from tests.faults.scenarios.telling import Telling, telling
from tests.faults.world import REST_SECONDS, World

pytestmark = pytest.mark.timeout(420)
AWAY = ("scheduling", "notifications", "billing")
SCHEDULING = "scheduling.commands"
_TAKEN = """
SELECT coalesce(max(taken_seq), 0) FROM stream WHERE (consumer, producer, key) = ('scheduling.commands', 'intake', $1)
"""
_EFFECTS = "SELECT count(*) FROM audit WHERE (actor, patient_id) = ('scheduling.commands', $1)"
_SENT_UPTO = "SELECT count(*) FROM outbox WHERE key = $1 AND seq = $2 AND sent_at IS NOT NULL"


@beyond_short
async def test_a_gap_is_held_and_shown_and_never_skipped_and_a_replay_heals_it(house: World) -> None:
    async with telling("a gap: records deleted", house, PROFILE.part(4), PROFILE.events) as told:
        await told.under_load(_delete_and_replay(told))
    assert told.more["gaps_shown"] > 0
    assert told.more["partitions_short_shown"] > 0


async def _delete_and_replay(told: Telling) -> None:
    """Of one patient the first events are deleted, of another all, while nobody but intake itself has read them."""
    await asyncio.sleep(1)
    for service in AWAY:
        for worker in told.world.fleet.of(service, "worker"):
            worker.kill()
    cut, gone = [await _registered(told) for _ in range(2)]
    await asyncio.to_thread(told.world.ground.delete_records, topic_of("intake"))
    await _sign(told, cut)
    for service in AWAY:
        for worker in told.world.fleet.of(service, "worker"):
            worker.start()
    await _shown(told)
    for patient in (cut, gone):
        assert await told.world.value("scheduling", _TAKEN, patient) == 0
        assert await told.world.value("scheduling", _EFFECTS, patient) == 0
    async with operator(told.world, "intake") as http:
        answer = await http.post("/v1/operations/epoch/replay", headers=once())
    assert answer.status_code == 202, answer.text
    told.more["healed_seconds"] = round(await told.world.drained(), 1)


async def _registered(told: Telling) -> UUID:
    """A patient whose first three events stand on the topic."""
    patient = new_id()
    told.load.keys.append(patient)
    await told.act("intake", "/v1/patients", told.load.registration(patient))
    for _ in range(2):
        await _sign(told, patient)
    async with asyncio.timeout(REST_SECONDS):
        while not await told.world.value("intake", _SENT_UPTO, patient, 3):  # noqa: ASYNC110 -- a database sets no Event
            await asyncio.sleep(0.1)
    return patient


async def _sign(told: Telling, patient: UUID) -> None:
    body = {"consent_id": str(new_id()), "document": "IV_TREATMENT", "document_version": "2026-10"}
    assert (await told.act("intake", f"/v1/patients/{patient}/consents", body)).is_success


async def _shown(told: Telling) -> None:
    """Wait until an operator sees streams with a gap and partitions that are short."""
    heard: Mapping[str, Any] = {"gaps": 0, "short": 0}
    async with operator(told.world) as http, asyncio.timeout(REST_SECONDS):
        while not (heard["gaps"] and heard["short"]):
            await asyncio.sleep(0.3)
            heard = _of_intake((await http.get("/v1/operations/lag")).json())
    told.more |= {"gaps_shown": heard["gaps"], "partitions_short_shown": heard["short"]}


def _of_intake(lag: Mapping[str, Any]) -> Mapping[str, Any]:
    return next(one for one in lag["heard"] if (one["consumer"], one["producer"]) == (SCHEDULING, "intake"))
