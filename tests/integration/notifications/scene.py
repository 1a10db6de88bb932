"""What a test does around notifications, and what it looks at."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from cli.standins.mail import MailStandin, Taken
from cli.standins.sms import SmsStandin
from shared.events import Event, parse
from shared.events.intake import (
    AssessmentAnswered,
    LeadReceived,
    PatientRegistered,
    PatientScreened,
    SafetyConcernRaised,
    SafetyConcernResolved,
)
from shared.events.parts import (
    ConcernDetail,
    Contact,
    ContactConsent,
    ContactRecord,
    CoursePlan,
    DeliveredDose,
    FollowUp,
    Identity,
    Modality,
    ScreeningSummary,
)
from shared.events.scheduling import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentMissed,
    AppointmentMoved,
    CoursePlanned,
    SessionCompleted,
)
from shared.ids import derived_id, new_id
from shared.sealing import Sealed
from tests.support.house import House

ACCOUNT, TOKEN = "AC00000000000000000000000000000001", "test_auth_token"
ZONE = ZoneInfo("America/Boise")


@dataclass
class Scene:
    """What a test does around notifications: tell facts as other services do, look at what the provider has.

    `number` and `address` are the test's own, `began_at` and `said_before` part it from the tests before.
    """

    house: House
    standin: SmsStandin
    post: MailStandin
    webhooks: str
    number: str
    address: str
    began_at: datetime
    said_before: int

    async def lead(
        self, *, phone: str | None = "own", granted: bool | None = True, patient_id: UUID | None = None,
        given_name: str = "Ana", email: str | None = None, mail_granted: bool | None = True,
    ) -> UUID:  # fmt: skip
        patient_id = patient_id or new_id()
        phone = self.number if phone == "own" else phone
        email = self.address if email == "own" else email
        record = self.record(phone, granted, given_name=given_name, email=email, mail_granted=mail_granted)
        lead = LeadReceived(
            patient_id=patient_id, clinic_id=self.house.clinic.clinic_id, channel="web",
            received_at=self.house.clock.now(), contact=Sealed.of(record),
        )  # fmt: skip
        await self.say("intake", lead, patient_id)
        return patient_id

    def record(
        self, phone: str | None, granted: bool | None, *, zone: str | None = None, given_name: str = "Ana",
        email: str | None = None, mail_granted: bool | None = None,
    ) -> ContactRecord:  # fmt: skip
        said = {"SMS": granted, "EMAIL": mail_granted if email else None}
        consents = [
            ContactConsent(
                channel=channel, purpose="CARE", granted=given, wording_version="w1", method="web_form",
                given_at=self.house.clock.now(),
            )
            for channel, given in said.items() if given is not None
        ]  # fmt: skip
        contact = Contact(given_name=given_name, phone=phone, zone=zone, email=email)
        return ContactRecord(contact=contact, consents=tuple(consents))

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

    async def move(
        self, patient_id: UUID, appointment_id: UUID, *, by: timedelta = timedelta(days=1), version: int = 2,
        **over: Any,
    ) -> None:  # fmt: skip
        visit = self._visit(patient_id, appointment_id, version) | over
        moved = {name: visit[name] + by for name in ("starts_at", "ends_at")}
        said = AppointmentMoved(
            **visit | moved, previous_starts_at=visit["starts_at"], moved_at=self.house.clock.now()
        )  # fmt: skip
        await self.say("scheduling", said, patient_id)

    async def cancel(self, patient_id: UUID, appointment_id: UUID, *, version: int = 2, **over: Any) -> None:
        visit = self._visit(patient_id, appointment_id, version) | over
        cancelled = AppointmentCancelled(**visit, cancelled_at=self.house.clock.now(), late=False)
        await self.say("scheduling", cancelled, patient_id)

    async def miss(self, patient_id: UUID, appointment_id: UUID, *, version: int = 2) -> None:
        visit = self._visit(patient_id, appointment_id, version)
        missed = AppointmentMissed(**visit, recorded_at=self.house.clock.now())
        await self.say("scheduling", missed, patient_id)

    async def plan_course(self, patient_id: UUID, course_id: UUID, sessions: int) -> None:
        now = self.house.clock.now()
        plan = CoursePlan(protocol="IV_MOOD_6", modality=Modality.IV_MOOD, sessions=())
        planned = CoursePlanned(
            course_id=course_id, patient_id=patient_id, version=1, session_count=sessions, zone=self.house.clinic.zone,
            first_starts_at=now, planned_at=now, plan=Sealed.of(plan),
        )  # fmt: skip
        await self.say("scheduling", planned, patient_id)

    async def discharge(self, patient_id: UUID, appointment_id: UUID) -> None:
        now = self.house.clock.now()
        dose = DeliveredDose(
            modality=Modality.IV_MOOD, protocol="IV_MOOD_6", order_id=new_id(), dose_mg=35, minutes=40,
            infusion_started_at=now - timedelta(hours=1), infusion_ended_at=now - timedelta(minutes=20),
        )  # fmt: skip
        completed = SessionCompleted(
            session_id=new_id(), appointment_id=appointment_id, patient_id=patient_id, discharged_at=now,
            delivered=Sealed.of(dose),
        )  # fmt: skip
        await self.say("scheduling", completed, patient_id)

    async def answer(self, patient_id: UUID, appointment_id: UUID, occasion: str) -> None:
        answered = AssessmentAnswered(
            due_id=derived_id(appointment_id, occasion), patient_id=patient_id, occasion=occasion,
            appointment_id=appointment_id, recorded_at=self.house.clock.now(),
        )  # fmt: skip
        await self.say("intake", answered, patient_id)

    async def screen(
        self, patient_id: UUID, next_step: str | None, *, recheck_after: datetime | None = None, version: int = 1
    ) -> UUID:
        follow_up = Sealed.of(FollowUp(next_step=next_step, recheck_after=recheck_after)) if next_step else None
        screened = PatientScreened(
            screening_id=new_id(), patient_id=patient_id, version=version, screened_at=self.house.clock.now(),
            rule_set_hash="r1", summary=Sealed.of(ScreeningSummary(outcomes=())), follow_up=follow_up,
        )  # fmt: skip
        await self.say("intake", screened, patient_id)
        return screened.screening_id

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
        """Wait until nothing more happens by itself; the test's `messages` as they then stand."""
        while True:
            await self.house.settle()
            if not any(self._moves(row) for row in await self.plan()):
                return await self.messages()
            await asyncio.sleep(0.02)

    def _moves(self, row: Any) -> bool:
        due = row["state"] == "PLANNED" and row["due_at"] <= self.house.clock.now()
        return due or row["state"] == "SENDING" or (row["state"] == "UNKNOWN" and row["channel"] == "SMS")

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
        """Texts that answer something at once: confirmations and replies, oldest first."""
        at_once = ("N05", "N23", "N24", "N25")
        return [row for row in await self.plan() if row["channel"] == "SMS" and row["plan_id"] in at_once]

    async def plan(self, *plans: str) -> list[Any]:
        """Every message that was planned in this test, or those of some rows of the plan, oldest first."""
        rows = await self.house.rows(
            "notifications", "SELECT * FROM message WHERE planned_at >= $1 ORDER BY planned_at, due_at, id",
            self.began_at,
        )  # fmt: skip
        return [row for row in rows if not plans or row["plan_id"] in plans]

    async def states(self, *plans: str) -> dict[tuple[str, str, int | None], tuple[str, str | None]]:
        """(row of the plan, channel, version of the appointment) -> (state, reason)."""
        return {
            (row["plan_id"], row["channel"], row["appointment_version"]): (row["state"], row["reason"])
            for row in await self.plan(*plans)
        }

    async def tasks(self) -> list[Any]:
        """Call tasks of this test, oldest first."""
        return await self.house.rows(
            "notifications", "SELECT * FROM call_task WHERE created_at >= $1 ORDER BY created_at, id", self.began_at
        )

    def mails(self, to: str | None = None) -> list[Taken]:
        """What the mail server took for an address, by default the test's own."""
        return [mail for mail in self.post.mails if mail.to == (to or self.address)]

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
