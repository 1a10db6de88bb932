from collections.abc import AsyncIterator

import pytest

from tests.integration.notifications.scene import Scene, playing
from tests.support.postgres import Postgres


@pytest.fixture
async def scene(postgres: Postgres, broker: str) -> AsyncIterator[Scene]:
    async with playing(postgres, broker) as scene:
        yield scene
