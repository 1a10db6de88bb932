"""Scheduling alone in one house per clinic; intake is a stand-in that publishes its facts. A test leaves no booking, a
module nothing at all."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest_asyncio
from fastapi import APIRouter

from services.scheduling.app import DEFINITION
from shared.clinicfile.load import load
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.policies import CoverPolicy
from shared.runtime.parts.broker import EmbeddedBroker
from shared.service import Definition
from tests.integration.scheduling.rostering import CLEAR
from tests.integration.scheduling.scene import Scene
from tests.support.house import larkspur, running
from tests.support.postgres import Postgres, rows_of

COASTLINE = Path(__file__).parents[3] / "clinics" / "coastline.yaml"
INTAKE = Definition("intake", APIRouter, {})
LEFT_BEHIND = rows_of(
    "session_readiness", "day_record", "day_override", "rems_form", "rems_form_version", "device", "entry_move",
    "session_signature", "monitor_reading", "alert_page", "alert_sighting", "alert", "observation", "session_entry",
    "deviation", "floor_finding", "floor_place", "floor_seat", "floor_event", "session", "slot_hold", "slot_offer",
    "waitlist_entry", "slot_opening", "chair_outage", "seat_taken", "appointment", "course", "closure", "timer",
    "outbox", "waiting",
)  # fmt: skip


@dataclass
class Stage:
    """A house that several modules use, one after the other."""

    scene: Scene
    used: bool = False

    async def enter(self) -> Scene:
        """As a new house would be: a module depends on none before it."""
        if self.used:
            await self.scene.house.begin_anew()
        self.used = True
        return self.scene


async def opened(postgres: Postgres, clinic: ClinicFile) -> AsyncIterator[Scene]:
    """A scene in a house of its own."""
    broker = EmbeddedBroker()
    broker.start()
    try:
        async with running([DEFINITION, INTAKE], postgres, broker.bootstrap, clinic=clinic) as house:
            yield Scene(house)
    finally:
        broker.stop()


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def larkspurs(postgres: Postgres) -> AsyncIterator[Stage]:
    async for one in opened(postgres, larkspur()):
        yield Stage(one)


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def shared_scene(larkspurs: Stage) -> Scene:
    return await larkspurs.enter()


@pytest_asyncio.fixture(loop_scope="package")
async def scene(shared_scene: Scene) -> AsyncIterator[Scene]:
    yield shared_scene
    await shared_scene.house.settle()
    await shared_scene.run(LEFT_BEHIND)


@pytest_asyncio.fixture(loop_scope="package")
async def one_chair(scene: Scene) -> AsyncIterator[Scene]:
    """The same clinic with a single chair."""
    clinic = scene.house.clinic
    location = clinic.locations[0]
    small = location.model_copy(update={"chairs": location.chairs[:1]})
    await scene.house.apply("scheduling", clinic.model_copy(update={"locations": (small,)}))
    yield scene
    await scene.house.apply("scheduling", clinic)


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def shared_coast(postgres: Postgres) -> AsyncIterator[Scene]:
    async for one in opened(postgres, load(COASTLINE).model_copy(update={"rems_site": "BH-0412"})):
        yield one


@pytest_asyncio.fixture(loop_scope="package")
async def coast(shared_coast: Scene) -> AsyncIterator[Scene]:
    """A clinic that gives nasal spray on bays of its own, at a certified site."""
    yield shared_coast
    await shared_coast.house.settle()
    await shared_coast.run(LEFT_BEHIND)


@pytest_asyncio.fixture(loop_scope="package")
async def floor(scene: Scene) -> Scene:
    """The roster is kept, and is empty."""
    await scene.house.apply("scheduling", larkspur().model_copy(update={"cover": CoverPolicy(rostered=True)}))
    await scene.run(CLEAR)
    return scene
