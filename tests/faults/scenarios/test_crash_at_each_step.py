"""A crash exactly at each step of delivery, in a real process, under load (design: delivery, the table)."""

import asyncio
from collections.abc import Iterable

import pytest

from tests.faults.checker import Verdict
from tests.faults.failpoints import (
    AFTER_EFFECT,
    AFTER_HANDLER,
    AFTER_OFFSET,
    AFTER_TAKE,
    OF_API,
    OF_CONSUMER,
    OF_RELAY,
    FailPoint,
)
from tests.faults.fleet import Fleet, Member
from tests.faults.profile import PROFILE
from tests.faults.scenarios.telling import telling
from tests.faults.world import World

pytestmark = pytest.mark.timeout(420)


async def test_a_crash_at_any_step_changes_nothing_in_the_end(house: World) -> None:
    async with telling("a crash at each step", house, PROFILE.part(4), PROFILE.events) as told:
        await told.under_load(_crash_everywhere(house.fleet))
        told.kills = len(OF_API) + len(OF_RELAY) + len(OF_CONSUMER)
    assert told.judged == Verdict()


async def _crash_everywhere(fleet: Fleet) -> None:
    """APIs, relay and a consumer of intake, consumers of the others beside them."""
    async with asyncio.TaskGroup() as victims:
        victims.create_task(_crash_in_turn(fleet.of("intake", "api"), OF_API))
        victims.create_task(_crash_in_turn(fleet.of("intake", "worker"), (*OF_RELAY, AFTER_OFFSET)))
        victims.create_task(_crash_in_turn(fleet.of("scheduling", "worker"), [AFTER_TAKE]))
        victims.create_task(_crash_in_turn(fleet.of("notifications", "worker"), [AFTER_HANDLER]))
        victims.create_task(_crash_in_turn(fleet.of("billing", "worker"), [AFTER_EFFECT]))


async def _crash_in_turn(members: list[Member], points: Iterable[FailPoint]) -> None:
    """Who is to strike itself has nobody beside it."""
    first, *others = members
    for point in points:
        for member in members:
            member.kill()
        first.start(point)
        await first.died()
        first.kill()
        for member in (first, *others):
            member.start()
