"""Records that intake merged: scheduling decides on both histories, in whatever order it hears of them."""

import random
from collections.abc import Sequence
from uuid import UUID

import pytest

from shared.events import Event
from shared.events.intake import SafetyConcernRaised, SafetyConcernResolved
from shared.events.parts import ConcernDetail
from shared.ids import new_id
from shared.sealing import Sealed
from tests.integration.scheduling.scene import Scene
from tests.support.merging import merged, unlinked

pytestmark = pytest.mark.asyncio(loop_scope="package")
DETAIL = Sealed.of(ConcernDetail(risk="HIGH", source="STAFF"))


def danger(scene: Scene, patient: UUID, concern: UUID) -> SafetyConcernRaised:
    return SafetyConcernRaised(
        concern_id=concern, patient_id=patient, version=1, raised_at=scene.now, acknowledge_by=scene.now, detail=DETAIL
    )


async def tell(scene: Scene, facts: Sequence[tuple[UUID, Event]]) -> None:
    for key, fact in facts:
        await scene.house.publish("intake", fact, key=key, clinic_id=scene.house.clinic.clinic_id)
    await scene.house.settle()


async def blockers(scene: Scene, patient: UUID) -> list[str]:
    proposal = (await scene.call("/v1/courses/proposals", scene.wish(patient))).json()
    return [blocker["code"] for blocker in proposal["blockers"]]


async def test_in_any_order_both_histories_decide_and_no_older_screening_stands(scene: Scene) -> None:
    """The survivor may be booked alone; the absorbed record is in danger. Screened as one, nobody has reviewed it."""
    chance, endings = random.Random(20261126), []
    for _ in range(5):
        survivor, absorbed, concern, first, second = (new_id() for _ in range(5))
        facts: list[tuple[UUID, Event]] = [
            (survivor, scene.registered(survivor)), (survivor, scene.screened(survivor, first)),
            (survivor, scene.reviewed(survivor, first, 2)), (survivor, scene.consented(survivor)),
            (absorbed, scene.ordered(absorbed, new_id())), (absorbed, scene.registered(absorbed)),
            (absorbed, danger(scene, absorbed, concern)),
            *((event.patient_id, event) for event in merged(survivor, absorbed, screened_from=3)),
            (survivor, scene.screened(survivor, second, version=3)),
        ]  # fmt: skip
        chance.shuffle(facts)
        await tell(scene, facts)
        endings.append((await blockers(scene, survivor), await blockers(scene, absorbed)))
    assert endings == [endings[0]] * 5
    assert endings[0][0] == endings[0][1]
    assert "SAFETY_CONCERN_OPEN" in endings[0][0]
    assert not {"ORDER_MISSING", "SCREENING_MISSING"} & {*endings[0][0]}


async def test_a_screening_on_half_the_history_stands_for_neither(scene: Scene) -> None:
    survivor, absorbed = await scene.patients(2)
    assert await blockers(scene, survivor) == []
    await tell(scene, [(survivor, merged(survivor, absorbed, screened_from=3)[0])])
    assert await blockers(scene, survivor) == ["SCREENING_MISSING"]
    again = new_id()
    await tell(scene, [(survivor, scene.screened(survivor, again, 3)), (survivor, scene.reviewed(survivor, again, 4))])
    assert await blockers(scene, survivor) == []


async def test_what_was_booked_under_either_id_is_seen_and_kept_apart_in_time(scene: Scene) -> None:
    survivor, absorbed = await scene.patients(2)
    course = await scene.book(absorbed)
    await tell(scene, [(event.patient_id, event) for event in merged(survivor, absorbed)])
    shown = (await scene.see(f"/v1/patients/{survivor}/courses")).json()["items"]
    assert [one["course_id"] for one in shown] == [course["course_id"]]
    clash = (await scene.call("/v1/courses/proposals", scene.wish(survivor, time="14:00"))).json()
    assert (
        clash["sessions"] == []
        or clash["sessions"][0]["starts"]["local_date"] != (course["sessions"][0]["starts"]["local_date"])
    )
    refused = await scene.call("/v1/courses", scene.wish(absorbed))
    assert (refused.status_code, refused.json()["code"]) == (409, "PATIENT_MERGED")
    seen = f"/v1/appointments/{course['sessions'][0]['appointment_id']}"
    token = scene.house.tokens.patient(survivor)
    assert (await scene.see(seen, token=token)).status_code == 200
    await tell(scene, [(event.patient_id, event) for event in reversed(unlinked(survivor, absorbed))])
    assert (await scene.see(seen, token=token)).status_code == 404
    assert (await scene.see(f"/v1/patients/{survivor}/courses")).json()["items"] == []


async def test_a_running_session_of_a_merged_record_goes_on_and_a_hold_of_either_stops_the_dose(scene: Scene) -> None:
    survivor, absorbed = await scene.patients(2)
    appointment = (await scene.book(absorbed))["sessions"][0]
    concern = new_id()
    facts = [(event.patient_id, event) for event in merged(survivor, absorbed)]
    await tell(scene, [*facts, (survivor, danger(scene, survivor, concern))])
    await scene.arrive(appointment)
    ready = f"/v1/appointments/{appointment['appointment_id']}/readiness"
    held = (await scene.see(ready)).json()
    assert "SAFETY_CONCERN_OPEN" in [blocker["code"] for blocker in held["blockers"]]
    settled = SafetyConcernResolved(
        concern_id=concern, patient_id=survivor, version=2, resolved_at=scene.now, detail=DETAIL
    )
    await tell(scene, [(survivor, settled)])
    free = (await scene.see(ready)).json()
    assert "SAFETY_CONCERN_OPEN" not in [blocker["code"] for blocker in free["blockers"]]
