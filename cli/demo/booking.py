"""The story before the first visit: six sessions booked as one, their estimate, a text."""

from datetime import datetime, timedelta
from itertools import product
from typing import Any

from cli.demo.http import Answer
from cli.demo.story import Story, money, require

WEEKS = (1, 2, 3, 4)


async def course_is_booked(story: Story) -> list[str]:
    """CoursePlanned, an AppointmentBooked each: the first start and time for which all chairs are free."""
    came_on = datetime.fromisoformat(f"{story.treated.came_at:%Y-%m-%d}")
    for weeks, time in product(WEEKS, story.treatment.times):
        course = await book(story, story.treated.id, f"{came_on + timedelta(weeks=weeks):%Y-%m-%d}", time)
        if course.code not in ("SLOT_TAKEN", "COURSE_IMPOSSIBLE"):
            break
    require(not course.code, f"booking was refused: {course.code} {course.body.get('params')}")
    story.course = course
    visits = [f"{visit['starts']['local_date']} {visit['starts']['local_time'][:5]}" for visit in course["sessions"]]
    return [f"{len(visits)} sessions at one stroke, {story.first_visit['chair']} first: {', '.join(visits)}"]


async def book(story: Story, patient_id: str, start_on: str, time: str) -> Answer:
    """Ask for a whole course on the treatment's weekdays."""
    body = {
        "patient_id": patient_id, "clinic_id": str(story.clinic.clinic_id), "location": story.clinic.locations[0].id,
        "protocol": story.treatment.protocol, "start_on": start_on, "pattern": list(story.treatment.pattern),
        "time": time,
    }  # fmt: skip
    act = f"course of {patient_id} from {start_on} {time}"
    return await story.house.attempt("scheduling", "/v1/courses", act, body, story.staff["frontdesk"])


async def estimate_is_issued(story: Story) -> list[str]:
    """EstimateIssued, as the patient reads it."""
    path = f"/v1/patients/{story.treated.id}/estimates"

    async def issued() -> dict[str, Any] | None:
        estimates = (await story.house.get("billing", path, story.treated.token))["items"]
        return next((one for one in estimates if one["recipient"]), None)

    estimate = await story.house.until("estimate", issued)
    (line,) = estimate["lines"]
    due = f", due by {estimate['due_on']}" if estimate["due_on"] else ""
    return [f"{line['quantity']} x {money(line['unit'])} = {money(estimate['total'])}{due}"]


async def text_goes_out(story: Story) -> list[str]:
    """MessageSent: the text about the first visit reaches the provider; in quiet hours the morning is waited for."""

    async def sent() -> dict[str, Any] | None:
        message = await _message(story)
        if message is None or message["state"] == "SENT":
            return message
        require(message["state"] not in ("FAILED", "DROPPED"), f"the text was {message['state']}: {message['reason']}")
        due_at = datetime.fromisoformat(message["due_at"]["utc"])
        if due_at > await story.clock.now():
            await story.clock.reach(due_at)
        return None

    await story.house.until("text about the first visit", sent)
    texts = [text for text in await story.texts() if text["to"] == story.treated.person.phone]
    require(texts, "the provider knows of no text")
    return [f"“{texts[-1]['body']}”"]


async def _message(story: Story) -> dict[str, Any] | None:
    path = f"/v1/patients/{story.treated.id}/messages"
    messages = (await story.house.get("notifications", path, story.staff["frontdesk"]))["items"]
    first = story.first_visit["appointment_id"]
    about = {"plan_id": "N05", "channel": "SMS", "appointment_id": first}
    return next((one for one in messages if about.items() <= one.items()), None)
