"""Live updates through the gateway: server-sent events reach a browser while their stream stays open."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest

from cli.demo.story import Story
from tests.support.compose import ORIGINS, Compose
from tests.support.streamed import Told, events_of

pytestmark = pytest.mark.timeout(420)  # the first test waits for images and health


@asynccontextmanager
async def front_desk(compose: Compose) -> AsyncIterator[Story]:
    async with compose.story(uuid4()) as story:
        await story.apply()
        yield story


@asynccontextmanager
async def stream(story: Story, service: str = "intake", after: int | None = None) -> AsyncIterator[AsyncIterator[Told]]:
    """The front desk's stream of what changes in a service, as a browser opens it: with a ticket, without a token."""
    made = await story.house.post(service, "/v1/changes/tickets", f"ticket {uuid4()}", {}, story.staff["frontdesk"])
    query = {"ticket": made["ticket"]} | ({} if after is None else {"after": after})
    url, origin = f"{story.house.urls[service]}/v1/changes/stream", {"Origin": ORIGINS[0]}
    async with story.house.http.stream("GET", url, params=query, headers=origin) as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGINS[0]
        yield events_of(answer)


async def somebody_asks(story: Story) -> str:
    """A lead from the public form; returns its id."""
    path = f"/v1/public/{story.clinic.organisation}/{story.clinic.clinic}/leads"
    return str((await story.house.post("intake", path, f"lead {uuid4()}", story.cast.treated.lead()))["id"])


async def heard(events: AsyncIterator[Told], resource_id: str) -> Told:
    """The change of one thing; what else comes before it is passed over."""
    return await anext(one async for one in events if one[0] == "change" and one[2]["resource_id"] == resource_id)


async def test_events_come_one_by_one_while_the_stream_stays_open(compose: Compose) -> None:
    async with front_desk(compose) as story, stream(story) as events:
        name, last, _ = await anext(events)
        assert name == "begin"  # the first bytes come before anything happens
        for _ in range(2):
            before = last
            _, last, data = await heard(events, await somebody_asks(story))
            assert (data["id"], data["resource"]) == (last, "lead")
            assert last > before


async def test_a_browser_that_comes_again_misses_nothing(compose: Compose) -> None:
    async with front_desk(compose) as story:
        async with stream(story) as events:
            _, last, _ = await anext(events)
        lead = await somebody_asks(story)
        async with stream(story, after=last) as events:
            assert (await anext(events))[:2] == ("begin", last)
            assert (await heard(events, lead))[2]["resource"] == "lead"


async def test_an_open_stream_keeps_neither_its_api_nor_the_gateway_from_stopping(compose: Compose) -> None:
    async with front_desk(compose) as story, stream(story) as ended, stream(story, service="billing") as open_:
        assert [(await anext(events))[0] for events in (ended, open_)] == ["begin", "begin"]
        try:
            for name in ("intake-api", "gateway"):
                await asyncio.to_thread(compose.compose, "stop", name)
                assert compose.inspected(name, "--format", "{{.State.ExitCode}}") == {name: "0"}
        finally:
            compose.start("intake-api", "gateway")
            await asyncio.to_thread(compose.wait_healthy)
