"""What all four services say about one patient, told to intake's read models in any order."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.intake.projections import PROJECTIONS
from shared.events import Envelope, Event
from shared.events import intake as i
from shared.events import scheduling as s
from shared.events.parts import (
    AlertDetail,
    ConcernDetail,
    Contact,
    ContactRecord,
    CoursePlan,
    DeliveredDose,
    DeviationDetail,
    Identity,
    Modality,
    ModalityOutcome,
    Outcome,
    SafetyTaskDetail,
    ScoreDetail,
    ScreeningSummary,
)
from shared.events.prescribing import OrderContent, OrderDoubt, ReviewSummary
from shared.events.readying import OpenBlocker, ReadinessDetail
from shared.events.scheduling import ReadinessChanged
from shared.ids import named_id, new_id
from shared.messaging import applying
from shared.messaging.subscriber import Subscriber
from shared.sealing import Sealed, event_place, sealed_fields
from shared.service import Service

ORGANISATION, CLINIC = named_id("organisation", "wellmeadow"), named_id("clinic", "wellmeadow/larkspur")
NOON = datetime(2026, 3, 2, 19, tzinfo=UTC)
ZONE = "America/Boise"
E164, NAME = "+12085550142", "Wren Ostrow"


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


@dataclass
class Story:
    """Everything that is said about one patient, per producer in its order; a minute lies between two events."""

    patient: UUID = field(default_factory=new_id)
    told: list[Envelope] = field(default_factory=list)
    _service: Service | None = None

    @classmethod
    def sealed_by(cls, service: Service) -> "Story":
        return cls(_service=service)

    def say(self, event: Event, minutes: float | None = None, clinic: UUID | None = CLINIC) -> Envelope:
        """The event as its owner would send it."""
        assert self._service is not None
        event_id = new_id()
        sequence = 1 + sum(one.service == event.service for one in self.told)
        tokens: dict[str, Sealed[Any]] = {}
        for name, sealed in sealed_fields(type(event)).items():
            value = getattr(event, name)
            if value is not None:
                plain = sealed.adapter.dump_json(value.value)
                seal = self._service.keyring.seal
                tokens[name] = Sealed(token=seal(sealed.audience, event_place(event_id, name), plain))
        envelope = Envelope(
            id=event_id, type=event.type, service=event.service, subject=str(self.patient),
            time=at(len(self.told) if minutes is None else minutes), key=self.patient, sequence=sequence, epoch=1,
            organisation_id=ORGANISATION, clinic_id=clinic, correlation_id=new_id(), causation_id=None,
            traceparent=None, body=event.model_copy(update=tokens).model_dump_json().encode(),
        )  # fmt: skip
        self.told.append(envelope)
        return envelope

    def streams(self) -> list[list[Envelope]]:
        """What was told, per producer."""
        services = dict.fromkeys(one.service for one in self.told)
        return [[one for one in self.told if one.service == service] for service in services]


async def hear(service: Service, events: Iterable[Envelope]) -> None:
    """Let the read models take events in this order, as their consumer does."""
    subscriber = Subscriber(service, "intake.timeline", PROJECTIONS)
    for envelope in events:
        await applying.deliver(subscriber, envelope)


# --- what may be said -------------------------------------------------------------------------------------------------


def card() -> Identity:
    return Identity(legal_name=NAME, birth_date=date(1984, 2, 29), sex_at_birth="F", record_number="000007")


def contact() -> ContactRecord:
    return ContactRecord(contact=Contact(given_name="Wren", phone=E164))


def lead(p: UUID) -> Event:
    return i.LeadReceived(
        patient_id=p, clinic_id=CLINIC, channel="WEB", received_at=NOON, contact=Sealed.of(contact())
    )  # fmt: skip


def registered(p: UUID, version: int = 1) -> Event:
    return i.PatientRegistered(
        patient_id=p, version=version, registered_at=NOON, identity=Sealed.of(card()), contact=Sealed.of(contact())
    )


def screened(p: UUID, outcome: Outcome, version: int = 1, screening: UUID | None = None) -> Event:
    summary = ScreeningSummary(outcomes=(ModalityOutcome(modality=Modality.IV_MOOD, outcome=outcome),))
    return i.PatientScreened(
        screening_id=screening or new_id(), patient_id=p, version=version, screened_at=NOON, rule_set_hash="0" * 8,
        summary=Sealed.of(summary),
    )  # fmt: skip


def reviewed(p: UUID, version: int = 2, screening: UUID | None = None) -> Event:
    review = ReviewSummary(cleared=(Modality.IV_MOOD,))
    return i.ScreeningReviewed(
        screening_id=screening or new_id(), patient_id=p, version=version, reviewed_at=NOON, review=Sealed.of(review)
    )


def concern(p: UUID, concern_id: UUID, acknowledge_by: datetime | None = None) -> Event:
    return i.SafetyConcernRaised(
        concern_id=concern_id, patient_id=p, version=1, raised_at=NOON, acknowledge_by=acknowledge_by or at(5),
        detail=Sealed.of(ConcernDetail(risk="HIGH", source="PHQ9-ITEM9")),
    )  # fmt: skip


def acknowledged(p: UUID, concern_id: UUID) -> Event:
    return i.SafetyConcernAcknowledged(
        concern_id=concern_id, patient_id=p, version=2, raised_at=NOON, acknowledge_by=at(5), acknowledged_at=at(3),
        detail=Sealed.of(ConcernDetail(risk="HIGH", source="PHQ9-ITEM9")),
    )  # fmt: skip


def resolved(p: UUID, concern_id: UUID) -> Event:
    detail = ConcernDetail(risk="HIGH", source="PHQ9-ITEM9", disposition="SAFETY_PLAN_MADE")
    return i.SafetyConcernResolved(
        concern_id=concern_id, patient_id=p, version=2, resolved_at=NOON, detail=Sealed.of(detail)
    )


def assessment_due(p: UUID, due_id: UUID) -> Event:
    return i.AssessmentDue(due_id=due_id, patient_id=p, occasion="CHECK_IN_24H", due_at=NOON)


def scored(p: UUID) -> Event:
    score = ScoreDetail(instrument="PHQ9", total=17, band="moderately severe")
    return i.OutcomeRecorded(assessment_id=new_id(), patient_id=p, recorded_at=NOON, score=Sealed.of(score))


def signed(p: UUID) -> Event:
    return i.ConsentSigned(
        consent_id=new_id(), patient_id=p, version=1, document="treatment", document_version="3", signed_at=NOON,
        valid_until=NOON + timedelta(days=365),
    )  # fmt: skip


def ordered(p: UUID) -> Event:
    order = OrderContent(
        modality=Modality.IV_MOOD, protocol="IV_MOOD_6", mg_per_kg=Decimal("0.5"), dose_weight_kg=Decimal(70),
        dose_mg=35, minutes=40, draw_ml=Decimal("0.7"), rate_ml_per_hour=Decimal("52.5"), stock_mg_per_ml=Decimal(50),
        arithmetic=("70 kg x 0.5 mg/kg = 35 mg",),
    )  # fmt: skip
    return i.OrderSigned(
        order_id=new_id(), patient_id=p, version=1, signed_at=NOON, expires_at=NOON + timedelta(days=60),
        order=Sealed.of(order),
    )  # fmt: skip


def planned(p: UUID) -> Event:
    plan = CoursePlan(protocol="IV_MOOD_6", modality=Modality.IV_MOOD, sessions=())
    return s.CoursePlanned(
        course_id=new_id(), patient_id=p, version=1, session_count=6, zone=ZONE, first_starts_at=NOON,
        planned_at=NOON, plan=Sealed.of(plan),
    )  # fmt: skip


def booked(p: UUID, appointment: UUID, starts_at: datetime, version: int = 1) -> Event:
    return s.AppointmentBooked(patient_id=p, **_visit(appointment, starts_at, version))


def moved(p: UUID, appointment: UUID, starts_at: datetime, version: int = 2) -> Event:
    return s.AppointmentMoved(
        patient_id=p, previous_starts_at=NOON, moved_at=NOON, **_visit(appointment, starts_at, version)
    )


def cancelled(p: UUID, appointment: UUID, starts_at: datetime, version: int = 3) -> Event:
    return s.AppointmentCancelled(
        patient_id=p, cancelled_at=NOON, late=False, **_visit(appointment, starts_at, version)
    )  # fmt: skip


def missed(p: UUID, appointment: UUID, starts_at: datetime = NOON, version: int = 2) -> Event:
    return s.AppointmentMissed(patient_id=p, recorded_at=NOON, **_visit(appointment, starts_at, version))


def not_ready(p: UUID, appointment: UUID, version: int = 1) -> Event:
    missing = OpenBlocker(code="CONSENT_MISSING", owner="frontdesk", deadline=NOON)
    return ReadinessChanged(
        readiness_id=appointment, appointment_id=appointment, patient_id=p, version=version, ready=False,
        starts_at=NOON, zone=ZONE, swept_hours=72, changed_at=NOON, due_at=NOON, owners=("frontdesk",),
        detail=Sealed.of(ReadinessDetail(blockers=(missing,))),
    )  # fmt: skip


def form_late(p: UUID, session: UUID) -> Event:
    return s.MonitoringFormChanged(
        session_id=session, patient_id=p, version=2, state="LATE", due_on=NOON.date(), due_at=NOON, changed_at=NOON
    )


def _visit(appointment: UUID, starts_at: datetime, version: int) -> dict[str, Any]:
    return {
        "appointment_id": appointment, "version": version, "kind": "session", "course_id": named_id("course", "1"),
        "session_number": 1, "location": "main", "zone": ZONE, "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=150),
    }  # fmt: skip


def checked_in(p: UUID, session: UUID) -> Event:
    return s.SessionCheckedIn(session_id=session, appointment_id=new_id(), patient_id=p, checked_in_at=NOON)


def started(p: UUID, session: UUID) -> Event:
    return s.SessionStarted(session_id=session, appointment_id=new_id(), patient_id=p, started_at=NOON)


def alert(p: UUID, session: UUID) -> Event:
    detail = AlertDetail(rule_id="AL-03", level="CRITICAL", finding="pressure 184/112 mmHg")
    return s.VitalAlertRaised(
        alert_id=new_id(), session_id=session, patient_id=p, raised_at=NOON, alert=Sealed.of(detail)
    )  # fmt: skip


def deviation(p: UUID, session: UUID) -> Event:
    detail = DeviationDetail(code="RATE_ABOVE_ORDER", finding="rate 60 mL/h, ordered 52.5 mL/h")
    return s.DeviationRecorded(
        deviation_id=new_id(), session_id=session, patient_id=p, occurred_at=NOON, deviation=Sealed.of(detail)
    )


def completed(p: UUID, session: UUID) -> Event:
    given = DeliveredDose(
        modality=Modality.IV_MOOD, protocol="IV_MOOD_6", order_id=new_id(), dose_mg=35, minutes=40,
        infusion_started_at=NOON, infusion_ended_at=NOON + timedelta(minutes=40),
    )  # fmt: skip
    return s.SessionCompleted(
        session_id=session, appointment_id=new_id(), patient_id=p, session_number=1, discharged_at=NOON,
        delivered=Sealed.of(given),
    )  # fmt: skip


def safety_task(p: UUID, task: UUID) -> Event:
    return i.SafetyTaskOpened(
        task_id=task, patient_id=p, version=1, opened_at=NOON, due_at=at(60),
        detail=Sealed.of(SafetyTaskDetail(kind="TRIAGE")),
    )  # fmt: skip


def task_settled(p: UUID, task: UUID) -> Event:
    return i.SafetyTaskSettled(
        task_id=task, patient_id=p, version=2, settled_at=NOON,
        detail=Sealed.of(SafetyTaskDetail(kind="TRIAGE", outcome="SEEN")),
    )  # fmt: skip


def proposed(p: UUID, proposal: UUID) -> Event:
    return i.PlanProposed(proposal_id=proposal, patient_id=p, version=1, session_id=new_id(), proposed_at=NOON)


def decided(p: UUID, proposal: UUID) -> Event:
    return i.PlanProposalDecided(proposal_id=proposal, patient_id=p, version=2, state="REJECTED", decided_at=NOON)


def doubted(p: UUID) -> Event:
    doubt = OrderDoubt(protocol="IV_MOOD_6", code="WEIGHT_CORRECTED")
    return i.OrderDoubted(
        doubt_id=new_id(), order_id=new_id(), patient_id=p, revoked=False, look_by=at(60), doubted_at=NOON,
        doubt=Sealed.of(doubt),
    )  # fmt: skip


def opened(p: UUID) -> Event:
    return i.RecordOpened(grant_id=new_id(), patient_id=p, opened_at=NOON, until=at(60))
