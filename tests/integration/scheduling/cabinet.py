"""A cabinet with controlled substances at a clinic, and the two nurses who have its keys."""

from datetime import timedelta
from typing import Any

import httpx

from tests.integration.scheduling.scene import FULL, Scene

PIN = "402917"
OTHER = "nurse-2"
SEEN = {"witness": {"subject": OTHER, "pin": PIN}}


class Cabinet:
    """`registration` and `vial` are ids; `session` is one that waits for its dose."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.registration = ""
        self.session: dict[str, Any] = {}

    async def open(self, number: str = "FK1234563", location: str = "main") -> "Cabinet":
        """A registration of the location, and a second nurse with a PIN."""
        clinic = str(self.scene.house.clinic.clinic_id)
        body = {
            "clinic_id": clinic, "location": location, "number": number, "holder": "Larkspur Clinic",
            "address": "418 Sagebrush Court, Boise, ID 83702",
            "expires_on": (self.scene.now + timedelta(days=900)).date().isoformat(),
        }  # fmt: skip
        answer = await self.scene.call("/v1/drug-registrations", body)
        assert answer.status_code == 201, answer.text
        self.registration = answer.json()["registration_id"]
        await self.set_pin(OTHER)
        return self

    async def set_pin(self, subject: str, pin: str = PIN, *roles: str) -> None:
        token = self.scene.house.tokens.staff(*(roles or ("nurse",)), subject=subject)
        answer = await self.scene.call("/v1/staff-pins", {"pin": pin}, token=token)
        assert answer.status_code == 200, answer.text

    async def receive(self, lot: str = "KT2409A", **change: Any) -> httpx.Response:
        body = {
            "registration_id": self.registration, "substance": "ketamine", "lot": lot, "form": "VIAL",
            "mg_per_ml": "50", "container_ml": "10", "multi_dose": True, "containers": 1,
            "expires_on": "2098-02-28", "supplier": "Cascade Medical Supply", "document": "INV-88120", **SEEN,
        } | change  # fmt: skip
        return await self.scene.call("/v1/drug-deliveries", body)

    async def vial(self, lot: str, **change: Any) -> str:
        """A vial that has arrived."""
        answer = await self.receive(lot, **change)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["vials"][-1]["vial_id"])

    async def patient_waits(self) -> dict[str, Any]:
        """A session that is ready for its dose."""
        booked = await self.scene.book(await self.scene.patient())
        self.session = await self.scene.arrive(booked["sessions"][0])
        await self.scene.observe(self.session, **FULL)
        return self.session

    async def draw(self, vial: str, mg: str, **change: Any) -> httpx.Response:
        body = {"session_id": self.session["session_id"], "mg": mg} | change
        return await self.scene.call(f"/v1/vials/{vial}/draw", body)

    async def drawn(self, vial: str, mg: str) -> str:
        """The id of a draw that must succeed."""
        answer = await self.draw(vial, mg)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["draw_id"])

    async def waste(self, draw: str, mg: str, **change: Any) -> httpx.Response:
        return await self.scene.call(f"/v1/draws/{draw}/waste", {"mg": mg, "method": "DRUG_BUSTER", **SEEN} | change)

    async def administer(self, draw: str, mg: str) -> httpx.Response:
        return await self.scene.call(f"/v1/draws/{draw}/administer", {"mg": mg})

    async def balance(self, vial: str) -> str:
        return str((await self.scene.see(f"/v1/vials/{vial}")).json()["balance_mg"])


def refusals(answer: httpx.Response) -> list[str]:
    """The codes of a refusal, with its status in front."""
    return [str(answer.status_code), *(error["code"] for error in answer.json()["errors"])]
