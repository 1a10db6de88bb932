"""What cannot be is refused with a clear problem that names the field, and changes nothing."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from shared.ids import named_id
from tests.integration.scheduling.cabinet import PIN, SEEN, Cabinet
from tests.integration.scheduling.conftest import LEFT_BEHIND
from tests.integration.scheduling.scene import Scene
from tests.support.untouched import digests

pytestmark = pytest.mark.asyncio(loop_scope="package")
SKIPPED = {"first_day": "2027-03-14", "starts": "02:30", "ends": "09:00"}
RECEIPT = {
    "substance": "ketamine", "lot": "NONE", "form": "VIAL", "mg_per_ml": "50", "containers": 1,
    "expires_on": "2098-02-28", "supplier": "Cascade Medical Supply", "document": "INV-1", **SEEN,
}  # fmt: skip


@dataclass
class Morning:
    """A session that is ready for its dose, which is drawn, and an offer that nobody answered in time."""

    scene: Scene
    cabinet: Cabinet
    vial: str
    draw: str
    offer: str

    @property
    def session(self) -> str:
        return str(self.cabinet.session["session_id"])

    @property
    def clinic(self) -> str:
        return str(self.scene.house.clinic.clinic_id)

    def outage(self, **change: Any) -> dict[str, Any]:
        return {
            "clinic_id": self.clinic, "location": "main", "chair": "chair-1", "first_day": "2026-12-05",
            "reason": "BROKEN",
        } | change  # fmt: skip

    def visit(self, patient: str, day: int, at: str) -> dict[str, Any]:
        on = self.scene.next_monday() + timedelta(days=day)
        return {
            "patient_id": patient, "clinic_id": self.clinic, "location": "main", "kind": "consultation",
            "day": on.isoformat(), "time": at,
        }  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def morning(shared_scene: Scene) -> AsyncIterator[Morning]:
    scene = shared_scene
    found = Morning(scene, await Cabinet(scene).open("FK7777777"), "", "", "")
    one, other = [str(patient) for patient in await scene.patients(2)]
    gone, later = [
        (await scene.call("/v1/appointments", found.visit(who, day, "10:00"))).json()
        for who, day in ((one, 4), (other, 7))
    ]
    await scene.call("/v1/waitlist", {"appointment_id": later["appointment_id"]})
    freed = f"/v1/appointments/{gone['appointment_id']}/cancel"
    assert (await scene.call(freed, {"reason": "PATIENT_WISH"}, version=1)).status_code == 200
    await scene.house.settle()
    ((found.offer,),) = await scene.house.rows("scheduling", "SELECT id::text FROM slot_offer")
    await scene.wait(24 * 60)
    await found.cabinet.patient_waits()
    found.vial = await found.cabinet.vial("MORNING")
    found.draw = await found.cabinet.drawn(found.vial, "40")
    yield found
    await scene.house.settle()
    await scene.run(LEFT_BEHIND)


Case = tuple[str, Any, int, str | None, str]
CASES: dict[str, Callable[[Morning], Case]] = {
    "a course in a closed hour": lambda m: (
        "/v1/courses", m.scene.wish(m.cabinet.session["patient_id"], time="20:00"), 422, "/time", "OUTSIDE_HOURS",
    ),
    "a visit on a closed day": lambda m: (
        "/v1/appointments", m.visit(m.cabinet.session["patient_id"], 6, "10:00"), 409, "/time", "CLOSED_WEEKDAY",
    ),
    "an hour that daylight saving removed": lambda m: (
        "/v1/chair-outages", m.outage(**SKIPPED), 422, "/starts", "CLOCK_SKIPS_TIME",
    ),
    "an end before the start": lambda m: (
        "/v1/chair-outages", m.outage(last_day="2026-12-01"), 422, "/last_day", "BEFORE_THE_START",
    ),
    "another clinic's chair is broken": lambda m: (
        "/v1/chair-outages", m.outage(chair="room-1"), 422, "/chair", "UNKNOWN_CHAIR",
    ),
    "a seat in another clinic's chair": lambda m: (
        f"/v1/sessions/{m.session}/chair", {"chair": "room-1"}, 422, "/chair", "UNKNOWN_CHAIR",
    ),
    "a vital of 999": lambda m: (
        f"/v1/sessions/{m.session}/observations", {"systolic": 999, "diastolic": 80}, 422, "/systolic",
        "LESS_THAN_EQUAL",
    ),
    "a negative volume in the pump": lambda m: (
        f"/v1/sessions/{m.session}/rate", {"reason": "DISSOCIATION", "rate_ml_per_hour": "-1"}, 422,
        "/rate_ml_per_hour", "GREATER_THAN",
    ),
    "a vial of negative volume": lambda m: (
        "/v1/drug-deliveries", RECEIPT | {"registration_id": m.cabinet.registration, "container_ml": "-10"}, 422,
        "/container_ml", "GREATER_THAN",
    ),
    "a negative draw": lambda m: (
        f"/v1/vials/{m.vial}/draw", {"session_id": m.session, "mg": "-5"}, 422, "/mg", "GREATER_THAN",
    ),
    "a witness who is the actor": lambda m: (
        f"/v1/draws/{m.draw}/waste",
        {"mg": "5", "method": "DRUG_BUSTER", "witness": {"subject": "staff-1", "pin": PIN}}, 409, "/witness",
        "WITNESS_IS_ACTOR",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
async def test_what_cannot_be_names_its_field_and_changes_nothing(morning: Morning, name: str) -> None:
    path, body, status, pointer, code = CASES[name](morning)
    await morning.scene.house.settle()
    before = await digests(morning.scene.house)
    answer = await morning.scene.call(path, body, version=1)
    problem = answer.json()
    assert (answer.status_code, problem["status"]) == (status, status), answer.text
    assert (pointer, code) in [(error["pointer"], error["code"]) for error in problem["errors"]]
    assert problem["title"]
    assert problem["detail"]
    assert await digests(morning.scene.house) == before


async def test_a_claim_after_its_time_and_an_act_of_another_clinics_nurse_change_nothing(morning: Morning) -> None:
    scene = morning.scene
    await scene.house.settle()
    before = await digests(scene.house)
    late = await scene.call(f"/v1/offers/{morning.offer}/accept", {}, version=2)
    assert (late.status_code, late.json()["code"], late.json()["params"]) == (409, "OFFER_OVER", {"state": "EXPIRED"})
    stranger = scene.house.tokens.staff("nurse", clinic=named_id("clinic", "wellmeadow/cedar"))
    elsewhere = await scene.call(f"/v1/sessions/{morning.session}/start", version=1, token=stranger)
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "FORBIDDEN")
    assert await digests(scene.house) == before
