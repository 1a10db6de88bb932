"""A consultation before the course: the first free time of the clinic file's kind, booked and held."""

from datetime import datetime, timedelta

from cli.demo.story import Story, require

KIND = "consultation"


async def consultation_takes_place(story: Story) -> list[str]:
    """AppointmentBooked, VisitCompleted. The patient books where the clinic allows it, else the front desk does."""
    house, file, patient, frontdesk = story.house, story.clinic, story.treated, story.staff["frontdesk"]
    kind = next(one for one in file.kinds if one.id == KIND)
    clinic_id, location = str(file.clinic_id), file.locations[0].id
    first_day = f"{patient.came_at + timedelta(days=1):%Y-%m-%d}"
    asked = f"clinic_id={clinic_id}&location={location}&kind={KIND}&from={first_day}&days=14"
    slots = (await house.get("scheduling", f"/v1/slots?{asked}", frontdesk))["slots"]
    require(slots, "no time is free for a consultation")
    starts = slots[0]["starts"]
    body = {
        "patient_id": patient.id, "clinic_id": clinic_id, "location": location, "kind": KIND,
        "day": starts["local_date"], "time": starts["local_time"],
    }  # fmt: skip
    who = patient.token if kind.patient_may_book else frontdesk
    visit = await house.post("scheduling", "/v1/appointments", f"{patient.act} {KIND}", body, who)
    await story.clock.reach(datetime.fromisoformat(starts["utc"]))
    path = f"/v1/appointments/{visit['appointment_id']}/complete"
    await house.post("scheduling", path, f"{patient.act} {KIND} held", {}, frontdesk, version=visit["version"])
    return [f"{kind.name} of {kind.minutes} minutes on {starts['local_date']} {starts['local_time'][:5]}"]
