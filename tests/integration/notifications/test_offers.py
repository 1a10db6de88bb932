"""A slot that a patient is offered is told while it stands, and never after (domain D.4, N18)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.events.notifications import MessageFailed, MessageFailureSettled
from shared.events.scheduling import SlotClaimed, SlotOfferClosed, SlotOffered
from shared.ids import new_id
from tests.integration.notifications.scene import Scene

pytestmark = pytest.mark.asyncio(loop_scope="package")


def offered(scene: Scene, patient: UUID, *, hours: float = 1, **over: Any) -> SlotOffered:
    """A slot in two days instead of a visit in three, open for some hours."""
    now = scene.house.clock.now().replace(microsecond=0)
    told: dict[str, Any] = {
        "offer_id": new_id(), "patient_id": patient, "version": 1, "appointment_id": new_id(), "sessions": 1,
        "location": scene.house.clinic.locations[0].id, "zone": scene.house.clinic.zone, "offered_at": now,
        "starts_at": now + timedelta(days=2), "previous_starts_at": now + timedelta(days=3),
        "expires_at": now + timedelta(hours=hours), "waitlist": True,
    }  # fmt: skip
    return SlotOffered(**told | over)


def ended(scene: Scene, offer: SlotOffered, state: str) -> SlotClaimed | SlotOfferClosed:
    """How it ended, now."""
    whose: dict[str, Any] = {
        "offer_id": offer.offer_id,
        "patient_id": offer.patient_id,
        "appointment_id": offer.appointment_id,
    }
    now = scene.house.clock.now()
    if state == "ACCEPTED":
        return SlotClaimed(**whose, version=2, claimed_at=now, by="PATIENT")
    return SlotOfferClosed(**whose, version=2, state=state, closed_at=now)


async def say(scene: Scene, event: SlotOffered | SlotClaimed | SlotOfferClosed) -> None:
    await scene.say("scheduling", event, event.patient_id)


async def booked(scene: Scene, patient: UUID) -> dict[str, Any]:
    """A visit in three days, and what an offer says of it."""
    was: datetime = scene.house.clock.now().replace(microsecond=0) + timedelta(days=3)
    appointment = await scene.book(patient, starts_at=was, ends_at=was + timedelta(hours=2))
    await scene.quiet()
    return {"appointment_id": appointment, "previous_starts_at": was}


async def test_an_earlier_slot_is_told_with_its_link_and_its_loss_once(scene: Scene) -> None:
    patient = await scene.lead()
    offer = offered(scene, patient, **await booked(scene, patient))
    await say(scene, offer)
    await scene.quiet()
    text = scene.sent()[-1]
    assert f"/{scene.house.clinic.organisation}/o/{offer.offer_id.hex}" in text
    assert "an earlier time" in text
    for _ in range(2):
        await say(scene, ended(scene, offer, "LOST"))
        await scene.quiet()
    assert await scene.states("N18", "N18L") == {
        ("N18", "SMS", None): ("SENT", None),
        ("N18L", "SMS", None): ("SENT", None),
    }
    assert "is no longer free" in scene.sent()[-1]
    assert len(scene.sent()) == 3  # the confirmation of the visit, the offer, its loss


async def test_what_is_over_before_its_text_may_leave_is_never_sent(scene: Scene) -> None:
    await scene.house.clock.advance(timedelta(hours=10))  # 22:00 at the clinic
    ends = {"ACCEPTED": "ANSWERED", "DECLINED": "ANSWERED", "EXPIRED": "TOO_LATE", "WITHDRAWN": "CANCELLED"}
    ends |= {"LOST": "SUPERSEDED", "SOMETHING_NEWER": "SUPERSEDED"}
    offers = {state: offered(scene, await scene.lead(), hours=12) for state in ends}
    unheard_of = offered(scene, await scene.lead(), hours=1)
    for offer in (*offers.values(), unheard_of):
        await say(scene, offer)
    await scene.quiet()
    assert {(row["state"], row["reason"]) for row in await scene.plan("N18")} == {("PLANNED", "QUIET_HOURS")}
    for state, offer in offers.items():
        await say(scene, ended(scene, offer, state))
    await scene.quiet()
    await scene.house.clock.advance(timedelta(hours=11))
    await scene.quiet()
    rows = {row["offer_id"]: (row["state"], row["reason"]) for row in await scene.plan("N18", "N18L")}
    expected = {offers[state].offer_id: ("DROPPED", reason) for state, reason in ends.items()}
    assert rows == expected | {unheard_of.offer_id: ("DROPPED", "TOO_LATE")}
    assert scene.sent() == []


async def test_an_offer_instead_of_a_visit_that_is_booked_otherwise_by_now_is_not_told(scene: Scene) -> None:
    patient = await scene.lead()
    visit = await booked(scene, patient)
    await scene.house.clock.advance(timedelta(hours=10))
    await say(scene, offered(scene, patient, hours=12, **visit))
    await scene.quiet()
    await scene.move(patient, visit["appointment_id"])
    await scene.house.clock.advance(timedelta(hours=11))
    await scene.quiet()
    assert await scene.states("N18") == {("N18", "SMS", None): ("DROPPED", "SUPERSEDED")}


async def test_a_slot_that_is_held_instead_of_a_visit_is_told_by_text_and_mail(scene: Scene) -> None:
    patient = await scene.lead(email="own")
    await say(scene, offered(scene, patient, hours=24, waitlist=False))
    await scene.quiet()
    assert "We hold" in scene.sent()[-1]
    assert [mail.message["Subject"] for mail in scene.mails()] == ["Your visit needs a new time"]


async def test_whom_no_text_may_reach_is_called_about_an_earlier_slot_until_it_is_over(scene: Scene) -> None:
    patient = await scene.lead(granted=None, email="own")
    offer = offered(scene, patient)
    await say(scene, offer)
    await scene.quiet()
    assert [(task["plan_id"], task["state"], task["reason"]) for task in await scene.tasks()] == [
        ("N18", "OPEN", "NO_CONSENT")
    ]
    await say(scene, ended(scene, offer, "EXPIRED"))
    await scene.quiet()
    assert [(task["state"], task["outcome"]) for task in await scene.tasks()] == [("WITHDRAWN", "CHANGED")]
    said = await scene.said(MessageFailed, MessageFailureSettled)
    assert [(type(event), event.plan_id) for event in said] == [(MessageFailed, "N18"), (MessageFailureSettled, "N18")]


async def test_an_offer_whose_end_is_known_already_says_nothing(scene: Scene) -> None:
    offer = offered(scene, await scene.lead())
    await say(scene, ended(scene, offer, "LOST"))
    await say(scene, offer)
    await scene.quiet()
    assert await scene.plan() == []
