"""The programme of each clinic, told through the gateway to the installation of docker-compose.yml."""

from contextlib import AbstractAsyncContextManager
from uuid import uuid4

import pytest
import pytest_asyncio

from cli.demo import intake
from cli.demo.people import CAST
from cli.demo.story import Story
from tests.support.compose import Compose
from tests.support.programmes import CEDAR, LARKSPUR, NORTHFIELD, PROGRAMMES, Programme, finds, tell

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(420)]  # the first waits for images, health


def at(compose: Compose, programme: Programme) -> AbstractAsyncContextManager[Story]:
    """A story at a clinic, with the people whose doses and prices the programmes name."""
    return compose.story(uuid4(), programme=programme, cast=CAST)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def five(compose: Compose) -> Compose:
    """The installation, where all five clinic files are in force."""
    for programme in PROGRAMMES:
        async with at(compose, programme) as story:
            await story.apply()
    return compose


@pytest.mark.parametrize("programme", PROGRAMMES, ids=lambda one: one.clinic)
async def test_a_patient_goes_from_the_way_in_to_money(five: Compose, programme: Programme) -> None:
    async with at(five, programme) as story:
        assert await tell(story, programme) == programme.outcome


async def test_the_other_clinic_of_the_organisation_finds_the_same_patient(five: Compose) -> None:
    async with (
        at(five, LARKSPUR) as story,
        at(five, CEDAR) as sister,
        at(five, NORTHFIELD) as stranger,
    ):
        await intake.comes_in(story, story.treated)
        assert await finds(sister, story.treated) == 200
        assert await finds(stranger, story.treated) == 404
