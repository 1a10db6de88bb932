"""A moved or cancelled appointment's old messages are never sent, whatever state they had got to."""

from datetime import timedelta
from uuid import UUID

import pytest

from shared.events.notifications import MessageSent
from shared.ids import new_id
from tests.integration.notifications.scene import Scene

pytestmark = pytest.mark.asyncio(loop_scope="package")

DAY = timedelta(days=1)


async def booked(scene: Scene, phone: str = "own") -> tuple[UUID, UUID]:
    patient = await scene.lead(phone=phone)
    appointment = await scene.book(patient)
    await scene.quiet()
    return patient, appointment


async def test_each_row_names_the_appointment_and_its_version(scene: Scene) -> None:
    _, appointment = await booked(scene)
    rows = await scene.plan("N08", "N09")
    assert [(r["plan_id"], r["appointment_id"], r["appointment_version"], r["state"]) for r in rows] == [
        ("N08", appointment, 1, "PLANNED"), ("N09", appointment, 1, "PLANNED"),
    ]  # fmt: skip
    (visit,) = await scene.house.rows("notifications", "SELECT starts_at FROM visit WHERE id = $1", appointment)
    assert [visit["starts_at"] - row["due_at"] for row in rows] == [DAY, timedelta(hours=2)]


async def test_reminders_go_out_when_they_are_due(scene: Scene) -> None:
    await booked(scene)
    await scene.house.clock.advance(2 * DAY + timedelta(minutes=1))
    await scene.quiet()
    assert scene.sent()[-1].startswith("Hi Ana, a reminder of your visit")
    await scene.house.clock.advance(timedelta(hours=22))
    await scene.quiet()
    assert scene.sent()[-1].startswith("Hi Ana, see you today at")
    assert [sent.plan_id for sent in await scene.said(MessageSent)] == ["N05", "N08", "N09"]


async def test_a_move_drops_what_was_planned_and_tells_the_new_time(scene: Scene) -> None:
    patient, appointment = await booked(scene)
    await scene.move(patient, appointment)
    await scene.quiet()
    states = await scene.states()
    for plan_id in ("N08", "N09"):
        assert states[plan_id, "SMS", 1] == ("DROPPED", "SUPERSEDED")
        assert states[plan_id, "SMS", 2] == ("PLANNED", None)
    assert states["N06", "SMS", 2] == ("SENT", None)
    assert ("N05", "SMS", 2) not in states
    assert "is now" in scene.sent()[-1]
    await scene.house.clock.advance(4 * DAY)
    await scene.quiet()
    assert len(scene.sent()) == 4  # N05, N06, one N08, one N09


async def test_a_cancellation_drops_everything_and_is_told(scene: Scene) -> None:
    patient, appointment = await booked(scene)
    await scene.cancel(patient, appointment)
    await scene.quiet()
    states = await scene.states()
    assert states["N08", "SMS", 1] == states["N09", "SMS", 1] == ("DROPPED", "CANCELLED")
    assert states["N06", "SMS", 2] == ("SENT", None)
    assert "is cancelled" in scene.sent()[-1]
    await scene.house.clock.advance(4 * DAY)
    await scene.quiet()
    assert len(scene.sent()) == 2


async def test_a_missed_visit_is_not_reminded_of(scene: Scene) -> None:
    patient, appointment = await booked(scene)
    await scene.miss(patient, appointment)
    await scene.quiet()
    await scene.house.clock.advance(4 * DAY)
    await scene.quiet()
    assert len(scene.sent()) == 1


async def test_a_visit_moved_before_its_confirmation_left_is_confirmed_with_the_new_time(scene: Scene) -> None:
    patient = await scene.lead()
    await scene.house.clock.advance(timedelta(hours=10))  # 22:00 at the clinic
    appointment = await scene.book(patient)
    await scene.quiet()
    await scene.move(patient, appointment)
    await scene.house.clock.advance(timedelta(hours=12))
    await scene.quiet()
    states = await scene.states("N05", "N06")
    assert states["N05", "SMS", 1] == ("DROPPED", "SUPERSEDED")
    assert states["N05", "SMS", 2] == ("SENT", None)
    assert ("N06", "SMS", 2) not in states
    assert len(scene.sent()) == 1


async def test_a_change_that_is_overtaken_by_another_is_told_once(scene: Scene) -> None:
    patient, appointment = await booked(scene)
    await scene.house.clock.advance(timedelta(hours=10))
    await scene.move(patient, appointment, version=2)
    await scene.quiet()
    await scene.cancel(patient, appointment, version=3)
    await scene.quiet()
    await scene.house.clock.advance(timedelta(hours=12))
    await scene.quiet()
    states = await scene.states("N06")
    assert states["N06", "SMS", 2] == ("DROPPED", "CANCELLED")
    assert states["N06", "SMS", 3] == ("SENT", None)
    assert len(scene.sent()) == 2


@pytest.mark.parametrize("change", ["move", "cancel"])
async def test_a_text_that_is_claimed_and_not_sent_is_taken_back(scene: Scene, change: str) -> None:
    """The provider is busy: the text was cleared, begun, given back and waits for another try."""
    patient, appointment = await booked(scene, "+12085550022")
    await scene.until(lambda message: message["reason"] == "PROVIDER_AWAY")
    await getattr(scene, change)(patient, appointment)
    await scene.quiet()
    state, _ = (await scene.states())["N05", "SMS", 1]
    assert state == "DROPPED"


async def test_a_text_that_waits_for_its_second_try_is_taken_back(scene: Scene) -> None:
    patient, appointment = await booked(scene, "+12085550030")
    await scene.until(lambda message: message["reason"] == "UNREACHABLE")
    await scene.cancel(patient, appointment)
    await scene.quiet()
    before = len(scene.sent("+12085550030"))
    await scene.house.clock.advance(timedelta(hours=2))
    await scene.quiet()
    assert (await scene.states())["N05", "SMS", 1] == ("DROPPED", "CANCELLED")
    assert all("is cancelled" in text for text in scene.sent("+12085550030")[before:])


async def test_a_held_text_of_an_older_version_is_not_sent_when_the_hold_ends(scene: Scene) -> None:
    patient = await scene.lead()
    concern = await scene.raise_concern(patient)
    await scene.house.settle()
    appointment = await scene.book(patient)
    await scene.quiet()
    await scene.cancel(patient, appointment)
    await scene.quiet()
    await scene.resolve_concern(patient, concern)
    await scene.quiet()
    assert (await scene.states())["N05", "SMS", 1] == ("DROPPED", "CANCELLED")
    assert scene.sent() == []


async def test_a_hold_that_ends_early_does_not_hurry_a_reminder(scene: Scene) -> None:
    patient, _ = await booked(scene)
    concern = await scene.raise_concern(patient)
    await scene.quiet()
    await scene.resolve_concern(patient, concern)
    await scene.quiet()
    assert (await scene.states())["N08", "SMS", 1] == ("PLANNED", None)
    assert len(scene.sent()) == 1


async def test_an_older_version_that_arrives_late_plans_nothing(scene: Scene) -> None:
    patient, appointment = await scene.lead(), new_id()
    await scene.cancel(patient, appointment, version=3)
    await scene.book(patient, appointment_id=appointment, version=1)
    await scene.move(patient, appointment, version=2)
    await scene.quiet()
    assert await scene.plan() == []


async def test_no_patient_gets_more_than_three_texts_a_day(scene: Scene) -> None:
    patient = await scene.lead()
    for _ in range(4):
        await scene.book(patient)
    await scene.quiet()
    assert len(scene.sent()) == 3
    waiting = [row for row in await scene.plan("N05") if row["state"] == "PLANNED"]
    assert [(row["channel"], row["reason"]) for row in waiting] == [("SMS", "CAPPED")]
    await scene.house.clock.advance(timedelta(hours=20, minutes=1))
    await scene.quiet()
    assert len(scene.sent()) == 4


async def test_a_reminder_that_stop_held_back_goes_out_after_start(scene: Scene) -> None:
    await booked(scene)
    await scene.text_in("STOP")
    await scene.quiet()
    await scene.house.clock.advance(2 * DAY + timedelta(minutes=1))
    await scene.quiet()
    assert (await scene.states())["N08", "SMS", 1] == ("HELD", "OPTED_OUT")
    await scene.text_in("START")
    await scene.quiet()
    assert (await scene.states())["N08", "SMS", 1] == ("SENT", None)
    assert scene.sent()[-1].startswith("Hi Ana, a reminder")


async def test_a_change_that_no_text_can_tell_a_day_before_is_told_by_a_person(scene: Scene) -> None:
    patient = await scene.lead()
    appointments = [await scene.book(patient) for _ in range(3)]
    await scene.quiet()
    await scene.move(patient, appointments[0], by=timedelta(hours=-50))
    await scene.quiet()
    assert len(scene.sent()) == 3
    assert (await scene.states())["N06", "SMS", 2] == ("FAILED", "CAPPED")
    assert [(task["plan_id"], task["reason"]) for task in await scene.tasks()] == [("N06", "CAPPED")]


async def test_a_reminder_on_the_day_is_left_out_when_the_week_is_full(scene: Scene) -> None:
    patient, course = await scene.lead(), new_id()
    start = scene.house.clock.now().replace(microsecond=0) + timedelta(hours=25)
    for number in range(1, 6):
        at = start + timedelta(days=number - 1)
        await scene.book(
            patient, course_id=course, session_number=number, starts_at=at, ends_at=at + timedelta(hours=2)
        )
    await scene.house.clock.advance(timedelta(hours=24))
    await scene.quiet()
    states = {(row["plan_id"], row["state"], row["reason"]) for row in await scene.plan("N08", "N09")}
    assert ("N08", "SENT", None) in states
    assert ("N09", "DROPPED", "CAPPED") in states
