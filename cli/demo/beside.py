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
    """SafetyConcernRaised: help is in the answer itself, and nothing can be booked."""
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
    ]


async def _not_bookable(story: Story) -> str:
    patient = story.endangered
    refused = await book(story, patient.id, f"{patient.came_at:%Y-%m-%d}", story.treatment.times[0])
    require(refused.code == "BOOKING_BLOCKED", f"booking was answered {refused.status} {refused.code}")
    blockers = refused["params"]["blockers"]
    require("SAFETY_CONCERN_OPEN" in blockers, f"booking was refused by {', '.join(blockers)} only")
    return f"booking refused: {', '.join(blockers)}"
