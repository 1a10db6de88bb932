"""What others say about one patient, sealed as they seal it, and a billing service that takes it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, TypeVar
from uuid import UUID, uuid4

from pydantic import BaseModel

from services.billing.handlers import SUBSCRIPTIONS
from shared.caller import Caller
from shared.clinicfile.hash import content_hash
from shared.clinicfile.model import ClinicFile
from shared.db.unit_of_work import unit_of_work
from shared.events import Envelope, Event
from shared.events.intake import PatientChanged, PatientRegistered
from shared.events.parts import (
    Contact,
    ContactRecord,
    CoursePlan,
    CourseSession,
    DeliveredDose,
    Identity,
    Modality,
    ReasonClass,
)
from shared.events.scheduling import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentMissed,
    AppointmentMoved,
    CourseChanged,
    CoursePlanned,
    SessionAborted,
    SessionCompleted,
)
from shared.ids import named_id
from shared.sealing import Sealed, event_place, sealed_fields
from shared.service import Service

ORGANISATION = named_id("organisation", "wellmeadow")
CLINIC = named_id("clinic", "wellmeadow/larkspur")
M = TypeVar("M", bound=BaseModel)
E = TypeVar("E", bound=Event)
PLANNED_AT = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
FIRST = datetime(2026, 12, 14, 16, 0, tzinfo=UTC)


@dataclass
class Patient:
    """One patient's facts; ids are made once, so a fact told twice is the same fact."""

    id: UUID = field(default_factory=uuid4)
    course_id: UUID = field(default_factory=uuid4)
    session_id: UUID = field(default_factory=uuid4)
    visit_id: UUID = field(default_factory=uuid4)
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

    def renamed(self, version: int, name: str) -> PatientChanged:
        registered = self.registered(version)
        identity = registered.identity.value.model_copy(update={"legal_name": name})
        return PatientChanged(
            patient_id=self.id, version=version, changed_at=PLANNED_AT, identity=Sealed.of(identity),
            contact=registered.contact,
        )  # fmt: skip

    def planned(
        self, version: int = 1, *, sessions: int = 6, protocol: str = "IV_MOOD_6", first: datetime = FIRST
    ) -> CoursePlanned:  # fmt: skip
        plan = _plan(protocol, range(1, sessions + 1), first)
        return CoursePlanned(
            course_id=self.course_id, patient_id=self.id, version=version, session_count=sessions,
            zone="America/Boise", first_starts_at=first, planned_at=PLANNED_AT, plan=Sealed.of(plan),
        )  # fmt: skip

    def changed(
        self, version: int, reason: str, numbers: Iterable[int], *, at: datetime = PLANNED_AT,
        protocol: str = "IV_MOOD_6",
    ) -> CourseChanged:  # fmt: skip
        """The course now consists of the sessions `numbers`, two days apart from FIRST on."""
        plan = _plan(protocol, numbers)
        return CourseChanged(
            course_id=self.course_id, patient_id=self.id, version=version, session_count=len(plan.sessions),
            zone="America/Boise", first_starts_at=FIRST, changed_at=at, reason=reason, plan=Sealed.of(plan),
        )  # fmt: skip

    def completed(
        self, number: int | None = 1, *, in_course: bool = True, protocol: str = "IV_MOOD_6", mg: int = 35,
        session_id: UUID | None = None, at: datetime = FIRST,
    ) -> SessionCompleted:  # fmt: skip
        return SessionCompleted(
            session_id=session_id or self.session_id, appointment_id=uuid4(), patient_id=self.id,
            course_id=self.course_id if in_course else None, session_number=number, discharged_at=at,
            delivered=Sealed.of(_delivered(protocol, mg)),
        )  # fmt: skip

    def visit(self, version: int = 1, kind: str = "consultation", starts_at: datetime = FIRST) -> dict[str, Any]:
        """The whole state that every fact about the visit carries."""
        return {
            "appointment_id": self.visit_id, "patient_id": self.id, "version": version, "kind": kind,
            "location": "main", "zone": "America/Boise", "starts_at": starts_at,
            "ends_at": starts_at + timedelta(minutes=60),
        }  # fmt: skip

    def booked(self, kind: str = "consultation") -> AppointmentBooked:
        return AppointmentBooked(**self.visit(kind=kind))

    def booked_on(self, day: date) -> AppointmentBooked:
        return AppointmentBooked(**self.visit(starts_at=datetime.combine(day, FIRST.timetz())))

    def moved(self, version: int = 2) -> AppointmentMoved:
        later = self.visit(version, starts_at=FIRST + timedelta(days=1))
        return AppointmentMoved(**later, previous_starts_at=FIRST, moved_at=PLANNED_AT)

    def cancelled(self, whose: str | None = "PATIENT", *, late: bool = True) -> AppointmentCancelled:
        sealed = Sealed.of(ReasonClass(code=whose)) if whose else None
        return AppointmentCancelled(
            **self.visit(2, "session"), cancelled_at=FIRST - timedelta(hours=3), late=late, reason_class=sealed
        )

    def missed(self) -> AppointmentMissed:
        return AppointmentMissed(**self.visit(2, "session"), recorded_at=FIRST + timedelta(hours=1))

    def attended(self, version: int = 2) -> AppointmentCompleted:
        return AppointmentCompleted(**self.visit(version), completed_at=FIRST + timedelta(hours=1))

    def aborted(self) -> SessionAborted:
        return SessionAborted(
            session_id=self.session_id, appointment_id=uuid4(), patient_id=self.id, aborted_at=FIRST,
            delivered=Sealed.of(_delivered("IV_MOOD_6", 35)),
        )  # fmt: skip


def _plan(protocol: str, numbers: Iterable[int], first: datetime = FIRST) -> CoursePlan:
    starts = [(number, first + timedelta(days=2 * (number - 1))) for number in numbers]
    slots = [
        CourseSession(appointment_id=uuid4(), number=number, starts_at=at, ends_at=at + timedelta(minutes=150))
        for number, at in starts
    ]
    return CoursePlan(protocol=protocol, modality=Modality.IV_MOOD, sessions=tuple(slots))


def _delivered(protocol: str, mg: int) -> DeliveredDose:
    return DeliveredDose(
        modality=Modality.IV_MOOD, protocol=protocol, order_id=uuid4(), dose_mg=mg, minutes=40,
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
            if getattr(event, name) is None:
                continue
            plain = sealed.adapter.dump_json(getattr(event, name).value)
            seal = self.service.keyring.seal
            tokens[name] = Sealed(token=token or seal(sealed.audience, event_place(event_id, name), plain))
        return event.model_copy(update=tokens)

    async def apply(self, file: ClinicFile) -> None:
        """Put a clinic file in force."""
        hash_ = content_hash(file)
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

    async def opened(self, type_: str, field_: str, model: type[M]) -> list[M]:
        """The opened field of every event of a type in the outbox, in order."""
        rows = await self.rows("SELECT event_id, type, body FROM outbox ORDER BY id")
        tokens = [(r["event_id"], json.loads(r["body"])[field_]) for r in rows if r["type"].split(".")[2] == type_]
        ring = self.service.keyring
        return [model.model_validate_json(ring.open(event_place(id_, field_), token)) for id_, token in tokens]

    async def events(self, type_: type[E]) -> list[E]:
        """Events of a type in the outbox, in order; sealed fields stay sealed."""
        rows = await self.rows("SELECT body FROM outbox WHERE type = $1 ORDER BY id", type_.type)
        return [type_.model_validate_json(row["body"]) for row in rows]

    async def held(self) -> dict[str, int]:
        """What each account holds: its debits less its credits, in cents."""
        moves = await self.rows("SELECT debit, credit, amount_cents FROM posting")
        holds: dict[str, int] = {}
        for move in moves:
            holds[move["debit"]] = holds.get(move["debit"], 0) + move["amount_cents"]
            holds[move["credit"]] = holds.get(move["credit"], 0) - move["amount_cents"]
        return {account: cents for account, cents in holds.items() if cents}

    async def said(self) -> list[str]:
        """Types of the events in the outbox, in order."""
        return [row["type"].split(".")[2] for row in await self.rows("SELECT type FROM outbox ORDER BY id")]


def priced_at(file: ClinicFile, **cents: int) -> ClinicFile:
    """The file with other session prices."""
    prices = file.prices.model_copy(update={"session_cents": {**file.prices.session_cents, **cents}})
    return file.model_copy(update={"prices": prices})


def with_prices(file: ClinicFile, **prices: Any) -> ClinicFile:
    """The file with other packages, fees and the like."""
    return file.model_copy(update={"prices": file.prices.model_copy(update=prices)})
