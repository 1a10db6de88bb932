"""A crash exactly at each step of delivery, in a real process, under load (design: delivery, the table)."""

import pytest

from tests.faults.failpoints import OF_API, OF_CONSUMER, OF_RELAY, FailPoint
from tests.faults.fleet import Fleet, Member
from tests.faults.profile import PROFILE
from tests.faults.scenarios.telling import telling
from tests.faults.world import World

pytestmark = pytest.mark.timeout(420)
LISTENERS = ("scheduling", "notifications", "billing", "intake")


async def test_a_crash_at_any_step_changes_nothing_in_the_end(house: World) -> None:
    async with telling("a crash at each step", house, PROFILE.part(4), PROFILE.events) as told:
        await told.under_load(_crash_everywhere(house.fleet))
        told.kills = len(OF_API) + len(OF_RELAY) + len(OF_CONSUMER)


async def _crash_everywhere(fleet: Fleet) -> None:
    """APIs and relay of intake, consumers of one service each. Who is to strike itself has nobody beside it."""
    for point in OF_API:
        await _crash(fleet, fleet.of("intake", "api"), point)
    for point in OF_RELAY:
        await _crash(fleet, fleet.of("intake", "worker"), point)
    for service, point in zip(LISTENERS, OF_CONSUMER, strict=True):
        await _crash(fleet, fleet.of(service, "worker"), point)


async def _crash(fleet: Fleet, members: list[Member], point: FailPoint) -> None:
    first, *others = members
    for member in members:
        member.kill()
    first.start(point)
    await first.died()
    first.kill()
    for member in (first, *others):
        member.start()
