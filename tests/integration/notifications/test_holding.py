"""A patient with an open safety concern, or with facts that wait for an operator, gets no ordinary texts."""

import asyncio
from datetime import timedelta

import pytest

from shared.events.intake import LeadReceived
from shared.ids import new_id
from shared.sealing import Sealed
from tests.integration.notifications.scene import Scene
from tests.support.merging import merged, unlinked

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_concern_holds_texts_until_it_is_resolved(scene: Scene) -> None:
    patient = await scene.lead()
    concern = await scene.raise_concern(patient)
    await scene.house.settle()
    await scene.book(patient)
    (held,) = await scene.quiet()
    assert (held["state"], held["reason"]) == ("HELD", "SAFETY_CONCERN")
    assert scene.sent() == []
    await scene.resolve_concern(patient, concern)
    (message,) = await scene.quiet()
    assert message["state"] == "SENT"
    assert len(scene.sent()) == 1


async def test_a_concern_reaches_what_was_planned_before_it(scene: Scene) -> None:
    patient = await scene.lead()
    await scene.house.clock.advance(timedelta(hours=10))
    await scene.book(patient)
    await scene.quiet()
    await scene.raise_concern(patient)
    await scene.house.settle()
    await scene.house.clock.advance(timedelta(hours=12))
    (held,) = await scene.quiet()
    assert (held["state"], held["reason"]) == ("HELD", "SAFETY_CONCERN")
    assert scene.sent() == []


async def test_a_text_that_is_held_past_its_visit_is_dropped(scene: Scene) -> None:
    patient = await scene.lead()
    concern = await scene.raise_concern(patient)
    await scene.house.settle()
    await scene.book(patient)
    await scene.quiet()
    await scene.house.clock.advance(timedelta(days=3, minutes=1))
    (message,) = await scene.quiet()
    assert (message["state"], message["reason"]) == ("DROPPED", "TOO_LATE")
    await scene.resolve_concern(patient, concern)
    await scene.quiet()
    assert scene.sent() == []


async def test_two_concerns_hold_until_both_are_resolved(scene: Scene) -> None:
    patient = await scene.lead()
    first, second = await scene.raise_concern(patient), await scene.raise_concern(patient)
    await scene.house.settle()
    await scene.book(patient)
    await scene.quiet()
    await scene.resolve_concern(patient, first)
    (held,) = await scene.quiet()
    assert held["state"] == "HELD"
    await scene.resolve_concern(patient, second)
    (message,) = await scene.quiet()
    assert message["state"] == "SENT"


async def test_a_concern_about_a_merged_record_holds_both_until_that_is_taken_back(scene: Scene) -> None:
    survivor, absorbed = await scene.lead(), await scene.lead(phone="+12085550148")
    await scene.raise_concern(absorbed)
    await scene.house.settle()
    for event in merged(survivor, absorbed):
        await scene.say("intake", event, event.patient_id)
    await scene.house.settle()
    await scene.book(survivor)
    (held,) = await scene.quiet()
    assert (held["state"], held["reason"]) == ("HELD", "SAFETY_CONCERN")
    for event in unlinked(survivor, absorbed):
        await scene.say("intake", event, event.patient_id)
    (message,) = await scene.quiet()
    assert message["state"] == "SENT"


async def test_whoever_was_merged_is_written_to_where_the_survivor_is_reached_and_stops_for_both(scene: Scene) -> None:
    old = "+12085550149"
    survivor, absorbed = await scene.lead(), await scene.lead(phone=old)
    await scene.house.settle()
    for event in reversed(merged(survivor, absorbed)):
        await scene.say("intake", event, event.patient_id)
    await scene.book(absorbed)
    await scene.quiet()
    assert (len(scene.sent()), scene.sent(old)) == (1, [])
    assert await scene.text_in("STOP", old) == 200
    await scene.book(survivor)
    *_, message = await scene.quiet()
    assert (message["state"], message["reason"]) == ("HELD", "OPTED_OUT")


async def test_a_concern_about_one_patient_holds_nobody_else(scene: Scene) -> None:
    ana, ben = await scene.lead(), await scene.lead(phone="+12085550145")
    await scene.raise_concern(ana)
    await scene.house.settle()
    await scene.book(ben)
    (message,) = await scene.quiet()
    assert message["state"] == "SENT"


async def test_while_an_event_of_the_patient_is_parked_only_crisis_texts_go(scene: Scene) -> None:
    patient = await scene.lead()
    unreadable = LeadReceived(
        patient_id=patient, clinic_id=scene.house.clinic.clinic_id, channel="web",
        received_at=scene.house.clock.now(), contact=Sealed(token="v1.contact.k1.damaged"),
    )  # fmt: skip
    await scene.say("intake", unreadable, patient)
    await scene.house.settle()
    await scene.book(patient)
    (waiting,) = await scene.quiet()
    assert (waiting["state"], waiting["reason"]) == ("PLANNED", "EVENTS_WAITING")
    assert await scene.text_in("I want to die") == 200
    await scene.quiet()
    (text,) = scene.sent()
    assert "988" in text


async def test_a_contact_that_becomes_known_while_a_message_is_decided_about_is_not_missed(scene: Scene) -> None:
    for _ in range(10):
        patient = new_id()
        await asyncio.gather(scene.book(patient), scene.lead(patient_id=patient, phone="+12085550146"))
    await scene.quiet()
    assert [row["reason"] for row in await scene.messages() if row["state"] != "SENT"] == []
