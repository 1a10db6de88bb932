"""A story told to a house in the tests' own process, at any of its clinics."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import httpx

from cli.demo.http import House as StoryHouse
from cli.demo.people import CAST, Cast
from cli.demo.story import Story, Treatment
from shared.clinicfile.model import ClinicFile
from shared.ids import new_id
from tests.support.house import House, Tokens

ROLES = ("frontdesk", "nurse", "clinician", "biller")


class StoryClock:
    """The clock of the house, as the story asks for it."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def now(self) -> datetime:
        return self._house.clock.now()

    async def settle(self) -> None:
        await self._house.settle()

    async def reach(self, moment: datetime) -> None:
        await self.settle()
        if (by := moment - self._house.clock.now()) > timedelta():
            await self._house.clock.advance(by)


@asynccontextmanager
async def talking_to(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """A client that reaches every service under its name: http://intake."""
    mounts = {
        f"http://{name}": httpx.ASGITransport(app=house.client(name)._transport.app)  # type: ignore[attr-defined]
        for name in house.services
    }
    async with httpx.AsyncClient(mounts=mounts) as http:
        yield http


def story_in(
    house: House, http: httpx.AsyncClient, clinic: ClinicFile, *, cast: Cast = CAST, treatment: Treatment | None = None
) -> Story:
    """A new story at a clinic whose file is in force."""
    tokens = Tokens(house.secrets, clinic)
    return Story(
        house=StoryHouse(http, {name: f"http://{name}" for name in house.services}, new_id()),
        staff={role: tokens.staff(role) for role in ROLES},
        clinic=clinic, clock=StoryClock(house), texts=_none, apply=_none, cast=cast,
        treatment=treatment or Treatment(),
    )  # fmt: skip


async def _none() -> list[Any]:
    return []
