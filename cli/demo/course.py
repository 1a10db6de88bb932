"""The rest of a course: one session is moved, one is cancelled and made up for, the others are carried out."""

from datetime import date, timedelta
from typing import Any

from cli.demo import chair, ending
from cli.demo.http import Answer
from cli.demo.story import Step, Story, money, require

CANCELLED, MOVED, ADDED = 2, 6, 7
_LATEST = 7  # days after the last session within which another one is looked for


async def as_it_is(story: Story) -> None:
    """Read the course again."""
    path = f"/v1/courses/{story.course['course_id']}"
    story.course = await story.house.get("scheduling", path, story.staff["frontdesk"])


async def session_is_moved(story: Story) -> list[str]:
    """AppointmentMoved, CourseChanged: the patient takes the first other day that breaks no rule."""
    was = story.visit_of(MOVED)["starts"]
    await as_it_is(story)
    if story.visit_of(MOVED)["starts"] == was:
        await _move(story, was)
        await as_it_is(story)
    now = story.visit_of(MOVED)["starts"]
    return [f"session {MOVED} from {_when(was)} to {_when(now)}"]


async def _move(story: Story, was: dict[str, Any]) -> None:
    visit, token = story.visit_of(MOVED), story.treated.token
    path = f"/v1/appointments/{visit['appointment_id']}/move"
    wish = {"first_day": was["local_date"], "days": 14}
    found = await story.house.post("scheduling", f"{path}/proposals", "asks for other times", wish, token)
    free = [slot["starts"] for slot in found["alternatives"] if slot["starts"]["local_date"] != was["local_date"]]
    require(free, f"session {MOVED} has nowhere to go")
    to = {"day": free[0]["local_date"], "time": free[0]["local_time"]}
    await story.house.post("scheduling", path, "moves a session", to, token, version=visit["version"])


async def session_is_cancelled(story: Story) -> list[str]:
    """AppointmentCancelled, CourseChanged, EstimateIssued: the patient cancels, in time."""
    visit = story.visit_of(CANCELLED)
    path, why = f"/v1/appointments/{visit['appointment_id']}/cancel", {"reason": "PATIENT_WISH"}
    cancelled = await story.house.post(
        "scheduling", path, "cancels a session", why, story.treated.token, version=visit["version"]
    )
    late = "late" if cancelled["late"] else "in time, without a fee"
    return [f"session {CANCELLED} of {_when(visit['starts'])}: {cancelled['state']}, {late}"]


async def session_is_added(story: Story) -> list[str]:
    """AppointmentBooked, CourseChanged, EstimateIssued: another session after the last, on the first day that the
    clinic file's gaps, window and hours allow."""
    await as_it_is(story)
    if not any(one["session_number"] == ADDED for one in story.course["sessions"]):
        story.course = await _add(story)
    left = sum(one["state"] == "CONFIRMED" for one in story.course["sessions"])
    starts = story.visit_of(ADDED)["starts"]
    return [f"session {ADDED} on {_when(starts)}; {left} sessions are left, the course is {story.course['state']}"]


async def _add(story: Story) -> Answer:
    """Ask for one day after the other."""
    last, path = story.visit_of(MOVED)["starts"], f"/v1/courses/{story.course['course_id']}/sessions"
    for days in range(1, _LATEST + 1):
        day = date.fromisoformat(last["local_date"]) + timedelta(days=days)
        at = {"day": day.isoformat(), "time": last["local_time"]}
        added = await story.house.attempt(
            "scheduling", path, f"adds a session on {day}", at, story.staff["frontdesk"], version=story.course.version
        )
        if added.code != "MOVE_REFUSED":
            break
    require(not added.code, f"adding a session was refused: {added.code} {added.body.get('params')}")
    return added


def _when(starts: dict[str, Any]) -> str:
    return f"{starts['local_date']} {starts['local_time'][:5]}"


def carried_out(number: int) -> Step:
    """The step of one calm session, from the door to the door."""

    async def step(story: Story) -> list[str]:
        """SessionCheckedIn, SessionStarted, SessionCompleted, InvoiceIssued."""
        story.number = number
        await as_it_is(story)
        await chair.time_moves_on(story)
        await chair.patient_arrives(story)
        await _dose(story)
        given, invoice = story.session["delivered"], await chair.invoice_of(story)
        return [
            f"session {number} of {_when(story.visit['starts'])}: {given['dose_mg']} mg in {given['minutes']} min, "
            f"invoiced {money(invoice['total'])}"
        ]

    return step


async def _dose(story: Story) -> None:
    """From the baseline to the discharge, with every measurement when it is due."""
    await chair.observe(story, "baseline", chair.BASELINE)
    story.session = await chair.act(story, "start", {})
    story.due = story.session["due"]
    await chair.rests_until_departure(story)
    story.session = await chair.act(story, "discharge", chair.DEPARTURE | {"escort_present": True})


async def benefit_is_evaluated(story: Story) -> list[str]:
    """After the third dose the next one is held, since no PHQ-9 shows a benefit; the clinician chooses to go on."""
    await as_it_is(story)
    waiting = next(one for one in story.course["sessions"] if one["state"] == "CONFIRMED")
    path = f"/v1/appointments/{waiting['appointment_id']}/readiness"

    async def held() -> bool:
        shown = await story.house.get("scheduling", path, story.staff["nurse"])
        return "EVALUATION_GATE" in [blocker["code"] for blocker in shown["blockers"]]

    was_held = await held()
    review = f"/v1/courses/{story.course['course_id']}/review"
    await story.house.post(
        "scheduling", review, "decides after the third", {}, story.staff["clinician"], version=story.course.version
    )
    require(not await held(), "the course is still held after a clinician decided")
    return [f"session {waiting['session_number']}: {'held until' if was_held else 'open since'} a clinician decided"]


async def course_is_complete(story: Story) -> list[str]:
    """MaintenanceDue: the last session was the last one that stood."""
    await as_it_is(story)
    require(story.course["state"] == "COMPLETE", f"the course is {story.course['state']}")
    done = sum(one["state"] == "COMPLETED" for one in story.course["sessions"])

    async def due() -> str | None:
        entries = await ending.timeline_of(story)
        return next((entry["facts"]["due_on"] for entry in entries if entry["code"] == "MAINTENANCE_DUE"), None)

    due_on = await story.house.until("the date of the next treatment", due)
    return [f"{done} sessions carried out; the course is COMPLETE; the next treatment is due on {due_on}"]
