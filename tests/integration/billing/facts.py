"""What others say about one patient, sealed as they seal it, and a billing service that takes it."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from services.billing.handlers import SUBSCRIPTIONS
from shared.caller import Caller
from shared.clinicfile.model import ClinicFile
from shared.db.unit_of_work import unit_of_work
from shared.events import Envelope, Event
from shared.events.intake import PatientRegistered
from shared.events.parts import (
    Contact,
    ContactRecord,
    CoursePlan,
    CourseSession,
    DeliveredDose,
    Identity,
    Modality,
)
from shared.events.scheduling import CoursePlanned, SessionAborted, SessionCompleted
from shared.ids import named_id
from shared.sealing import Sealed, event_place, sealed_fields
from shared.service import Service

ORGANISATION = named_id("organisation", "wellmeadow")
CLINIC = named_id("clinic", "wellmeadow/larkspur")
PLANNED_AT = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
FIRST = datetime(2026, 12, 14, 16, 0, tzinfo=UTC)


@dataclass
class Patient:
    """One patient's facts; ids are made once, so a fact told twice is the same fact."""

    id: UUID = field(default_factory=uuid4)
    course_id: UUID = field(default_factory=uuid4)
    session_id: UUID = field(default_factory=uuid4)
    name: str = "Juniper Vale"

    def registered(self, version: int = 1) -> PatientRegistered:
        identity = Identity(
            legal_name=self.name, birth_date=date(1986, 4, 9), sex_at_birth="female", record_number="P-1"
        )
        contact = ContactRecord(contact=Contact(given_name="Juniper"))
        return PatientRegistered(
            patient_id=self.id, version=version, registered_at=PLANNED_AT, identity=Sealed.of(identity),
            contact=Sealed.of(contact),
        )  # fmt: skip

    def planned(self, version: int = 1, *, sessions: int = 6, protocol: str = "IV_MOOD_6") -> CoursePlanned:
        slots = tuple(
            CourseSession(appointment_id=uuid4(), number=n, starts_at=FIRST, ends_at=FIRST + timedelta(minutes=150))
            for n in range(1, sessions + 1)
        )
        plan = CoursePlan(protocol=protocol, modality=Modality.IV_MOOD, sessions=slots)
        return CoursePlanned(
            course_id=self.course_id, patient_id=self.id, version=version, session_count=sessions,
            zone="America/Boise", first_starts_at=FIRST, planned_at=PLANNED_AT, plan=Sealed.of(plan),
        )  # fmt: skip

    def completed(
        self, number: int | None = 1, *, in_course: bool = True, protocol: str = "IV_MOOD_6"
    ) -> SessionCompleted:
        return SessionCompleted(
            session_id=self.session_id, appointment_id=uuid4(), patient_id=self.id,
            course_id=self.course_id if in_course else None, session_number=number, discharged_at=FIRST,
            delivered=Sealed.of(_delivered(protocol)),
        )  # fmt: skip

    def aborted(self) -> SessionAborted:
        return SessionAborted(
            session_id=self.session_id, appointment_id=uuid4(), patient_id=self.id, aborted_at=FIRST,
            delivered=Sealed.of(_delivered("IV_MOOD_6")),
        )  # fmt: skip


def _delivered(protocol: str) -> DeliveredDose:
    return DeliveredDose(
        modality=Modality.IV_MOOD, protocol=protocol, order_id=uuid4(), dose_mg=35, minutes=40,
        infusion_started_at=FIRST, infusion_ended_at=FIRST + timedelta(minutes=40),
    )  # fmt: skip


class Billing:
    """A billing service told facts directly, as its consumer tells them: handler inside a unit of work."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._numbers = count(1)

    async def tell(self, event: Any, *, clinic: UUID | None = CLINIC, token: str | None = None) -> None:
        """One transaction as the consumer makes it. `token` replaces what the sealed fields hold."""
        event_id = uuid4()
        sealed = self._sealed(event, event_id, token)
        cause = Envelope(
            id=event_id, type=event.type, service=event.service, subject="", time=PLANNED_AT, key=event.patient_id,
            sequence=next(self._numbers), epoch=1, organisation_id=ORGANISATION, clinic_id=clinic,
            correlation_id=uuid4(), causation_id=None, traceparent=None, body=b"",
        )  # fmt: skip
        caller = Caller("service", "billing.commands", ORGANISATION)
        async with unit_of_work(self.service, caller, cause=cause) as uow:
            await SUBSCRIPTIONS[type(event)](uow, sealed)

    def _sealed(self, event: Event, event_id: UUID, token: str | None) -> Event:
        tokens: dict[str, Sealed[Any]] = {}
        for name, sealed in sealed_fields(type(event)).items():
            plain = sealed.adapter.dump_json(getattr(event, name).value)
            seal = self.service.keyring.seal
            tokens[name] = Sealed(token=token or seal(sealed.audience, event_place(event_id, name), plain))
        return event.model_copy(update=tokens)

    async def apply(self, file: ClinicFile, hash_: str = "h1") -> None:
        """Put a clinic file in force."""
        pool = await self.service.database.pool()
        await pool.execute(
            "INSERT INTO clinic_file (clinic_id, hash, organisation_id, content, clinical_hash, staged_by)"
            " VALUES ($1, $2, $3, $4, $2, 'test')",
            file.clinic_id, hash_, file.organisation_id, file.model_dump_json(),
        )  # fmt: skip
        await pool.execute(
            "INSERT INTO clinic_active (clinic_id, hash, organisation_id) VALUES ($1, $2, $3)"
            " ON CONFLICT (clinic_id) DO UPDATE SET hash = excluded.hash",
            file.clinic_id, hash_, file.organisation_id,
        )  # fmt: skip

    async def rows(self, statement: str, *args: object) -> list[dict[str, Any]]:
        pool = await self.service.database.pool()
        return [dict(row) for row in await pool.fetch(statement, *args)]

    async def said(self) -> list[str]:
        """Types of the events in the outbox, in order."""
        return [row["type"].split(".")[2] for row in await self.rows("SELECT type FROM outbox ORDER BY id")]


def priced_at(file: ClinicFile, **cents: int) -> ClinicFile:
    """The file with other session prices."""
    prices = file.prices.model_copy(update={"session_cents": {**file.prices.session_cents, **cents}})
    return file.model_copy(update={"prices": prices})
