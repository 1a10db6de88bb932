"""After a screening (N03, N04) and after a discharge (N11 to N13)."""

from datetime import timedelta

import pytest

from shared.ids import new_id
from tests.integration.notifications.scene import Scene

pytestmark = pytest.mark.asyncio(loop_scope="package")


def subjects(scene: Scene) -> list[str]:
    return [mail.message["Subject"] for mail in scene.mails()]


@pytest.mark.parametrize("step", ["BOOK_CONSULTATION", "STAFF_WILL_CALL"])
async def test_a_screening_is_answered_by_mail(scene: Scene, step: str) -> None:
    patient = await scene.lead(email="own")
    screening = await scene.screen(patient, step)
    await scene.quiet()
    assert scene.mails() == []
    await scene.house.clock.advance(timedelta(minutes=5))
    await scene.quiet()
    assert subjects(scene) == ["Thank you for your forms"]
    (row,) = await scene.plan("N03")
    assert (row["screening_id"], row["screening_version"], row["appointment_id"]) == (screening, 1, None)


@pytest.mark.parametrize("step", ["NONE", None])
async def test_a_screening_without_a_next_step_is_not(scene: Scene, step: str | None) -> None:
    patient = await scene.lead(email="own")
    await scene.screen(patient, step)
    await scene.quiet()
    assert await scene.plan() == []


async def test_a_deferred_patient_is_written_to_on_the_day_unless_screened_again(scene: Scene) -> None:
    ana = await scene.lead(email="own")
    ben = await scene.lead(email="ben-deferred@mail.example", phone=None)
    later = scene.house.clock.now() + timedelta(days=14)
    for patient in (ana, ben):
        await scene.screen(patient, "LOOK_AGAIN", recheck_after=later)
    await scene.quiet()
    await scene.screen(ben, "NONE", version=2)
    await scene.quiet()
    assert scene.mails() == []
    await scene.house.clock.advance(timedelta(days=14))
    await scene.quiet()
    assert subjects(scene) == ["We can look again"]
    assert scene.mails("ben-deferred@mail.example") == []
    assert [row["reason"] for row in await scene.plan("N04") if row["state"] == "DROPPED"] == ["SUPERSEDED"]


async def test_an_older_screening_that_arrives_late_says_nothing(scene: Scene) -> None:
    patient = await scene.lead(email="own")
    await scene.screen(patient, "NONE", version=2)
    await scene.screen(patient, "BOOK_CONSULTATION", version=1)
    await scene.quiet()
    assert await scene.plan() == []


async def test_after_a_discharge_come_after_care_and_two_check_ins(scene: Scene) -> None:
    patient = await scene.lead(email="own")
    appointment = await scene.book(patient, starts_at=scene.house.clock.now() + timedelta(minutes=5))
    await scene.quiet()
    await scene.house.clock.advance(timedelta(hours=2))
    await scene.discharge(patient, appointment)
    await scene.quiet()
    assert subjects(scene)[-1] == "After your visit"
    before = len(scene.sent())
    await scene.house.clock.advance(timedelta(hours=24, minutes=1))
    await scene.quiet()
    await scene.house.clock.advance(timedelta(hours=48))
    await scene.quiet()
    day, days = scene.sent()[before:]
    assert "how are you today" in day
    assert "how have these days been" in days


async def test_a_discharge_that_is_known_before_its_appointment_is_followed_up_too(scene: Scene) -> None:
    patient = await scene.lead(email="own")
    await scene.discharge(patient, new_id())
    await scene.quiet()
    assert subjects(scene) == ["After your visit"]
    assert {row["plan_id"]: row["state"] for row in await scene.plan("N12", "N13")} == {
        "N12": "PLANNED", "N13": "PLANNED",
    }  # fmt: skip


@pytest.mark.parametrize("answered_first", [True, False])
async def test_whoever_has_checked_in_is_not_asked_to(scene: Scene, answered_first: bool) -> None:
    patient, appointment = await scene.lead(), new_id()
    for answered in (answered_first, not answered_first):
        if answered:
            await scene.answer(patient, appointment, "CHECK_IN_24H")
        else:
            await scene.discharge(patient, appointment)
        await scene.quiet()
    assert {row["plan_id"]: (row["state"], row["reason"]) for row in await scene.plan("N12", "N13")} == {
        "N12": ("DROPPED", "ANSWERED"), "N13": ("PLANNED", None),
    }  # fmt: skip
    await scene.house.clock.advance(timedelta(hours=73))
    await scene.quiet()
    (asked,) = scene.sent()
    assert "how have these days been" in asked


async def test_nobody_calls_whoever_has_checked_in(scene: Scene) -> None:
    patient, appointment = await scene.lead(granted=False), new_id()
    await scene.discharge(patient, appointment)
    await scene.quiet()
    await scene.house.clock.advance(timedelta(hours=24, minutes=1))
    await scene.quiet()
    assert [(task["plan_id"], task["state"]) for task in await scene.tasks()] == [("N11", "OPEN"), ("N12", "OPEN")]
    await scene.answer(patient, appointment, "CHECK_IN_24H")
    await scene.answer(patient, appointment, "BEFORE_SESSION")
    await scene.quiet()
    assert [(task["plan_id"], task["state"], task["outcome"]) for task in await scene.tasks()] == [
        ("N11", "OPEN", None), ("N12", "WITHDRAWN", "ANSWERED"),
    ]  # fmt: skip
