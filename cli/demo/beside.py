"""The story beside: one patient whose pressure is too high, one who is in danger."""

from cli.demo.booking import book
from cli.demo.intake import comes_in, is_screened, outcome
from cli.demo.story import Story, require


async def pressure_is_too_high(story: Story) -> list[str]:
    """PatientScreened: the mean of two readings is 150/95, so treatment waits (SCR-040)."""
    await comes_in(story, story.deferred)
    decided, rules = outcome((await is_screened(story, story.deferred))["screening"])
    require(decided == "DEFERRED" and "SCR-040" in rules, f"screening gave {decided} by {', '.join(rules)}")
    readings = ", ".join(f"{systolic}/{diastolic}" for systolic, diastolic in story.deferred.person.pressures)
    return [f"pressure {readings}: IV_MOOD {decided} by SCR-040"]


async def somebody_is_in_danger(story: Story) -> list[str]:
    """SafetyConcernRaised: help is in the answer itself, nothing can be booked, and somebody takes it up.

    SafetyConcernAcknowledged: until then the on-call ladder of the clinic file would be climbed.
    """
    patient = story.endangered
    await comes_in(story, patient)
    phq9 = await is_screened(story, patient)
    decided, _ = outcome(phq9["screening"])
    require(decided == "EMERGENCY", f"screening gave {decided}")
    help_shown = " ".join(line["how"] for line in phq9["crisis"]["lines"])
    require("988" in help_shown and "911" in help_shown, "the answer does not show where to get help")
    return [
        f"PHQ-9 item 9 is 3: {decided}; the answer says: {phq9['crisis']['lines'][1]['how']}",
        await _not_bookable(story),
        await _taken_up(story),
    ]


async def _taken_up(story: Story) -> str:
    house, patient, clinician = story.house, story.endangered, story.staff["clinician"]
    plan = {"plan": "I call within ten minutes and stay on the line until somebody is with the patient."}
    concerns = (await house.get("intake", f"/v1/patients/{patient.id}/safety-concerns", clinician))["items"]
    for number, concern in enumerate(concerns, start=1):
        path = f"/v1/safety-concerns/{concern['id']}/acknowledge"
        await house.post("intake", path, f"{patient.act} acknowledged {number}", plan, clinician)
    paged = ", ".join(f"{page['role']} {page['outcome']}" for concern in concerns for page in concern["pages"])
    return f"paged at once: {paged}; a clinician acknowledged it and will settle it"


async def _not_bookable(story: Story) -> str:
    patient = story.endangered
    refused = await book(story, patient.id, f"{patient.came_at:%Y-%m-%d}", story.treatment.times[0])
    require(refused.code == "BOOKING_BLOCKED", f"booking was answered {refused.status} {refused.code}")
    blockers = refused["params"]["blockers"]
    require("SAFETY_CONCERN_OPEN" in blockers, f"booking was refused by {', '.join(blockers)} only")
    return f"booking refused: {', '.join(blockers)}"
