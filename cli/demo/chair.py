"""The story of the first session: arrival, dose, discharge, invoice."""

from datetime import datetime, timedelta
from typing import Any

from cli.demo.http import Answer, StepFailed
from cli.demo.story import Story, money, require

CALM = {"systolic": 124, "diastolic": 79, "heart_rate": 72, "spo2": 98, "respiratory_rate": 14}
BASELINE = CALM | {"temperature_c": "36.7", "cadss": 0, "moaas": 5}
DURING = (
    CALM | {"systolic": 138, "diastolic": 86},
    CALM | {"systolic": 168, "diastolic": 102, "heart_rate": 96},
    CALM | {"systolic": 149, "diastolic": 91, "heart_rate": 88},
    CALM | {"systolic": 142, "diastolic": 88, "cadss": 24, "moaas": 4},
)
RECOVERY = CALM | {"systolic": 130, "diastolic": 82}
AT_THE_END = RECOVERY | {"cadss": 14, "moaas": 4}
AT_THE_DOOR = CALM | {"cadss": 1, "moaas": 5}
DEPARTURE = {
    "aldrete": {"activity": 2, "respiration": 2, "consciousness": 2}, "gait_steady": True, "nausea_controlled": True,
    "iv_out": True, "instructions_given": True, "new_suicide_concern": False,
}  # fmt: skip
OBSERVED, SHORTLY = timedelta(minutes=60), timedelta(minutes=5)


async def time_moves_on(story: Story) -> list[str]:
    """The clock goes to the session, from due thing to due thing."""
    starts = story.visit["starts"]
    await story.clock.reach(datetime.fromisoformat(starts["utc"]))
    return [f"it is {starts['local_date']} {starts['local_time'][:5]} in {starts['zone']}"]


async def patient_arrives(story: Story) -> list[str]:
    """SessionCheckedIn: three identifiers, an escort by name, what the nurse asks, and what is missing for a dose."""
    visit, person, frontdesk = story.visit, story.treated.person, story.staff["frontdesk"]
    path = f"/v1/appointments/{visit['appointment_id']}"
    named = await story.house.post(
        "scheduling", f"{path}/escort", f"{story.seat}escort", person.escort | {"at_least_18": True}, frontdesk,
        version=visit["version"],
    )  # fmt: skip
    identifiers = {
        "name": person.legal_name, "birth_date": person.birth_date.isoformat(),
        "record_number": story.treated.record_number,
    }  # fmt: skip
    story.session = await story.house.post(
        "scheduling", f"{path}/check-in", f"{story.seat}check in", identifiers, frontdesk, version=named.version
    )
    await nurse_asks(story)
    readiness = await story.house.get("scheduling", f"{path}/readiness", story.staff["nurse"])
    missing = [blocker["code"] for blocker in readiness["blockers"] if blocker["holds_dose"]]
    known = "identified by name, birth date and record number"
    return [f"{known}; still missing for a dose: {', '.join(missing) or 'nothing'}"]


async def nurse_asks(story: Story) -> None:
    """The check before a dose: fasting, medication, weight, instruments, the day's suicide screen, the place."""
    starts = story.visit["starts"]
    here_at = datetime.fromisoformat(starts["utc"])

    def before(**passed: float) -> str:
        return (here_at - timedelta(**passed)).isoformat()

    answers = {
        "solids": {"at": before(hours=10), "meal": "HEAVY"}, "clear_liquids_at": before(hours=2), "intoxicated": False,
        "medications_reviewed": True, "allergies_reviewed": True, "pregnancy": {"possible": False},
        "weighed_on": starts["local_date"], "assessed_at": before(minutes=20),
        "suicide_screen": {"at": here_at.isoformat(), "concern": False}, "monitoring_ready": True,
        "pulse_oximeter": True, "prescriber_on_site": True,
    }  # fmt: skip
    path = f"/v1/sessions/{story.session['session_id']}/day-check"
    await story.house.post("scheduling", path, f"{story.seat}day check", answers, story.staff["nurse"])


async def dose_runs(story: Story) -> list[str]:
    """SessionStarted; vitals when they are due; VitalAlertRaised by a pressure out of range."""
    dose_at = datetime.fromisoformat(story.visit["starts"]["utc"]) + timedelta(minutes=30)
    await story.clock.reach(dose_at - timedelta(minutes=10))
    await observe(story, "baseline", BASELINE)
    await story.clock.reach(dose_at)
    story.session = await act(story, "start", {})
    story.due = story.session["due"]
    alerts = []
    for number, vitals in enumerate(DURING, start=1):
        alerts += (await observe_when_due(story, f"vitals {number}", vitals))["alerts"]
    require(any(alert["level"] == "WARN" for alert in alerts), "no alert was raised")
    order = story.session["order"]
    given = f"{order['dose_mg']} mg over {order['minutes']} min"
    return [given, *(f"{alert['rule_id']} {alert['level']}: {alert['finding']}" for alert in alerts)]


async def act(story: Story, step: str, body: dict[str, Any], name: str = "") -> Answer:
    """A step of the session by the nurse, at the version last seen; `name` tells steps of one kind apart."""
    path = f"/v1/sessions/{story.session['session_id']}/{step}"
    return await story.house.post(
        "scheduling", path, f"{story.seat}{name or step}", body, story.staff["nurse"], version=story.session["version"]
    )


async def observe(story: Story, name: str, vitals: dict[str, Any]) -> Answer:
    """One look at the patient, now."""
    path = f"/v1/sessions/{story.session['session_id']}/observations"
    return await story.house.post("scheduling", path, f"{story.seat}{name}", vitals, story.staff["nurse"])


async def observe_when_due(story: Story, name: str, vitals: dict[str, Any]) -> Answer:
    """Wait until the next measurement is due, then take it."""
    await story.clock.reach(datetime.fromisoformat(story.due[0]["due_at"]))
    seen = await observe(story, name, vitals)
    story.due = seen["due"]
    return seen


async def watch(story: Story, name: str, until: datetime) -> None:
    """Take every measurement that is due before a moment; what is due shortly before it is taken then."""
    for number in range(1, 20):
        if datetime.fromisoformat(story.due[0]["due_at"]) >= until - SHORTLY:
            return
        await observe_when_due(story, f"{name} {number}", RECOVERY)


async def rests_until_departure(story: Story) -> None:
    """The infusion ends when it should, and the patient is watched until the earliest time to leave."""
    order = story.session["order"]
    ends_at = datetime.fromisoformat(story.session["started_at"]) + timedelta(minutes=order["minutes"])
    await watch(story, "later", ends_at)
    await story.clock.reach(ends_at)
    await observe(story, "at the end", AT_THE_END)
    story.session = await act(story, "infusion-end", {"dose_mg": order["dose_mg"], "minutes": order["minutes"]})
    story.due = story.session["due"]
    leaves_at = datetime.fromisoformat(story.session["infusion_ended_at"]) + OBSERVED
    await watch(story, "recovery", leaves_at)
    await story.clock.reach(leaves_at)
    await observe(story, "at the door", AT_THE_DOOR)


async def patient_goes_home(story: Story) -> list[str]:
    """SessionCompleted: refused while nobody is there to take the patient home, granted when the escort has come."""
    await rests_until_departure(story)
    refused = await _refused(story)
    story.session = await act(story, "discharge", DEPARTURE | {"escort_present": True})
    given = story.session["delivered"]
    return [
        f"discharge refused: {refused}",
        f"escort is here: discharged after {given['dose_mg']} mg in {given['minutes']} min",
    ]


async def _refused(story: Story) -> str:
    """Ask for a discharge without the escort; a story told again finds the session over, which refuses as well."""
    path = f"/v1/sessions/{story.session['session_id']}/discharge"
    body = DEPARTURE | {"escort_present": False}
    answer = await story.house.attempt(
        "scheduling",
        path,
        f"{story.seat}discharge without escort",
        body,
        story.staff["nurse"],
        version=story.session["version"],
    )
    if answer.code == "DISCHARGE_REFUSED":
        return ", ".join(answer["params"]["unmet"])
    if answer.code == "STALE_VERSION":
        return "already discharged"
    raise StepFailed(f"a discharge without escort was answered {answer.status} {answer.code}")


async def invoice_is_issued(story: Story) -> list[str]:
    """InvoiceIssued, as the biller reads it: within the estimate."""
    invoice = await invoice_of(story)
    return [f"session {invoice['session_number']}: {money(invoice['total'])}, within the estimate"]


async def invoice_of(story: Story) -> dict[str, Any]:
    """The invoice of the session, once it is there. Raises StepFailed when it is not within the estimate."""
    path = f"/v1/patients/{story.treated.id}/invoices"

    async def issued() -> dict[str, Any] | None:
        invoices = (await story.house.get("billing", path, story.staff["biller"]))["items"]
        return next((one for one in invoices if one["session_number"] == story.number), None)

    invoice = await story.house.until("invoice", issued)
    above = invoice["above_estimate"]
    require(above is not None and above["amount_cents"] == 0, "the invoice is not within the estimate")
    return invoice
