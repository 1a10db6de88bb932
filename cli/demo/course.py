"""The rest of a course: one session is moved, one is cancelled, the others are carried out to the last."""

from datetime import datetime, timedelta

from cli.demo import chair
from cli.demo.story import Story, require

CANCELLED, MOVED = 5, 6


async def as_it_is(story: Story) -> None:
    """Read the course again."""
    path = f"/v1/courses/{story.course['course_id']}"
    story.course = await story.house.get("scheduling", path, story.staff["frontdesk"])


async def session_is_moved(story: Story) -> list[str]:
    """AppointmentMoved, CourseChanged: the front desk takes the first other time that breaks no rule."""
    await as_it_is(story)
    visit, frontdesk = story.visit_of(MOVED), story.staff["frontdesk"]
    path, was = f"/v1/appointments/{visit['appointment_id']}/move", visit["starts"]
    wish = {"first_day": was["local_date"], "days": 14}
    found = await story.house.post("scheduling", f"{path}/proposals", "asks for other times", wish, frontdesk)
    free = [slot["starts"] for slot in found["alternatives"] if slot["starts"]["local_date"] != was["local_date"]]
    require(free, f"session {MOVED} has nowhere to go")
    to = {"day": free[0]["local_date"], "time": free[0]["local_time"]}
    moved = await story.house.post("scheduling", path, "moves a session", to, frontdesk, version=visit["version"])
    starts = moved["starts"]
    return [f"session {MOVED} from {was['local_date']} to {starts['local_date']} {starts['local_time'][:5]}"]


async def session_is_cancelled(story: Story) -> list[str]:
    """AppointmentCancelled, CourseChanged: the patient cancels, in time."""
    await as_it_is(story)
    visit = story.visit_of(CANCELLED)
    path, why = f"/v1/appointments/{visit['appointment_id']}/cancel", {"reason": "PATIENT_WISH"}
    cancelled = await story.house.post(
        "scheduling", path, "cancels a session", why, story.treated.token, version=visit["version"]
    )
    return [f"session {CANCELLED} {cancelled['state']}, {'late' if cancelled['late'] else 'in time'}"]


async def rest_is_carried_out(story: Story) -> list[str]:
    """SessionCompleted for each session that is left, InvoiceIssued; MaintenanceDue after the last."""
    await as_it_is(story)
    left = [one["session_number"] for one in story.course["sessions"] if one["state"] == "CONFIRMED"]
    for number in left:
        story.number = number
        await as_it_is(story)
        await _carry_out(story)
    await as_it_is(story)
    return [f"sessions {', '.join(map(str, left))} carried out; the course is {story.course['state']}"]


async def _carry_out(story: Story) -> None:
    """A calm session from the door to the door."""
    await chair.time_moves_on(story)
    await chair.patient_arrives(story)
    await chair.observe(story, "baseline", chair.BASELINE)
    story.session = await chair.act(story, "start", {})
    story.due = story.session["due"]
    order = story.session["order"]
    ends_at = datetime.fromisoformat(story.session["started_at"]) + timedelta(minutes=order["minutes"])
    await chair.watch(story, "calm", ends_at)
    await story.clock.reach(ends_at)
    given = {"dose_mg": order["dose_mg"], "minutes": order["minutes"]}
    story.session = await chair.act(story, "infusion-end", given)
    story.due = story.session["due"]
    await chair.watch(story, "recovery", ends_at + chair.OBSERVED)
    await story.clock.reach(ends_at + chair.OBSERVED)
    await chair.observe(story, "at the door", chair.AT_THE_DOOR)
    story.session = await chair.act(story, "discharge", chair.DEPARTURE | {"escort_present": True})
    await chair.invoice_is_issued(story)
