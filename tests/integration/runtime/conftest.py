"""What the runtime's tests share: a way to make timers due and to read what became of them."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.caller import Caller
from shared.db.unit_of_work import unit_of_work
from shared.ids import new_id
from shared.service import Service
from tests.support.house import larkspur

Schedule = Callable[..., Awaitable[UUID]]


@pytest.fixture
async def service(fresh_service: Callable[[str], Awaitable[Service]]) -> Service:
    return await fresh_service("scheduling")


@pytest.fixture
def schedule(service: Service) -> Schedule:
    """`await schedule("kind", key=..., ago=seconds)`: a timer that became due that long ago; returns its aggregate."""

    async def make(kind: str, *, key: UUID | None = None, ago: float = 1.0, version: int = 1) -> UUID:
        aggregate = new_id()
        caller = Caller("service", service.name, larkspur().organisation_id)
        async with unit_of_work(service, caller) as uow:
            due: datetime = uow.now - timedelta(seconds=ago)
            await uow.schedule(kind, aggregate, version, due, key=key or aggregate, clinic_id=None)
        return aggregate

    return make


@pytest.fixture
def timer_row(service: Service) -> Callable[[UUID], Awaitable[Any]]:
    """`await timer_row(aggregate)`: the timer as it stands in the database."""

    async def read(aggregate: UUID) -> Any:
        pool = await service.database.pool()
        return await pool.fetchrow("SELECT * FROM timer WHERE aggregate_id = $1", aggregate)

    return read
