"""What notifications hears. The table at the end is all of it."""

from services.notifications.commands.contacts import Told, learn_contact
from services.notifications.commands.visits import note_concern, note_visit
from services.notifications.models import Concern, Visit
from shared.db.unit_of_work import UnitOfWork
from shared.events import Envelope, Event
from shared.events.intake import LeadReceived, PatientRegistered, SafetyConcernRaised, SafetyConcernResolved
from shared.events.scheduling import AppointmentBooked, AppointmentCancelled
from shared.service import Handler

LEAD_VERSION = 0


async def on_lead_received(uow: UnitOfWork, event: LeadReceived) -> None:
    """A lead's contact and consent acts; anything that is known of the patient already is newer."""
    record, cause = uow.open(event, "contact"), _cause(uow)
    await learn_contact(uow, Told(event.patient_id, LEAD_VERSION, event.clinic_id, record, cause.id))


async def on_patient_registered(uow: UnitOfWork, event: PatientRegistered) -> None:
    """The patient's contact and consent acts; name and birth date are not opened."""
    record, cause = uow.open(event, "contact"), _cause(uow)
    await learn_contact(uow, Told(event.patient_id, event.version, cause.clinic_id, record, cause.id))


async def on_appointment_booked(uow: UnitOfWork, event: AppointmentBooked) -> None:
    """Confirm a booking once (N05)."""
    await note_visit(uow, _visit(uow, event), event.session_number)


async def on_appointment_cancelled(uow: UnitOfWork, event: AppointmentCancelled) -> None:
    """What was planned for it and has not left is never sent."""
    await note_visit(uow, _visit(uow, event), event.session_number)


async def on_safety_concern_raised(uow: UnitOfWork, event: SafetyConcernRaised) -> None:
    """No ordinary texts from now on. What the concern is about is not opened."""
    await note_concern(uow, _concern(uow, event))


async def on_safety_concern_resolved(uow: UnitOfWork, event: SafetyConcernResolved) -> None:
    """What was held may go, unless it is too late or another concern is open."""
    await note_concern(uow, _concern(uow, event))


def _cause(uow: UnitOfWork) -> Envelope:
    if uow.cause is None:
        raise LookupError("a handler runs for an event")
    return uow.cause


def _visit(uow: UnitOfWork, event: AppointmentBooked | AppointmentCancelled) -> Visit:
    return Visit(
        id=event.appointment_id, organisation_id=uow.organisation_id, clinic_id=_cause(uow).clinic_id,
        patient_id=event.patient_id, version=event.version, state=event.state, location=event.location,
        zone=event.zone, starts_at=event.starts_at,
    )  # fmt: skip


def _concern(uow: UnitOfWork, event: SafetyConcernRaised | SafetyConcernResolved) -> Concern:
    return Concern(
        id=event.concern_id, organisation_id=uow.organisation_id, patient_id=event.patient_id,
        version=event.version, state=event.state,
    )  # fmt: skip


SUBSCRIPTIONS: dict[type[Event], Handler] = {
    LeadReceived: on_lead_received,
    PatientRegistered: on_patient_registered,
    AppointmentBooked: on_appointment_booked,
    AppointmentCancelled: on_appointment_cancelled,
    SafetyConcernRaised: on_safety_concern_raised,
    SafetyConcernResolved: on_safety_concern_resolved,
}
