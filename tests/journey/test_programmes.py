"""The programme of each clinic, from its own way in to money, in one house where all five clinic files are in force."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
import pytest_asyncio

from cli.demo import intake
from cli.demo.story import Story
from services.billing.app import DEFINITION as BILLING
from services.intake.app import DEFINITION as INTAKE
from services.notifications.app import DEFINITION as NOTIFICATIONS
from services.scheduling.app import DEFINITION as SCHEDULING
from tests.support.house import House, running
from tests.support.inhouse import story_in, talking_to
from tests.support.postgres import Postgres
from tests.support.programmes import CEDAR, LARKSPUR, NORTHFIELD, PROGRAMMES, Programme, finds, tell

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(420)]


@dataclass
class Five:
    """A house where all five clinic files are in force."""

    house: House
    http: httpx.AsyncClient

    def story(self, programme: Programme) -> Story:
        return story_in(self.house, self.http, programme.file, treatment=programme.treatment)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def five(postgres: Postgres, cluster: str) -> AsyncIterator[Five]:
    definitions = [INTAKE, SCHEDULING, NOTIFICATIONS, BILLING]
    async with running(definitions, postgres, cluster, clinic=LARKSPUR.file) as house, talking_to(house) as http:
        for programme in PROGRAMMES[1:]:
            for service in house.services:
                await house.apply(service, programme.file)
        yield Five(house, http)


@pytest.mark.parametrize("programme", PROGRAMMES, ids=lambda one: one.clinic)
async def test_a_patient_goes_from_the_way_in_to_money(five: Five, programme: Programme) -> None:
    assert await tell(five.story(programme), programme) == programme.outcome


async def test_the_other_clinic_of_the_organisation_finds_the_same_patient(five: Five) -> None:
    story = five.story(LARKSPUR)
    await intake.comes_in(story, story.treated)
    assert await finds(five.story(CEDAR), story.treated) == 200
    assert await finds(five.story(NORTHFIELD), story.treated) == 404
