"""A first session with nasal spray: enrolment, authorisation, device by device, two hours of observation."""

from datetime import datetime, timedelta
from typing import Any

from cli.demo.chair import CALM, RECOVERY, act, observe, watch
from cli.demo.http import Answer
from cli.demo.story import Story, require

BASELINE = CALM | {"moaas": 5, "cadss": 0}
AT_THE_DOOR = CALM | {"moaas": 5, "cadss": 1}
DEPARTURE = {
    "escort_present": True, "instructions_given": True, "new_suicide_concern": False, "pressure_acceptable": True,
}  # fmt: skip
OBSERVED = timedelta(minutes=120)
PRESSURE_AT = timedelta(minutes=40)
UNITS = 672


async def patient_is_enrolled(story: Story) -> list[str]:
    """EnrolmentChanged: the safety programme knows the patient."""
    path = f"/v1/patients/{story.treated.id}/enrolments"
    body = {"clinic_id": str(story.clinic.clinic_id), "programme": "REMS", "state": "ENROLLED"}
    enrolment = await story.house.post("scheduling", path, "enrols", body, story.staff["clinician"])
    return [f"{enrolment['programme']} {enrolment['state']}"]


async def payer_authorises(story: Story) -> list[str]:
    """AuthorisationUpdated: units are mg of the drug."""
    came_on = story.treated.came_at
    body = {
        "clinic_id": str(story.clinic.clinic_id), "payer": "Meadow Mutual", "protocol": story.treatment.protocol,
        "units": UNITS, "valid_from": f"{came_on - timedelta(days=1):%Y-%m-%d}",
        "valid_to": f"{came_on + timedelta(days=180):%Y-%m-%d}",
    }  # fmt: skip
    path = f"/v1/patients/{story.treated.id}/authorisations"
    given = await story.house.post("billing", path, "authorises", body, story.staff["biller"])
    return [f"{given['units_left']} of {given['units_granted']} units left"]


async def devices_are_used(story: Story) -> list[str]:
    """SessionStarted with the first device; the next is refused before five minutes have passed."""
    await observe(story, "baseline", BASELINE)
    story.session = await use(story, 1)
    require(story.session["state"] == "IN_PROGRESS", f"after the first device the session is {story.session['state']}")
    refused = await _attempt(story, "too soon", 2)
    require(refused.code == "DEVICE_TOO_SOON", f"a second device was answered {refused.status} {refused.code}")
    await story.clock.reach(datetime.fromisoformat(refused["params"]["next_at"]))
    story.session = await use(story, 2)
    story.due = story.session["due"]
    return [f"device {one['number']} of lot {one['lot']}" for one in story.session["devices"]]


async def use(story: Story, number: int) -> Answer:
    """The patient uses a device."""
    return await act(story, "devices", {"lot": f"LOT-24A{number}"}, name=f"device {number}")


async def _attempt(story: Story, name: str, number: int) -> Answer:
    path = f"/v1/sessions/{story.session['session_id']}/devices"
    body = {"lot": f"LOT-24A{number}"}
    return await story.house.attempt(
        "scheduling", path, f"{name} device {number}", body, story.staff["nurse"], version=story.session["version"]
    )


async def patient_is_observed(story: Story) -> list[str]:
    """A pressure 40 minutes after the dose, discharge only after 120: SessionCompleted, and the form's clock runs."""
    leaves_at = datetime.fromisoformat(story.session["started_at"]) + OBSERVED
    peak = next(due for due in story.due if due["what"] == "PRESSURE")
    await watch(story, "observed", leaves_at)
    await story.clock.reach(leaves_at - timedelta(minutes=5))
    await observe(story, "before leaving", RECOVERY)
    early = await _discharge(story, "discharge early")
    require("OBSERVATION_TOO_SHORT" in early["params"]["unmet"], f"an early discharge was answered {early.code}")
    await story.clock.reach(leaves_at)
    await observe(story, "at the door", AT_THE_DOOR)
    story.session = await act(story, "discharge", DEPARTURE)
    given: dict[str, Any] = story.session["delivered"]
    return [f"pressure due at {peak['due_at']}", f"{given['dose_mg']} mg in {given['devices']} devices"]


async def _discharge(story: Story, name: str) -> Answer:
    path = f"/v1/sessions/{story.session['session_id']}/discharge"
    return await story.house.attempt(
        "scheduling", path, name, DEPARTURE, story.staff["nurse"], version=story.session["version"]
    )


async def units_are_counted(story: Story) -> list[str]:
    """AuthorisationUpdated: what was given is taken from what was granted."""
    path = f"/v1/patients/{story.treated.id}/authorisations"
    given = story.session["delivered"]["dose_mg"]

    async def counted() -> dict[str, Any] | None:
        listed = (await story.house.get("billing", path, story.staff["biller"]))["items"]
        return next((one for one in listed if one["units_used"] == given), None)

    authorisation = await story.house.until("units", counted)
    return [f"{authorisation['units_used']} units used, {authorisation['units_left']} left"]
