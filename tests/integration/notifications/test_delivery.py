"""What the provider answers, says later, or never answers (domain E.4)."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from services.notifications.loops import leaving
from shared.clock import wall_now
from shared.events.notifications import MessageDelivered, MessageFailed, MessageSent, OptOutReceived
from shared.ids import new_id
from tests.integration.notifications.scene import Scene

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def booked(scene: Scene, phone: str) -> UUID:
    patient = await scene.lead(phone=phone)
    await scene.book(patient)
    return patient


async def test_a_delivered_text_is_known_as_delivered(scene: Scene) -> None:
    await booked(scene, scene.number)
    await scene.quiet()
    await scene.until(lambda message: message["provider_status"] == "delivered")
    (sent,), (delivered,) = await scene.said(MessageSent), await scene.said(MessageDelivered)
    assert (delivered.message_id, delivered.plan_id, delivered.channel) == (sent.message_id, "N05", "SMS")


@pytest.mark.parametrize(
    ("status", "left_ago", "waited_for"),
    [
        ("sent", timedelta(minutes=-1), 1), ("sent", timedelta(minutes=1), 0), ("queued", timedelta(minutes=-1), 1),
        ("delivered", timedelta(minutes=-1), 0), ("undelivered", timedelta(minutes=-1), 0),
    ],
)  # fmt: skip
async def test_the_clock_waits_a_little_for_the_last_word_about_a_text(
    scene: Scene, status: str, left_ago: timedelta, waited_for: int
) -> None:
    await booked(scene, scene.number)
    await scene.quiet()
    await scene.until(lambda message: message["provider_status"] == "delivered")
    (message,) = await scene.messages()
    as_it_were = "UPDATE message SET provider_status = $2, attempted_at = $3 WHERE id = $1 RETURNING id"
    await scene.house.rows("notifications", as_it_were, message["id"], status, wall_now() - left_ago)
    assert await leaving(scene.house.services["notifications"]) == waited_for
    await scene.house.rows("notifications", as_it_were, message["id"], "delivered", message["attempted_at"])


@pytest.mark.parametrize(("digits", "code"), [("0001", 21211), ("0009", 21614)])
async def test_a_number_that_the_provider_refuses_fails(scene: Scene, digits: str, code: int) -> None:
    await booked(scene, f"+1208555{digits}")
    (message,) = await scene.quiet()
    assert (message["state"], message["reason"]) == ("FAILED", f"PROVIDER_{code}")
    (failed,) = await scene.said()
    assert isinstance(failed, MessageFailed)
    assert failed.reason == f"PROVIDER_{code}"


async def test_a_number_that_opted_out_at_the_provider_is_opted_out_here(scene: Scene) -> None:
    patient = await booked(scene, "+12085550004")
    (message,) = await scene.quiet()
    assert (message["state"], message["reason"]) == ("FAILED", "PROVIDER_21610")
    (out,) = await scene.said(OptOutReceived)
    assert (out.patient_id, out.channel, out.scope) == (patient, "SMS", "ALL")
    await scene.book(patient)
    _, held = await scene.quiet()
    assert (held["state"], held["reason"]) == ("HELD", "OPTED_OUT")


async def test_a_text_that_fails_later_because_of_an_opt_out_counts_as_one_too(scene: Scene) -> None:
    await booked(scene, "+12085550031")
    await scene.until(lambda message: message["state"] == "FAILED")
    assert [type(event) for event in await scene.said()] == [MessageSent, MessageFailed, OptOutReceived]


async def test_a_text_whose_answer_was_lost_is_not_sent_again(scene: Scene) -> None:
    await booked(scene, "+12085550020")
    (message,) = await scene.quiet()
    assert message["state"] == "SENT"
    assert message["provider_sid"] in [text.sid for text in scene.standin.texts]
    assert len(scene.sent("+12085550020")) == 1
    assert len(await scene.said(MessageSent)) == 1


async def test_an_unreachable_phone_is_tried_once_more_after_an_hour(scene: Scene) -> None:
    await booked(scene, "+12085550030")
    await scene.until(lambda message: message["reason"] == "UNREACHABLE")
    (waiting,) = await scene.quiet()
    assert waiting["state"] == "PLANNED"
    assert timedelta(minutes=59) < waiting["due_at"] - scene.house.clock.now() <= timedelta(hours=1)
    await scene.house.clock.advance(timedelta(hours=1, minutes=1))
    await scene.until(lambda message: message["state"] == "FAILED")
    assert len(scene.sent("+12085550030")) == 2
    assert [type(event) for event in await scene.said()] == [MessageSent, MessageFailed]


async def test_a_busy_provider_is_asked_again_later(scene: Scene) -> None:
    await booked(scene, "+12085550022")
    await scene.until(lambda message: message["reason"] == "PROVIDER_AWAY")
    (message,) = await scene.messages()
    assert message["state"] == "PLANNED"
    assert await scene.said() == []


async def test_callbacks_in_any_order_leave_the_highest_status(scene: Scene) -> None:
    await booked(scene, scene.number)
    await scene.quiet()
    await scene.until(lambda message: message["provider_status"] == "delivered")
    (message,) = await scene.messages()
    for status in ("sent", "delivered", "undelivered", "queued", "nonsense", "read", "delivered"):
        assert await scene.report(message["id"], message["provider_sid"], status) == 204
    (message,) = await scene.messages()
    assert (message["state"], message["provider_status"]) == ("SENT", "read")
    assert [type(event) for event in await scene.said()] == [MessageSent, MessageDelivered]


async def test_a_callback_about_another_try_or_an_unknown_text_changes_nothing(scene: Scene) -> None:
    await booked(scene, scene.number)
    await scene.quiet()
    await scene.until(lambda message: message["provider_status"] == "delivered")
    before = await scene.messages()
    assert await scene.report(before[0]["id"], "SM0000", "failed") == 204
    assert await scene.report(new_id(), "SM0000", "failed") == 204
    assert await scene.messages() == before


async def test_a_webhook_with_a_wrong_signature_is_refused_and_changes_nothing(scene: Scene) -> None:
    await booked(scene, scene.number)
    await scene.quiet()
    await scene.until(lambda message: message["provider_status"] == "delivered")
    before = await scene.messages()
    url = f"{scene.webhooks}/v1/twilio/status?d={before[0]['id']}"
    form = {"MessageSid": before[0]["provider_sid"], "MessageStatus": "read"}
    good = scene.standin.signature(url, form)
    async with httpx.AsyncClient() as client:
        for signature, sent in (("", form), ("bm8=", form), (good, form | {"MessageStatus": "failed"})):
            answer = await client.post(url, data=sent, headers={"X-Twilio-Signature": signature})
            assert (answer.status_code, answer.json()["code"]) == (403, "BAD_SIGNATURE")
        answer = await client.post(url, json=form, headers={"X-Twilio-Signature": good})
        assert (answer.status_code, answer.json()["code"]) == (415, "UNSUPPORTED_MEDIA")
    assert await scene.messages() == before
