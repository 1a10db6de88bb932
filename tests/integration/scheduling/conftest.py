"""Scheduling alone in a house per module; intake is a stand-in that publishes its facts. A test leaves no booking."""

from collections.abc import AsyncIterator
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
from tests.support.postgres import Postgres

COASTLINE = Path(__file__).parents[3] / "clinics" / "coastline.yaml"
INTAKE = Definition("intake", APIRouter, {})
LEFT_BEHIND = (
    "TRUNCATE session_readiness, day_record, day_override, rems_form, rems_form_version, device, entry_move,"
    " session_signature, monitor_reading, alert_page, alert_sighting, alert, observation, session_entry, deviation,"
    " floor_finding, floor_place, floor_seat, floor_event, session, slot_hold, slot_offer, waitlist_entry,"
    " slot_opening, chair_outage, seat_taken, appointment, course, closure, timer, outbox, waiting"
)


async def _open(postgres: Postgres, clinic: ClinicFile) -> AsyncIterator[Scene]:
    broker = EmbeddedBroker()
    broker.start()
    try:
        async with running([DEFINITION, INTAKE], postgres, broker.bootstrap, clinic=clinic) as house:
            yield Scene(house)
    finally:
        broker.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_scene(postgres: Postgres) -> AsyncIterator[Scene]:
    async for opened in _open(postgres, larkspur()):
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def scene(shared_scene: Scene) -> AsyncIterator[Scene]:
    yield shared_scene
    await shared_scene.house.settle()
    await shared_scene.run(LEFT_BEHIND)


@pytest_asyncio.fixture(loop_scope="module")
async def one_chair(postgres: Postgres) -> AsyncIterator[Scene]:
    """The same clinic with a single chair."""
    clinic = larkspur()
    location = clinic.locations[0]
    small = location.model_copy(update={"chairs": location.chairs[:1]})
    async for opened in _open(postgres, clinic.model_copy(update={"locations": (small,)})):
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_coast(postgres: Postgres) -> AsyncIterator[Scene]:
    async for opened in _open(postgres, load(COASTLINE).model_copy(update={"rems_site": "BH-0412"})):
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def coast(shared_coast: Scene) -> AsyncIterator[Scene]:
    """A clinic that gives nasal spray on bays of its own, at a certified site."""
    yield shared_coast
    await shared_coast.house.settle()
    await shared_coast.run(LEFT_BEHIND)


@pytest_asyncio.fixture(loop_scope="module")
async def floor(scene: Scene) -> Scene:
    """The roster is kept, and is empty."""
    await scene.house.apply("scheduling", larkspur().model_copy(update={"cover": CoverPolicy(rostered=True)}))
    await scene.run(CLEAR)
    return scene
