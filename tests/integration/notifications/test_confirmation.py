"""One confirmation per booking (N05), whatever order and however often facts arrive."""

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
