"""Staff on duty at a clinic that keeps its roster here."""

from datetime import date, timedelta
from typing import Any

from tests.integration.scheduling.scene import Scene

ALL = dict.fromkeys(("LICENCE", "DEA", "ACLS", "BLS", "REMS"), "2099-12-31")
CLEAR = "TRUNCATE absence, shift, staff_member CASCADE"


def clinic(scene: Scene) -> str:
    return str(scene.house.clinic.clinic_id)


async def engaged(
    scene: Scene, role: str, credentials: dict[str, str] | None = None, **further: Any
) -> dict[str, Any]:  # fmt: skip
    body = {"clinic_id": clinic(scene), "name": "Marlow Quill", "role": role, "credentials": credentials or ALL}
    body |= further
    answer = await scene.call("/v1/staff", body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def on_duty(scene: Scene, person: dict[str, Any], day: date, starts: str = "08:00", ends: str = "18:00") -> Any:
    body = {"clinic_id": clinic(scene), "location": "main", "staff_id": person["staff_id"], "day": day.isoformat(),
            "starts": starts, "ends": ends}  # fmt: skip
    return await scene.call("/v1/shifts", body)


async def covered(scene: Scene, weeks: int = 2) -> tuple[dict[str, Any], dict[str, Any]]:
    """A nurse and a prescriber on every day of the coming weeks."""
    nurse, prescriber = await engaged(scene, "NURSE"), await engaged(scene, "PRESCRIBER")
    for n in range(7 * weeks):
        for person in (nurse, prescriber):
            answer = await on_duty(scene, person, scene.next_monday() + timedelta(days=n))
            assert answer.status_code == 201, answer.text
    return nurse, prescriber
