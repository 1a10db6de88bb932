"""What a worklist shows about somebody of whom something was said."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from shared.events import Event
from tests.integration.readmodels.conftest import Desk
from tests.integration.readmodels.scene import CLINIC, Story, hear

Says = Callable[[UUID], Event]


async def items(desk: Desk, story: Story | None = None, by: str = "clinician", **query: Any) -> list[dict[str, Any]]:
    answer = await desk.get("/v1/worklist", by, **{"clinic_id": str(CLINIC), "limit": 200} | query)
    assert answer.status_code == 200, answer.text
    listed = answer.json()["items"]
    return [item for item in listed if story is None or item["patient_id"] == str(story.patient)]


async def told(desk: Desk, *events: Says, story: Story | None = None) -> Story:
    """A patient about whom this was said, in this order."""
    story = story or Story.sealed_by(desk.service)
    await hear(desk.service, [story.say(event(story.patient)) for event in events])
    return story


async def only(desk: Desk, story: Story, by: str = "clinician") -> dict[str, Any]:
    found = await items(desk, story, by)
    assert len(found) == 1, found
    return found[0]
