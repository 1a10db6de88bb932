"""A slot that became free goes to those for whom it is right, and of all who claim it the first one has it."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.events.scheduling import AppointmentMoved, SlotClaimed, SlotOfferClosed, SlotOffered
from tests.integration.scheduling.scene import Scene, codes

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def consultation(scene: Scene, patient: UUID, at: str, day: int = 7) -> dict[str, Any]:
    """A visit some days after next Monday."""
    body = {
        "patient_id": str(patient), "clinic_id": str(scene.house.clinic.clinic_id), "location": "main",
        "kind": "consultation", "day": (scene.next_monday() + timedelta(days=day)).isoformat(), "time": at,
    }  # fmt: skip
    booked = await scene.call("/v1/appointments", body)
    assert booked.status_code == 201, booked.text
    return dict(booked.json())


async def waits(scene: Scene, appointment: dict[str, Any], **wishes: Any) -> httpx.Response:
    return await scene.call("/v1/waitlist", {"appointment_id": appointment["appointment_id"]} | wishes)


async def freed(scene: Scene, appointment: dict[str, Any]) -> None:
    path = f"/v1/appointments/{appointment['appointment_id']}/cancel"
    assert (await scene.call(path, {"reason": "PATIENT_WISH"}, version=1)).status_code == 200
    await scene.wait(1)


async def offers(scene: Scene) -> list[SlotOffered]:
    return list(await scene.house.events("scheduling", SlotOffered))


async def claims(scene: Scene, offer: SlotOffered, **said: bool) -> httpx.Response:
    """Claim; whoever waits too long for the location sends the same request again."""
    return await scene.heard(f"/v1/offers/{offer.offer_id}/accept", said, version=1)


async def test_of_all_who_claim_a_freed_slot_one_has_it_and_the_others_are_told_once(scene: Scene) -> None:
    patients = [await scene.patient(cleared=False, settle=False) for _ in range(9)]
    await scene.house.settle()
    gone = [await consultation(scene, patients[n], at, day=3) for n, at in enumerate(("09:00", "11:00"))]
    later = [await consultation(scene, p, f"{8 + n}:00".zfill(5)) for n, p in enumerate(patients[2:])]
    for one in later:
        assert (await waits(scene, one)).status_code == 201
    assert (await waits(scene, later[0])).json()["code"] == "WAITS_ALREADY"
    for one in gone:
        await freed(scene, one)
    made = await offers(scene)
    assert set(Counter(offer.starts_at for offer in made).values()) == {5}
    answers = await asyncio.gather(*(claims(scene, offer) for offer in made))
    assert Counter(answer.status_code for answer in answers)[200] == 2
    assert {answer.json()["code"] for answer in answers if answer.status_code != 200} == {"OFFER_OVER"}
    mine, endings = {offer.offer_id for offer in made}, await scene.house.events("scheduling", SlotOfferClosed)
    closed = Counter(event.offer_id for event in endings if event.offer_id in mine)
    assert (len(closed), set(closed.values())) == (8, {1})
    assert len(await scene.house.events("scheduling", SlotClaimed, AppointmentMoved)) == 4
    starts = "SELECT count(*), count(DISTINCT starts_at) FROM appointment WHERE state = 'CONFIRMED'"
    [[booked, at_different_times]] = await scene.house.rows("scheduling", starts)
    assert (booked, at_different_times) == (7, 7)
    left = (await scene.see("/v1/waitlist", clinic_id=scene.house.clinic.clinic_id)).json()["items"]
    assert len(left) == 5


async def test_a_slot_is_offered_only_where_it_is_clinically_right_and_wished_for(scene: Scene) -> None:
    """Mon and Thu at nine; free: Wednesday of the second week. The fourth session (Thu) may come a day earlier."""
    one, two, three = await scene.patients(3)
    start = scene.next_monday(1).isoformat()
    right, near, other = [
        await scene.book(p, pattern=["mon", "thu"], start_on=start, time=at)
        for p, at in ((one, "09:00"), (two, "12:00"), (three, "13:30"))
    ]
    day = 7 + 9
    free = await consultation(scene, await scene.patient(cleared=False), "09:00", day=day)
    wish = {"first_day": free["starts"]["local_date"], "last_day": free["starts"]["local_date"]}
    assert (await waits(scene, right["sessions"][3], **wish)).status_code == 201
    assert (await waits(scene, near["sessions"][4])).status_code == 201  # it would come before the fourth
    assert (await waits(scene, other["sessions"][3], from_time="10:00")).status_code == 201
    await freed(scene, free)
    (offer,) = await offers(scene)
    assert (str(offer.appointment_id), offer.waitlist) == (right["sessions"][3]["appointment_id"], True)
    unready = await claims(scene, offer, can_fast=True)
    assert (unready.status_code, unready.json()["code"], codes(unready)) == (409, "CLAIM_NOT_READY", ["NOT_SETTLED"])
    claimed = await claims(scene, offer, can_fast=True, has_driver=True)
    assert (claimed.status_code, claimed.json()["state"]) == (200, "ACCEPTED")
    now = (await scene.see(f"/v1/courses/{right['course_id']}")).json()
    assert (now["state"], now["sessions"][3]["starts"]) == ("ACTIVE", free["starts"])


async def test_whoever_books_a_freed_slot_otherwise_ends_its_offers_once(scene: Scene) -> None:
    patients = [await scene.patient(cleared=False, settle=False) for _ in range(4)]
    await scene.house.settle()
    gone = await consultation(scene, patients[0], "10:00", day=4)
    for patient, at in zip(patients[1:3], ("09:00", "11:00"), strict=True):
        await waits(scene, await consultation(scene, patient, at))
    await freed(scene, gone)
    made = await offers(scene)
    assert len(made) == 2
    await consultation(scene, patients[3], "13:00", day=4)
    assert await scene.house.events("scheduling", SlotOfferClosed) == []
    await consultation(scene, patients[3], "10:30", day=4)
    closed = await scene.house.events("scheduling", SlotOfferClosed)
    assert Counter((event.offer_id, event.state) for event in closed) == {(one.offer_id, "LOST"): 1 for one in made}
    late = await claims(scene, made[0])
    assert (late.status_code, late.json()["params"]) == (409, {"state": "LOST"})


async def test_who_does_not_answer_in_time_is_followed_by_the_next(scene: Scene) -> None:
    patients = [await scene.patient(cleared=False, settle=False) for _ in range(7)]
    await scene.house.settle()
    gone = await consultation(scene, patients[0], "10:00", day=4)
    later = [await consultation(scene, p, f"{8 + n}:00".zfill(5)) for n, p in enumerate(patients[1:])]
    for one in later:
        await waits(scene, one, priority=1 if one is later[-1] else 0)
    await freed(scene, gone)
    first = await offers(scene)
    assert len(first) == 5
    assert str(first[0].appointment_id) == later[-1]["appointment_id"]
    await scene.wait((first[0].expires_at - scene.now) / timedelta(minutes=1) + 1)
    late = await claims(scene, first[0])
    assert (late.status_code, late.json()["params"]) == (409, {"state": "EXPIRED"})
    (sixth,) = (await offers(scene))[5:]
    assert (await claims(scene, sixth)).status_code == 200


async def test_whoever_leaves_is_offered_nothing_more_and_a_patient_sets_no_priority(scene: Scene) -> None:
    one, two = [await scene.patient(cleared=False) for _ in range(2)]
    gone, later = await consultation(scene, one, "10:00", day=4), await consultation(scene, two, "10:00")
    token = scene.house.tokens.patient(two)
    body = {"appointment_id": later["appointment_id"], "priority": 2}
    refused = await scene.call("/v1/waitlist", body, token=token)
    assert (refused.status_code, codes(refused)) == (422, ["ONLY_STAFF"])
    entry = (await scene.call("/v1/waitlist", body | {"priority": 0}, token=token)).json()
    left = await scene.call(f"/v1/waitlist/{entry['entry_id']}/leave", version=1, token=token)
    assert left.json()["state"] == "LEFT"
    again = await scene.call(f"/v1/waitlist/{entry['entry_id']}/leave", version=2, token=token)
    assert (again.status_code, again.json()["code"]) == (409, "NOT_WAITING")
    await freed(scene, gone)
    assert await offers(scene) == []
