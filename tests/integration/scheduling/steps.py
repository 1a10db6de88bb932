"""What tests of a session at the chair do again and again."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.integration.scheduling.scene import AWAY, Scene

CALM = {"systolic": 126, "diastolic": 82, "heart_rate": 72}


async def first(scene: Scene, patient: UUID | None = None) -> dict[str, Any]:
    """The first appointment of a course."""
    found: dict[str, Any] = (await scene.book(patient or await scene.patient()))["sessions"][0]
    return found


async def blockers(scene: Scene, appointment: dict[str, Any]) -> list[str]:
    seen = (await scene.see(f"/v1/appointments/{appointment['appointment_id']}/readiness")).json()
    assert seen["ready"] == (not seen["blockers"])
    return [blocker["code"] for blocker in seen["blockers"]]


async def recovered(scene: Scene, session: dict[str, Any]) -> None:
    """Watch an infusion of 40 minutes to its end and an hour of recovery."""
    for _ in range(4):
        await scene.wait(10)
        await scene.observe(session, **CALM, cadss=8, moaas=4)
    await scene.step(session, "infusion-end", {"dose_mg": 34, "minutes": 40})
    for _ in range(4):
        await scene.wait(15)
        await scene.observe(session, **AWAY)


async def jump(scene: Scene, minutes: float) -> None:
    """Move business time without waiting until everything that it makes due is done, or sent."""
    offset = scene.house.services["scheduling"].clock.offset + timedelta(minutes=minutes)
    for post in scene.house.posts():
        await post.set_offset(offset)
