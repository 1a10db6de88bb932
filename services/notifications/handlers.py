"""What notifications hears. The table at the end is all of it."""

from services.notifications.commands import planning
from services.notifications.commands.contacts import Told, learn_contact
from services.notifications.commands.offering import note_offer, note_offer_over
from services.notifications.commands.visits import (
    note_answered,
    note_concern,
    note_course,
    note_discharge,
    note_merge,
    note_screening,
    note_visit,
)
from services.notifications.domain.rows import ASKS_FOR
from services.notifications.models import Answered, Concern, Course, Offer, Screening, Visit
from shared.aliases import told_of
from shared.db.unit_of_work import UnitOfWork
from shared.events import Envelope, Event
from shared.events.intake import (
    AssessmentAnswered,
    LeadReceived,
    PatientChanged,
    PatientMerged,
    PatientRegistered,
    PatientScreened,
    PatientUnlinked,
    SafetyConcernRaised,
    SafetyConcernResolved,
)
from shared.events.scheduling import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentMissed,
    AppointmentMoved,
    CoursePlanned,
    SessionCompleted,
    SlotClaimed,
    SlotOfferClosed,
    SlotOffered,
)
from shared.service import Handler

LEAD_VERSION = 0


async def on_lead_received(uow: UnitOfWork, event: LeadReceived) -> None:
    """A lead's contact and consent acts; anything that is known of the patient already is newer."""
    record, cause = uow.open(event, "contact"), _cause(uow)
    await learn_contact(uow, Told(event.patient_id, LEAD_VERSION, event.clinic_id, record, cause.id))


async def on_patient_told(uow: UnitOfWork, event: PatientRegistered | PatientChanged) -> None:
    """The patient's contact and consent acts; name and birth date are not opened."""
    record, cause = uow.open(event, "contact"), _cause(uow)
    await learn_contact(uow, Told(event.patient_id, event.version, cause.clinic_id, record, cause.id))


async def on_merge(uow: UnitOfWork, event: PatientMerged | PatientUnlinked) -> None:
    """Who is one person is written to once, where the survivor is reached, and held by what holds either."""
    await note_merge(uow, told_of(event))


async def on_patient_screened(uow: UnitOfWork, event: PatientScreened) -> None:
    """What comes next is told by e-mail (N03, N04). What came out of the screening cannot be opened here."""
    screening = Screening(
        patient_id=event.patient_id, organisation_id=uow.organisation_id, screening_id=event.screening_id,
        version=event.version,
    )  # fmt: skip
    follow_up = uow.open(event, "follow_up") if event.follow_up else None
    await note_screening(uow, screening, _cause(uow).clinic_id, follow_up)


async def on_course_planned(uow: UnitOfWork, event: CoursePlanned) -> None:
    """How many sessions the confirmation of the course tells. The plan itself cannot be opened here."""
    await note_course(uow, Course(
        id=event.course_id, organisation_id=uow.organisation_id, patient_id=event.patient_id,
        session_count=event.session_count,
    ))  # fmt: skip


async def on_appointment_booked(uow: UnitOfWork, event: AppointmentBooked) -> None:
    """Confirm a booking once (N05), remind of each visit (N08, N09)."""
    await note_visit(uow, _visit(uow, event), planning.plan_booking)


async def on_appointment_moved(uow: UnitOfWork, event: AppointmentMoved) -> None:
    """Tell the new time (N06); what was planned for the old one is never sent."""
    await note_visit(uow, _visit(uow, event), planning.plan_move)


async def on_appointment_cancelled(uow: UnitOfWork, event: AppointmentCancelled) -> None:
    """Tell it (N06); what was planned and has not left is never sent."""
    await note_visit(uow, _visit(uow, event), planning.plan_cancellation)


async def on_appointment_missed(uow: UnitOfWork, event: AppointmentMissed) -> None:
    """Nothing about the visit is sent any more."""
    await note_visit(uow, _visit(uow, event), planning.drop_missed)


async def on_session_completed(uow: UnitOfWork, event: SessionCompleted) -> None:
    """After-care at once, check-ins a day and three days later (N11 to N13). What was given cannot be opened here."""
    told = Visit(
        id=event.appointment_id, organisation_id=uow.organisation_id, clinic_id=_cause(uow).clinic_id,
        patient_id=event.patient_id, version=0, state="CONFIRMED", location="", zone="UTC",
        starts_at=event.discharged_at,
    )  # fmt: skip
    await note_discharge(uow, told, event.discharged_at)


async def on_slot_offered(uow: UnitOfWork, event: SlotOffered) -> None:
    """Tell it while it stands: an earlier slot from the waitlist (N18), or one that is held instead of a visit."""
    await note_offer(uow, Offer(
        id=event.offer_id, organisation_id=uow.organisation_id, clinic_id=_cause(uow).clinic_id,
        patient_id=event.patient_id, version=event.version, state=event.state, appointment_id=event.appointment_id,
        location=event.location, zone=event.zone, starts_at=event.starts_at,
        previous_starts_at=event.previous_starts_at, expires_at=event.expires_at, waitlist=event.waitlist,
    ))  # fmt: skip


async def on_offer_over(uow: UnitOfWork, event: SlotClaimed | SlotOfferClosed) -> None:
    """Nothing about it is sent any more; whoever lost an earlier slot to somebody else is told once."""
    ended_at = event.claimed_at if isinstance(event, SlotClaimed) else event.closed_at
    await note_offer_over(uow, Offer(
        id=event.offer_id, organisation_id=uow.organisation_id, clinic_id=_cause(uow).clinic_id,
        patient_id=event.patient_id, version=event.version, state=event.state, appointment_id=event.appointment_id,
        location="", zone="UTC", starts_at=ended_at, previous_starts_at=ended_at, expires_at=ended_at, waitlist=False,
    ))  # fmt: skip


async def on_assessment_answered(uow: UnitOfWork, event: AssessmentAnswered) -> None:
    """N12 and N13 ask for a check-in; whoever has answered is not asked."""
    if event.occasion in ASKS_FOR:
        await note_answered(uow, Answered(
            due_id=event.due_id, organisation_id=uow.organisation_id, patient_id=event.patient_id,
            appointment_id=event.appointment_id, occasion=event.occasion,
        ))  # fmt: skip


async def on_safety_concern_raised(uow: UnitOfWork, event: SafetyConcernRaised) -> None:
    """No ordinary messages from now on. What the concern is about is not opened."""
    await note_concern(uow, _concern(uow, event))


async def on_safety_concern_resolved(uow: UnitOfWork, event: SafetyConcernResolved) -> None:
    """What was held may go, unless it is too late or another concern is open."""
    await note_concern(uow, _concern(uow, event))


def _cause(uow: UnitOfWork) -> Envelope:
    if uow.cause is None:
        raise LookupError("a handler runs for an event")
    return uow.cause


def _visit(
    uow: UnitOfWork, event: AppointmentBooked | AppointmentMoved | AppointmentCancelled | AppointmentMissed
) -> Visit:
    return Visit(
        id=event.appointment_id, organisation_id=uow.organisation_id, clinic_id=_cause(uow).clinic_id,
        patient_id=event.patient_id, version=event.version, state=event.state, location=event.location,
        zone=event.zone, starts_at=event.starts_at, ends_at=event.ends_at, course_id=event.course_id,
        session_number=event.session_number,
    )  # fmt: skip


def _concern(uow: UnitOfWork, event: SafetyConcernRaised | SafetyConcernResolved) -> Concern:
    return Concern(
        id=event.concern_id, organisation_id=uow.organisation_id, patient_id=event.patient_id,
        version=event.version, state=event.state,
    )  # fmt: skip


SUBSCRIPTIONS: dict[type[Event], Handler] = {
    LeadReceived: on_lead_received,
    PatientRegistered: on_patient_told,
    PatientChanged: on_patient_told,
    PatientMerged: on_merge,
    PatientUnlinked: on_merge,
    PatientScreened: on_patient_screened,
    CoursePlanned: on_course_planned,
    AppointmentBooked: on_appointment_booked,
    AppointmentMoved: on_appointment_moved,
    AppointmentCancelled: on_appointment_cancelled,
    AppointmentMissed: on_appointment_missed,
    SessionCompleted: on_session_completed,
    SlotOffered: on_slot_offered,
    SlotClaimed: on_offer_over,
    SlotOfferClosed: on_offer_over,
    AssessmentAnswered: on_assessment_answered,
    SafetyConcernRaised: on_safety_concern_raised,
    SafetyConcernResolved: on_safety_concern_resolved,
}
