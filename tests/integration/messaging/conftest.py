"""Two services: intake says things, scheduling hears them."""

from collections.abc import Awaitable, Callable

import pytest

from shared.service import Service
from tests.integration.messaging.kit import Journal

FreshService = Callable[..., Awaitable[Service]]


@pytest.fixture
async def intake(fresh_service: FreshService) -> Service:
    return await fresh_service("intake")


@pytest.fixture
async def scheduling(fresh_service: FreshService) -> Service:
    return await fresh_service("scheduling")


@pytest.fixture
async def journal(scheduling: Service) -> Journal:
    return await Journal(scheduling).prepare()
