"""What the tests of re-planning have in common: courses, closed days, previews, offers."""

from datetime import date, timedelta
from typing import Any

from shared.clinicfile.model import ClinicFile
from tests.integration.scheduling.scene import Scene

TWICE = ["mon", "thu"]


def clinic(scene: Scene) -> str:
    return str(scene.house.clinic.clinic_id)


async def course(scene: Scene, pattern: list[str] = TWICE, **change: Any) -> dict[str, Any]:
    """Six sessions from Monday after next on."""
    wish = {"pattern": pattern, "start_on": scene.next_monday(1).isoformat()} | change
    return await scene.book(await scene.patient(), **wish)


def replanned(scene: Scene, **policy: Any) -> ClinicFile:
    """The clinic's file with other numbers for re-planning."""
    clinic = scene.house.clinic
    replan = clinic.booking.replan.model_copy(update=policy)
    return clinic.model_copy(update={"booking": clinic.booking.model_copy(update={"replan": replan})})


async def closed(
    scene: Scene, booked: dict[str, Any], first: int, last: int | None = None, location: str | None = None
) -> dict[str, str]:
    """The clinic is closed from the n-th session's day on, for one day or until so many days after the first."""
    day = date.fromisoformat(booked["sessions"][first]["starts"]["local_date"])
    until = day if last is None else date.fromisoformat(booked["sessions"][0]["starts"]["local_date"]) + timedelta(last)
    body = {
        "clinic_id": clinic(scene),
        "first_day": day.isoformat(),
        "last_day": until.isoformat(),
        "reason": "WEATHER",
        "location": location,
    }
    answer = await scene.call("/v1/closures", body)
    assert answer.status_code == 201, answer.text
    return {"cause": "CLOSURE", "cause_id": answer.json()["closure_id"]}


async def preview(scene: Scene, cause: dict[str, str]) -> dict[str, Any]:
    answer = await scene.call("/v1/replans/preview", cause)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def offered(scene: Scene, cause: dict[str, str]) -> dict[str, Any]:
    """Offer what a preview shows; returns the offer that it led to."""
    made = await scene.call("/v1/replans", cause | {"digest": (await preview(scene, cause))["digest"]})
    assert made.status_code == 201, made.text
    (offer_id,) = made.json()["offers"]
    return dict((await scene.see(f"/v1/offers/{offer_id}")).json())


async def calls(scene: Scene) -> list[tuple[str, str]]:
    found = (await scene.see("/v1/call-list", clinic_id=clinic(scene))).json()["items"]
    return [(offer["offer_id"], offer["state"]) for offer in found]


def days_after(booked: dict[str, Any], change: dict[str, Any]) -> int:
    first = date.fromisoformat(booked["sessions"][0]["starts"]["local_date"])
    return (date.fromisoformat(change["starts"]["local_date"]) - first).days
