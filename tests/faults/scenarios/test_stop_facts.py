"""Stop facts take effect as they arrive, of parked patients too (design: delivery)."""

import asyncio
from uuid import UUID

import pytest

from shared.ids import new_id
from tests.faults.failpoints import REFUSING
from tests.faults.fleet import READY_SECONDS
from tests.faults.profile import PROFILE
from tests.faults.scenarios.operating import retry_all
from tests.faults.scenarios.telling import Telling, telling
from tests.faults.world import World

pytestmark = pytest.mark.timeout(420)
WITHIN = 1.0  # seconds; recorded, and failing at some times the figure
_OVERTOOK = """
SELECT count(*) FROM stream s JOIN audit a ON a.patient_id = s.key AND a.actor = s.consumer
WHERE s.consumer = 'scheduling.commands' AND s.parked_since < a.at
"""


async def test_stop_facts_take_effect_within_a_second_although_the_patient_is_parked(house: World) -> None:
    """Scheduling refuses every signature, so that each patient who signed is parked when one is revoked."""
    workers = house.fleet.of("scheduling", "worker")
    async with telling("stop facts of parked patients", house, PROFILE.part(4), PROFILE.events) as told:
        told.stops_within = WITHIN
        for worker in workers:
            await asyncio.to_thread(worker.end, READY_SECONDS)
            worker.start(REFUSING)
        await house.fleet.ready(workers)
        await house.joined("scheduling.commands", len(workers))
        await told.under_load()
        for patient in told.load.keys[: PROFILE.part(4)]:
            await _sign_and_revoke(told, patient)
        await house.rest()
        told.more["applied_of_parked"] = await house.value("scheduling", _OVERTOOK)
        for worker in workers:
            worker.kill()
        await house.fleet.restore()
        told.more["retried"] = await retry_all(house)
    assert told.more["applied_of_parked"] >= PROFILE.part(4)


async def _sign_and_revoke(told: Telling, patient: UUID) -> None:
    consent = str(new_id())
    body = {"consent_id": consent, "document": "IV_TREATMENT", "document_version": "2026-10"}
    assert (await told.act("intake", f"/v1/patients/{patient}/consents", body)).is_success
    await told.act("intake", f"/v1/consents/{consent}/revoke", {}, {"If-Match": '"1"'})
