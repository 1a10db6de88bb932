"""Scheduling alone in a house per module; intake is a stand-in that publishes its facts. A test leaves no booking."""

from collections.abc import AsyncIterator

import pytest_asyncio
from fastapi import APIRouter

from services.scheduling.app import DEFINITION
from shared.clinicfile.model import ClinicFile
from shared.runtime.parts.broker import EmbeddedBroker
from shared.service import Definition
from tests.integration.scheduling.scene import Scene
from tests.support.house import larkspur, running
from tests.support.postgres import Postgres

INTAKE = Definition("intake", APIRouter(), {})
LEFT_BEHIND = "TRUNCATE alert, observation, session, appointment, course, closure, timer, outbox, waiting"


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
