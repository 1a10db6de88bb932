"""An outbox that has grown long while nobody relayed it drains in order and in little memory (design: delivery)."""

import pytest

from shared.clock import monotonic, wall_now
from shared.ids import new_id
from shared.messaging import outbox
from shared.messaging.outbox import Draft
from tests.faults.collect import read_topics
from tests.faults.profile import PROFILE, beyond_short
from tests.faults.scenarios.telling import Telling, telling
from tests.faults.world import World

pytestmark = pytest.mark.timeout(1_800 if PROFILE.name == "full" else 300)
TAKEN_SECONDS = 1_200.0  # the read models keep each of these events, one after the other
NOBODY_HEARS = "stillwater.intake.LoadNoted.v1"  # a type that consumers pass over: what counts here is the relay
WORKER_BYTES = 300_000_000
AT_ONCE, PATIENTS = 1_000, 100


@beyond_short
async def test_an_outbox_that_has_grown_long_drains_in_order_and_in_little_memory(house: World) -> None:
    workers = house.fleet.of("intake", "worker")
    async with telling("a long outbox", house, 0, 0) as told:
        for worker in workers:
            worker.kill()
        await _grow(told)
        began = monotonic()
        for worker in workers:
            worker.start()
        await house.rest(TAKEN_SECONDS)
        told.more = {
            "drained_seconds": round(monotonic() - began, 1),
            "worker_megabytes": max(worker.memory() for worker in workers) // 1_000_000,
        }
    first_seen: dict[object, list[int]] = {}
    for record in read_topics(house.ground.bootstrap):
        if record.key in set(told.load.keys) and record.seq not in (seen := first_seen.setdefault(record.key, [])):
            seen.append(record.seq)
    assert first_seen == {key: [*range(1, PROFILE.outbox // PATIENTS + 1)] for key in told.load.keys}
    assert told.more["worker_megabytes"] * 1_000_000 < WORKER_BYTES


async def _grow(told: Telling) -> None:
    """Rows by the statement that every command uses, patients by turns."""
    told.load.keys = [new_id() for _ in range(PATIENTS)]
    service = told.world.service("intake")
    for first in range(0, PROFILE.outbox, AT_ONCE):
        drafts = [_draft(told, number) for number in range(first, first + AT_ONCE)]
        async with service.database.engine.begin() as connection:
            await outbox.write(connection, drafts)
    await service.database.close()


def _draft(told: Telling, number: int) -> Draft:
    key = told.load.keys[number % PATIENTS]
    return Draft(
        event_id=new_id(), type=NOBODY_HEARS, subject=str(key), key=key, event_time=wall_now(),
        organisation_id=told.world.clinic.organisation_id, clinic_id=None, correlation_id=new_id(), causation_id=None,
        traceparent=None, body="{}",
    )  # fmt: skip
