"""One confirmation per booking (N05), whatever order and however often facts arrive."""

from datetime import timedelta

from shared.events.notifications import MessageFailed, MessageSent
from tests.integration.notifications.scene import NUMBER, Scene


async def test_a_booking_is_confirmed_by_one_text(scene: Scene) -> None:
    patient = await scene.lead()
    appointment = await scene.book(patient)
    (message,) = await scene.quiet()

    assert (message["state"], message["plan_id"], message["appointment_id"]) == ("SENT", "N05", appointment)
    (text,) = scene.standin.messages
    assert text["to"] == NUMBER
    assert text["body"].startswith("Hi Ana, your visit at Larkspur Clinic is ")
    (sent,) = await scene.house.events("notifications", MessageSent)
    assert (sent.message_id, sent.appointment_id, sent.appointment_version) == (message["id"], appointment, 1)
    assert await scene.house.events("notifications", MessageFailed) == []


async def test_what_is_said_of_a_text_belongs_to_the_booking_it_confirms(scene: Scene) -> None:
    patient = await scene.lead()
    await scene.book(patient)
    await scene.quiet()
    (booked,) = await scene.house.envelopes("scheduling")
    (sent,) = await scene.house.envelopes("notifications")
    assert (sent.correlation_id, sent.key, sent.clinic_id) == (booked.correlation_id, patient, booked.clinic_id)


async def test_it_is_confirmed_once_even_if_every_event_is_delivered_twice(scene: Scene) -> None:
    patient = await scene.lead()
    await scene.book(patient)
    await scene.quiet()
    for service in ("intake", "scheduling"):
        await scene.house.rows(service, "UPDATE outbox SET sent_at = NULL RETURNING id")
    await scene.quiet()
    assert len(scene.sent()) == 1
    assert len(await scene.house.events("notifications", MessageSent)) == 1
    assert len(await scene.house.rows("notifications", "SELECT 1 FROM consent_act")) == 1


async def test_a_course_is_confirmed_by_its_first_session_alone(scene: Scene) -> None:
    patient, course = await scene.lead(), scene.house.clinic.clinic_id
    for number in (3, 1, 2):
        await scene.book(patient, course_id=course, session_number=number)
    (message,) = await scene.quiet()
    (first,) = await scene.house.rows("notifications", "SELECT id FROM visit WHERE id = $1", message["appointment_id"])
    assert len(scene.sent()) == 1
    assert first["id"] == message["appointment_id"]


async def test_a_booking_that_is_known_before_its_patient_waits_for_the_contact(scene: Scene) -> None:
    patient = await scene.lead(phone="+12085550143")
    stranger = scene.house.clinic.organisation_id
    await scene.book(stranger)
    (waiting,) = await scene.quiet()
    assert (waiting["state"], waiting["reason"]) == ("HELD", "CONTACT_UNKNOWN")
    await scene.lead(patient_id=stranger)
    (message,) = await scene.quiet()
    assert message["state"] == "SENT"
    assert [text["to"] for text in scene.standin.messages] == [NUMBER]
    assert patient != stranger


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
    assert await scene.house.events("notifications") == []


async def test_a_cancellation_that_comes_before_its_booking_wins(scene: Scene) -> None:
    patient = await scene.lead()
    appointment = scene.house.clinic.clinic_id
    await scene.cancel(patient, appointment, version=2)
    await scene.book(patient, appointment_id=appointment, version=1)
    assert await scene.quiet() == []
    assert scene.sent() == []


async def test_a_booking_at_night_is_confirmed_at_eight_by_the_recipients_clock(scene: Scene) -> None:
    patient = await scene.lead()
    await scene.register(patient, scene.record(NUMBER, True, zone="America/New_York"))
    await scene.house.clock.advance(timedelta(hours=8))  # 20:00 in Boise, 22:00 in New York
    await scene.book(patient)
    (waiting,) = await scene.quiet()
    assert (waiting["state"], waiting["reason"]) == ("PLANNED", "QUIET_HOURS")
    assert waiting["due_at"] - scene.house.clock.now() < timedelta(hours=10)
    await scene.house.clock.advance(timedelta(hours=10, minutes=1))
    (message,) = await scene.quiet()
    assert message["state"] == "SENT"


async def test_without_consent_the_text_fails_and_everybody_is_told(scene: Scene) -> None:
    for granted in (None, False):
        patient = await scene.lead(granted=granted)
        await scene.book(patient)
    messages = await scene.quiet()
    assert [(m["state"], m["reason"]) for m in messages] == [("FAILED", "NO_CONSENT")] * 2
    assert scene.sent() == []
    failed = await scene.house.events("notifications", MessageFailed)
    assert [(f.message_id, f.reason, f.plan_id) for f in failed] == [(m["id"], "NO_CONSENT", "N05") for m in messages]


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
    await scene.register(patient, scene.record(NUMBER, True), version=2)
    await scene.register(patient, scene.record("+12085550144", True), version=1)
    await scene.book(patient)
    await scene.quiet()
    assert [text["to"] for text in scene.standin.messages] == [NUMBER]


async def test_consent_for_one_number_does_not_speak_for_another(scene: Scene) -> None:
    patient = await scene.lead(phone="+12085550143")
    await scene.register(patient, scene.record(NUMBER, None))
    await scene.book(patient)
    (message,) = await scene.quiet()
    assert (message["state"], message["reason"]) == ("FAILED", "NO_CONSENT")
