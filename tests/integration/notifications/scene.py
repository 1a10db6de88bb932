"""A house with notifications, a provider on a port, and webhooks that the provider reaches."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from cli.standins.sms import SmsStandin
from services.notifications.app import DEFINITION, create_app
from shared.events import Event, parse
from shared.events.intake import LeadReceived, PatientRegistered, SafetyConcernRaised, SafetyConcernResolved
from shared.events.parts import ConcernDetail, Contact, ContactConsent, ContactRecord, Identity
from shared.events.scheduling import AppointmentBooked, AppointmentCancelled
from shared.ids import new_id
from shared.runtime.serve import Server, listen
from shared.sealing import Sealed
from tests.support.house import House, running
from tests.support.postgres import Postgres

ACCOUNT, TOKEN = "AC00000000000000000000000000000001", "test_auth_token"
ZONE = ZoneInfo("America/Boise")


@dataclass
class Theatre:
    """What all tests of this folder share: starting it costs more than a test does."""

    house: House
    standin: SmsStandin
    webhooks: str
    numbers: Iterator[int]

    async def scene(self) -> "Scene":
        """A scene of its own at noon of the clinic, so that no test depends on the hour at which it runs."""
        now = self.house.clock.now()
        local = now.astimezone(ZONE)
        noon = local.replace(hour=12, minute=0, second=0, microsecond=0)
        await self.house.clock.advance((noon if noon > local else noon + timedelta(days=1)) - local)
        said = len(await self.house.envelopes("notifications"))
        number = f"+1208555{next(self.numbers)}"
        return Scene(self.house, self.standin, self.webhooks, number, self.house.clock.now(), said)


@dataclass
class Scene:
    """What a test does around notifications: tell facts as other services do, look at what the provider has.

    `number` is the test's own, `began_at` and `said_before` part it from the tests before.
    """

    house: House
    standin: SmsStandin
    webhooks: str
    number: str
    began_at: datetime
    said_before: int

    async def lead(
        self, *, phone: str | None = "own", granted: bool | None = True, patient_id: UUID | None = None,
        given_name: str = "Ana",
    ) -> UUID:  # fmt: skip
        patient_id = patient_id or new_id()
        phone = self.number if phone == "own" else phone
        lead = LeadReceived(
            patient_id=patient_id, clinic_id=self.house.clinic.clinic_id, channel="web",
            received_at=self.house.clock.now(), contact=Sealed.of(self.record(phone, granted, given_name=given_name)),
        )  # fmt: skip
        await self.say("intake", lead, patient_id)
        return patient_id

    def record(
        self, phone: str | None, granted: bool | None, *, zone: str | None = None, given_name: str = "Ana"
    ) -> ContactRecord:
        consent = ContactConsent(
            channel="SMS", purpose="CARE", granted=bool(granted), wording_version="w1", method="web_form",
            given_at=self.house.clock.now(),
        )  # fmt: skip
        contact = Contact(given_name=given_name, phone=phone, zone=zone)
        return ContactRecord(contact=contact, consents=() if granted is None else (consent,))

    async def register(self, patient_id: UUID, record: ContactRecord, version: int = 1) -> None:
        identity = Identity(
            legal_name="Ana Ruiz", birth_date=datetime(1990, 1, 1).date(), sex_at_birth="F", record_number="1"
        )
        registered = PatientRegistered(
            patient_id=patient_id, version=version, registered_at=self.house.clock.now(),
            identity=Sealed.of(identity), contact=Sealed.of(record),
        )  # fmt: skip
        await self.say("intake", registered, patient_id)

    async def book(
        self, patient_id: UUID, *, appointment_id: UUID | None = None, version: int = 1, **over: Any
    ) -> UUID:
        appointment_id = appointment_id or new_id()
        await self.say(
            "scheduling", AppointmentBooked(**self._visit(patient_id, appointment_id, version) | over), patient_id
        )
        return appointment_id

    async def cancel(self, patient_id: UUID, appointment_id: UUID, *, version: int = 2) -> None:
        visit = self._visit(patient_id, appointment_id, version)
        cancelled = AppointmentCancelled(**visit, cancelled_at=self.house.clock.now(), late=False)
        await self.say("scheduling", cancelled, patient_id)

    async def raise_concern(self, patient_id: UUID) -> UUID:
        concern_id, now = new_id(), self.house.clock.now()
        raised = SafetyConcernRaised(
            concern_id=concern_id, patient_id=patient_id, version=1, raised_at=now,
            acknowledge_by=now + timedelta(minutes=5), detail=Sealed.of(ConcernDetail(risk="HIGH", source="PHQ9")),
        )  # fmt: skip
        await self.say("intake", raised, patient_id)
        return concern_id

    async def resolve_concern(self, patient_id: UUID, concern_id: UUID) -> None:
        detail = Sealed.of(ConcernDetail(risk="HIGH", source="PHQ9", disposition="SAFETY_PLAN"))
        resolved = SafetyConcernResolved(
            concern_id=concern_id, patient_id=patient_id, version=2, resolved_at=self.house.clock.now(), detail=detail
        )
        await self.say("intake", resolved, patient_id)

    async def say(self, service: str, event: Any, patient_id: UUID) -> UUID:
        return await self.house.publish(service, event, key=patient_id, clinic_id=self.house.clinic.clinic_id)

    async def quiet(self) -> list[Any]:
        """Wait until nothing more happens by itself; the test's messages as they then stand, oldest first."""
        while True:
            await self.house.settle()
            rows = await self.messages()
            if not any(self._moves(row) for row in rows):
                return rows
            await asyncio.sleep(0.02)

    def _moves(self, row: Any) -> bool:
        due = row["state"] == "PLANNED" and row["due_at"] <= self.house.clock.now()
        return due or row["state"] in ("SENDING", "UNKNOWN")

    async def until(self, holds: Callable[[Any], bool]) -> None:
        """Wait until it holds for the test's newest message; the provider calls back when it likes."""
        rows: list[Any] = []
        for _ in range(1000):
            rows = await self.messages()
            if rows and holds(rows[-1]):
                return
            await asyncio.sleep(0.02)
        stands = [(row["state"], row["reason"], row["provider_status"], row["due_at"]) for row in rows]
        raise AssertionError(f"at {self.house.clock.now()} still {stands}: {await self.house.settle()}")

    async def report(self, message_id: UUID, sid: str, status: str) -> int:
        """The provider calls back."""
        url = f"{self.webhooks}/v1/twilio/status?d={message_id}"
        return await self.standin.post(url, {"MessageSid": sid, "MessageStatus": status})

    async def messages(self) -> list[Any]:
        return await self.house.rows(
            "notifications", "SELECT * FROM message WHERE planned_at >= $1 ORDER BY planned_at, id", self.began_at
        )

    async def said(self, *types: type[Event]) -> list[Any]:
        """What notifications said in this test."""
        said = [parse(envelope) for envelope in (await self.house.envelopes("notifications"))[self.said_before :]]
        return [event for event in said if not types or isinstance(event, types)]

    async def text_in(self, body: str, sender: str | None = None) -> int:
        """A patient texts."""
        return await self.standin.write_back(f"{self.webhooks}/v1/twilio/inbound", sender or self.number, body)

    def sent(self, to: str | None = None) -> list[str]:
        """What the provider took for a number, by default the test's own."""
        return [text.body for text in self.standin.texts if text.to == (to or self.number)]

    def _visit(self, patient_id: UUID, appointment_id: UUID, version: int) -> dict[str, Any]:
        starts_at = self.house.clock.now().replace(microsecond=0) + timedelta(days=3)
        return {
            "appointment_id": appointment_id, "patient_id": patient_id, "version": version, "kind": "session",
            "course_id": None, "session_number": None, "location": self.house.clinic.locations[0].id,
            "zone": self.house.clinic.zone, "starts_at": starts_at, "ends_at": starts_at + timedelta(hours=2),
        }  # fmt: skip


@asynccontextmanager
async def playing(postgres: Postgres, broker: str) -> AsyncIterator[Theatre]:
    """Notifications, its provider, and its webhooks on a port."""
    standin, listener = SmsStandin(ACCOUNT, TOKEN), listen("127.0.0.1", 0)
    webhooks = f"http://127.0.0.1:{listener.getsockname()[1]}"
    settings = {
        "sms_url": await standin.start(), "sms_account": ACCOUNT, "sms_token": TOKEN, "sms_from": "+12085550100",
        "sms_callback_base": webhooks,
    }  # fmt: skip
    async with running([DEFINITION], postgres, broker, settings={"notifications": settings}) as house:
        server = Server(create_app(house.services["notifications"]))
        serving = asyncio.create_task(server.serve([listener]))
        yield Theatre(house, standin, webhooks, count(2000))
        await standin.stop()
        server.leave()
        await serving
