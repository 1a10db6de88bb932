"""What an entry of a patient's timeline says, and what of it the patient is shown."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from shared.events import Event
from shared.events.billing import EstimateIssued, InvoiceIssued, PaymentReceived, RefundIssued
from shared.events.intake import (
    AssessmentDue,
    ConsentRevoked,
    ConsentSigned,
    LeadReceived,
    OutcomeRecorded,
    PatientChanged,
    PatientRegistered,
)
from shared.events.notifications import MessageSent
from shared.events.scheduling import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentMissed,
    AppointmentMoved,
    CourseChanged,
    CoursePlanned,
    MaintenanceDue,
    SessionCompleted,
    SlotClaimed,
    SlotOfferClosed,
    SlotOffered,
)

_VISIT = ("appointment_id", "kind", "session_number", "location", "zone", "starts_at", "ends_at")
_OFFER = ("offer_id", "appointment_id")
_COURSE = ("course_id", "session_count", "zone", "first_starts_at")
PATIENT_SEES: Mapping[type[Event], tuple[str, ...]] = {
    LeadReceived: ("channel",),
    PatientRegistered: (),
    PatientChanged: (),
    ConsentSigned: ("consent_id", "document", "document_version", "valid_until"),
    ConsentRevoked: ("consent_id", "document"),
    AssessmentDue: ("occasion", "appointment_id", "due_at", "late_from"),
    OutcomeRecorded: ("assessment_id",),
    CoursePlanned: _COURSE,
    CourseChanged: _COURSE,
    AppointmentBooked: _VISIT,
    AppointmentMoved: (*_VISIT, "previous_starts_at"),
    AppointmentCancelled: _VISIT,
    AppointmentMissed: _VISIT,
    SlotOffered: (*_OFFER, "location", "zone", "sessions", "starts_at", "previous_starts_at", "expires_at", "waitlist"),
    SlotClaimed: _OFFER,
    SlotOfferClosed: (*_OFFER, "state"),
    SessionCompleted: ("appointment_id", "session_number"),
    MaintenanceDue: ("due_on",),
    MessageSent: ("channel",),
    EstimateIssued: ("estimate_id", "version"),
    InvoiceIssued: ("invoice_id",),
    PaymentReceived: ("payment_id",),
    RefundIssued: ("refund_id",),
}
"""The events that a patient is shown, and which of their facts. Judgements and work of staff are for staff."""

SHOWN_TO_PATIENTS = frozenset(event.type for event in PATIENT_SEES)


class Detail(BaseModel):
    """The clinical fields of an event by name, in plain; only ever kept sealed."""

    told: dict[str, Any]


def code_of(event_type: str) -> str:
    """What happened as a code: `stillwater.scheduling.AppointmentBooked.v1` is APPOINTMENT_BOOKED."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", event_type.split(".")[2]).upper()


def shown_to_patient(event_type: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of an entry that the patient is shown."""
    shown = next(names for event, names in PATIENT_SEES.items() if event.type == event_type)
    return {name: value for name, value in facts.items() if name in shown}
