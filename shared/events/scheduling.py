"""What scheduling says: courses, appointments, sessions at the chair. Key: patient id."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from shared.events.envelope import Event, event
from shared.events.parts import AlertDetail, CoursePlan, DeliveredDose, DeviationDetail, ReasonClass
from shared.events.shapes import Offer, Readiness, StockDiscrepancy, Visit
from shared.sealing import Audience, Sealed

Clinical = Audience("clinical")


@event("scheduling")
class CoursePlanned(Event):
    """A whole course was planned and booked as one object (domain D.1)."""

    course_id: UUID
    patient_id: UUID
    version: int
    session_count: int
    zone: str
    first_starts_at: datetime
    planned_at: datetime
    plan: Annotated[Sealed[CoursePlan], Clinical]


@event("scheduling")
class CourseChanged(Event):
    """A session of a course was moved, cancelled or missed, or one was added. Whole plan; the higher version wins.

    `reason` is a code: MOVED, CANCELLED, MISSED, ADDED. A session that will not take place is no longer in the plan.
    `needs_clinician`: what is left breaks a gap of the protocol, and a clinician decides how to go on (domain D.4).
    """

    course_id: UUID
    patient_id: UUID
    version: int
    session_count: int
    zone: str
    first_starts_at: datetime
    changed_at: datetime
    reason: str
    needs_clinician: bool = False
    plan: Annotated[Sealed[CoursePlan], Clinical]


@event("scheduling")
class MaintenanceDue(Event):
    """A course is complete and the next session is due on `due_on`, a local date (domain D.3)."""

    course_id: UUID
    patient_id: UUID
    due_on: date
    said_at: datetime


@event("scheduling")
class EnrolmentChanged(Event):
    """The patient's enrolment in a safety programme (REMS), and the form that is due after a session."""

    enrolment_id: UUID
    patient_id: UUID
    version: int
    programme: str
    state: str
    changed_at: datetime


@event("scheduling")
class AppointmentBooked(Visit):
    """An appointment holds a chair. Whole state with `version`; `session_number` counts inside its course from 1."""

    state: Literal["CONFIRMED"] = "CONFIRMED"


@event("scheduling")
class AppointmentMoved(Visit):
    """An appointment takes place at another time. Whole state with `version`; `starts_at` is the new start."""

    state: Literal["CONFIRMED"] = "CONFIRMED"
    previous_starts_at: datetime
    moved_at: datetime


@event("scheduling")
class SlotOffered(Offer):
    """The clinic offers a patient another slot, held until `expires_at`. `starts_at` is the first new start, and
    `previous_starts_at` that of the appointment that it is instead of; of a course `sessions` are offered together.

    `waitlist`: an earlier slot became free. It is offered to others too and not held, and the first claim has it.
    """

    state: Literal["OPEN"] = "OPEN"
    location: str
    zone: str
    sessions: int
    starts_at: datetime
    previous_starts_at: datetime
    offered_at: datetime
    expires_at: datetime
    waitlist: bool = False


@event("scheduling")
class SlotClaimed(Offer):
    """What was offered was accepted, and is booked. `by` is PATIENT or STAFF."""

    state: Literal["ACCEPTED"] = "ACCEPTED"
    claimed_at: datetime
    by: str


@event("scheduling")
class SlotOfferClosed(Offer):
    """An offer ended without being accepted. `state` is a code: DECLINED, EXPIRED, WITHDRAWN, LOST."""

    closed_at: datetime


@event("scheduling")
class AppointmentMissed(Visit):
    """The patient did not come (domain D.4). Whole state with `version`."""

    state: Literal["NO_SHOW"] = "NO_SHOW"
    recorded_at: datetime


@event("scheduling", overtakes=True)
class AppointmentCancelled(Visit):
    """An appointment will not take place. A stop fact. `late`: below 24 h of notice (D.4). `reason_class`: of a fee."""

    state: Literal["CANCELLED"] = "CANCELLED"
    cancelled_at: datetime
    late: bool
    reason_class: Annotated[Sealed[ReasonClass] | None, Clinical] = None


@event("scheduling")
class AppointmentCompleted(Event):
    """A visit that is no session, such as a consultation, took place. Whole state with `version`."""

    appointment_id: UUID
    patient_id: UUID
    version: int
    state: Literal["COMPLETED"] = "COMPLETED"
    kind: str
    location: str
    zone: str
    starts_at: datetime
    ends_at: datetime
    completed_at: datetime


@event("scheduling")
class ReadinessChanged(Readiness):
    """What blocks a booked session and can be settled before the day. Whole state: at each sweep (`swept_hours`) while
    anything does, and when it changes. `owners` are the roles that can settle it, the first thing until `due_at`."""


@event("scheduling")
class SessionCheckedIn(Event):
    """The patient is here and was identified by two identifiers."""

    session_id: UUID
    appointment_id: UUID
    patient_id: UUID
    checked_in_at: datetime


@event("scheduling")
class SessionStarted(Event):
    """The drug runs since `started_at`."""

    session_id: UUID
    appointment_id: UUID
    patient_id: UUID
    started_at: datetime


@event("scheduling")
class VitalAlertRaised(Event):
    """An observation is out of range or overdue (domain C.4), or the same got worse. Not `live`: it lies behind."""

    alert_id: UUID
    session_id: UUID
    patient_id: UUID
    raised_at: datetime
    live: bool = True
    alert: Annotated[Sealed[AlertDetail], Clinical]


@event("scheduling")
class VitalAlertWithdrawn(Event):
    """What an alert was raised for was another patient's. `standing` counts the alerts of the session that stand."""

    alert_id: UUID
    session_id: UUID
    patient_id: UUID
    withdrawn_at: datetime
    standing: int


@event("scheduling")
class VitalAlertEased(Event):
    """The worst of what an alert was raised for was another patient's. It stands, and is as bad as `alert` says now."""

    alert_id: UUID
    session_id: UUID
    patient_id: UUID
    eased_at: datetime
    alert: Annotated[Sealed[AlertDetail], Clinical]


@event("scheduling")
class DeviationRecorded(Event):
    """A rule was broken in fact in a session, or what was told of it does not fit: somebody looks at it."""

    deviation_id: UUID
    session_id: UUID
    patient_id: UUID
    occurred_at: datetime
    deviation: Annotated[Sealed[DeviationDetail], Clinical]


@event("scheduling")
class MonitoringFormChanged(Event):
    """The form that a programme wants after a session (domain D.4, H.5). Whole state; the higher version wins.

    `state` is a code. DUE: it is not sent some days after the session. LATE: nor by `due_at`, the end of the local day
    `due_on`. SENT: after one of these was said.
    """

    session_id: UUID
    patient_id: UUID
    version: int
    state: str
    due_on: date
    due_at: datetime
    changed_at: datetime


@event("scheduling")
class SessionAborted(Event):
    """A session ended before its dose was complete; what ran is in `delivered`."""

    session_id: UUID
    appointment_id: UUID
    patient_id: UUID
    aborted_at: datetime
    delivered: Annotated[Sealed[DeliveredDose], Clinical]


@event("scheduling")
class SessionCompleted(Event):
    """The patient was discharged after a session: every criterion of domain C.5 was met or overridden."""

    session_id: UUID
    appointment_id: UUID
    patient_id: UUID
    course_id: UUID | None = None
    session_number: int | None = None
    discharged_at: datetime
    delivered: Annotated[Sealed[DeliveredDose], Clinical]


@event("scheduling")
class StockDiscrepancyOpened(StockDiscrepancy):
    """A count of controlled substances found other than the ledger says, or something was lost (domain H.4).

    mg counted minus mg expected, of one container. To be settled by `due_at`, the end of the same local day.
    """
