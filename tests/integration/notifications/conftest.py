"""One house for the tests of this folder, a scene for each."""

from collections.abc import AsyncIterator

import pytest_asyncio

from shared.runtime.parts.broker import EmbeddedBroker
from tests.integration.notifications.scene import Scene
from tests.integration.notifications.theatre import Theatre, playing
from tests.support.postgres import Postgres


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def theatre(postgres: Postgres) -> AsyncIterator[Theatre]:
    broker = EmbeddedBroker()
    broker.start()
    async with playing(postgres, broker.bootstrap) as theatre:
        yield theatre
    broker.stop()


@pytest_asyncio.fixture(loop_scope="package")
async def scene(theatre: Theatre) -> Scene:
    return await theatre.scene()
