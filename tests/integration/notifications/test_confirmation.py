"""One confirmation per booking (N05), whatever order and however often facts arrive."""

from datetime import timedelta

import pytest

from shared.events.notifications import MessageFailed, MessageSent
from shared.ids import new_id
from tests.integration.notifications.scene import Scene

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_booking_is_confirmed_by_one_text(scene: Scene) -> None:
    patient = await scene.lead()
    appointment = await scene.book(patient)
    (message,) = await scene.quiet()

    assert (message["state"], message["plan_id"], message["appointment_id"]) == ("SENT", "N05", appointment)
    (text,) = scene.sent()
    assert text.startswith("Hi Ana, your visit at Larkspur Clinic is ")
    (sent,) = await scene.said(MessageSent)
    assert (sent.message_id, sent.appointment_id, sent.appointment_version) == (message["id"], appointment, 1)
    assert await scene.said(MessageFailed) == []


async def test_what_is_said_of_a_text_belongs_to_the_booking_it_confirms(scene: Scene) -> None:
    patient = await scene.lead()
    await scene.book(patient)
    await scene.quiet()
    booked = (await scene.house.envelopes("scheduling"))[-1]
    sent = (await scene.house.envelopes("notifications"))[-1]
    assert (sent.correlation_id, sent.key, sent.clinic_id) == (booked.correlation_id, patient, booked.clinic_id)


async def test_it_is_confirmed_once_even_if_every_event_is_delivered_twice(scene: Scene) -> None:
    patient = await scene.lead()
    await scene.book(patient)
    await scene.quiet()
    for service in ("intake", "scheduling"):
        await scene.house.rows(service, "UPDATE outbox SET sent_at = NULL RETURNING id")
    await scene.quiet()
    assert len(scene.sent()) == 1
    assert len(await scene.said(MessageSent)) == 1
    acts = await scene.house.rows("notifications", "SELECT 1 FROM consent_act WHERE patient_id = $1", patient)
    assert len(acts) == 1


async def test_a_course_is_confirmed_by_its_first_session_alone(scene: Scene) -> None:
    patient, course = await scene.lead(), new_id()
    visits = [await scene.book(patient, course_id=course, session_number=number) for number in (3, 1, 2)]
    (message,) = await scene.quiet()
    assert len(scene.sent()) == 1
    assert message["appointment_id"] == visits[1]


async def test_a_booking_that_is_known_before_its_patient_waits_for_the_contact(scene: Scene) -> None:
    patient = new_id()
    await scene.book(patient)
    (waiting,) = await scene.quiet()
    assert (waiting["state"], waiting["reason"]) == ("HELD", "CONTACT_UNKNOWN")
    await scene.lead(patient_id=patient)
    (message,) = await scene.quiet()
    assert message["state"] == "SENT"
    assert len(scene.sent()) == 1


async def test_an_appointment_cancelled_before_its_text_left_is_never_confirmed(scene: Scene) -> None:
    patient = await scene.lead()
    await scene.house.clock.advance(timedelta(hours=10))  # 22:00 at the clinic
    appointment = await scene.book(patient)
    (waiting,) = await scene.quiet()
    assert (waiting["state"], waiting["reason"]) == ("PLANNED", "QUIET_HOURS")
    await scene.cancel(patient, appointment)
    await scene.house.settle()
    await scene.house.clock.advance(timedelta(hours=12))
    (message,) = await scene.quiet()
    assert (message["state"], message["reason"]) == ("DROPPED", "CANCELLED")
    assert scene.sent() == []
    assert await scene.said() == []


async def test_a_cancellation_that_comes_before_its_booking_wins(scene: Scene) -> None:
    patient = await scene.lead()
    appointment = new_id()
    await scene.cancel(patient, appointment, version=2)
    await scene.book(patient, appointment_id=appointment, version=1)
    assert await scene.quiet() == []
    assert scene.sent() == []


async def test_a_booking_at_night_is_confirmed_at_eight_by_the_recipients_clock(scene: Scene) -> None:
    patient = await scene.lead()
    await scene.register(patient, scene.record(scene.number, True, zone="America/New_York"))
    await scene.house.clock.advance(timedelta(hours=8))  # 20:00 in Boise, 22:00 in New York
    await scene.book(patient)
    (waiting,) = await scene.quiet()
    assert (waiting["state"], waiting["reason"]) == ("PLANNED", "QUIET_HOURS")
    assert waiting["due_at"] - scene.house.clock.now() < timedelta(hours=10)
    await scene.house.clock.advance(timedelta(hours=10, minutes=1))
    (message,) = await scene.quiet()
    assert message["state"] == "SENT"


@pytest.mark.parametrize("granted", [None, False])
async def test_without_consent_the_text_fails_and_everybody_is_told(scene: Scene, granted: bool | None) -> None:
    patient = await scene.lead(granted=granted)
    await scene.book(patient)
    (message,) = await scene.quiet()
    assert (message["state"], message["reason"]) == ("FAILED", "NO_CONSENT")
    assert scene.sent() == []
    (failed,) = await scene.said(MessageFailed)
    assert (failed.message_id, failed.reason, failed.plan_id) == (message["id"], "NO_CONSENT", "N05")


async def test_without_a_number_the_text_fails(scene: Scene) -> None:
    patient = await scene.lead(phone=None)
    await scene.book(patient)
    (message,) = await scene.quiet()
    assert (message["state"], message["reason"]) == ("FAILED", "NO_NUMBER")


async def test_a_name_that_smuggles_in_a_link_is_not_texted(scene: Scene) -> None:
    patient = await scene.lead(given_name="Win $400 at evil.example/x")
    await scene.book(patient)
    (message,) = await scene.quiet()
    assert (message["state"], message["reason"]) == ("FAILED", "CONTENT")
    assert scene.sent() == []


async def test_a_newer_contact_is_texted_and_an_older_one_does_not_come_back(scene: Scene) -> None:
    patient = await scene.lead(phone="+12085550143")
    await scene.register(patient, scene.record(scene.number, True), version=2)
    await scene.register(patient, scene.record("+12085550144", True), version=1)
    await scene.house.settle()
    await scene.book(patient)
    await scene.quiet()
    assert len(scene.sent()) == 1
    assert scene.sent("+12085550143") == scene.sent("+12085550144") == []


async def test_consent_for_one_number_does_not_speak_for_another(scene: Scene) -> None:
    patient = await scene.lead(phone="+12085550143")
    await scene.register(patient, scene.record(scene.number, None))
    await scene.house.settle()
    await scene.book(patient)
    (message,) = await scene.quiet()
    assert (message["state"], message["reason"]) == ("FAILED", "NO_CONSENT")
