"""What needs a person: which events put it on the worklist, which take it off, and whose work it is.

Everything about one item comes from one producer, so of two events about it the later in that stream decides.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from shared.events import Event
from shared.events.intake import (
    AssessmentDue,
    LeadReceived,
    PatientRegistered,
    PatientScreened,
    PlanProposalDecided,
    PlanProposed,
    SafetyConcernAcknowledged,
    SafetyConcernEscalated,
    SafetyConcernRaised,
    SafetyConcernResolved,
    SafetyTaskOpened,
    SafetyTaskSettled,
    ScreeningReviewed,
)
from shared.events.notifications import MessageFailed, MessageFailureSettled, MessageSent, ReplyReceived
from shared.events.parts import Outcome, ScreeningSummary
from shared.events.prescribing import ReviewSummary
from shared.events.scheduling import (
    AppointmentBooked,
    AppointmentMissed,
    DeviationRecorded,
    SessionAborted,
    SessionCheckedIn,
    SessionCompleted,
    VitalAlertRaised,
    VitalAlertWithdrawn,
)
from shared.ids import derived_id

UNDATED = timedelta(days=7)


class Kind(StrEnum):
    """Why a person is needed."""

    SAFETY_CONCERN = "SAFETY_CONCERN"
    SAFETY_TASK = "SAFETY_TASK"
    VITAL_ALERT = "VITAL_ALERT"
    DEVIATION = "DEVIATION"
    SCREENING_REVIEW = "SCREENING_REVIEW"
    PLAN_PROPOSAL = "PLAN_PROPOSAL"
    ORDER_DOUBTED = "ORDER_DOUBTED"
    RECORDS_MERGED = "RECORDS_MERGED"
    BREAK_GLASS = "BREAK_GLASS"
    ASSESSMENT_OVERDUE = "ASSESSMENT_OVERDUE"
    MESSAGE_FAILED = "MESSAGE_FAILED"
    REPLY_TO_ANSWER = "REPLY_TO_ANSWER"
    APPOINTMENT_MISSED = "APPOINTMENT_MISSED"
    SESSION_NOT_READY = "SESSION_NOT_READY"
    LEAD = "LEAD"


CARE, DESK, PRIVACY = ("nurse", "clinician"), ("frontdesk", "nurse", "clinician"), ("director", "admin")
ROLES: Mapping[Kind, tuple[str, ...]] = {
    Kind.SAFETY_CONCERN: CARE,
    **dict.fromkeys((Kind.SAFETY_TASK, Kind.VITAL_ALERT, Kind.DEVIATION), CARE),
    Kind.ORDER_DOUBTED: ("clinician",),
    Kind.SCREENING_REVIEW: CARE,
    Kind.PLAN_PROPOSAL: CARE,
    Kind.RECORDS_MERGED: CARE,
    Kind.BREAK_GLASS: PRIVACY,
    Kind.ASSESSMENT_OVERDUE: DESK,
    **dict.fromkeys((Kind.MESSAGE_FAILED, Kind.REPLY_TO_ANSWER), DESK),
    **dict.fromkeys((Kind.APPOINTMENT_MISSED, Kind.SESSION_NOT_READY), DESK),
    Kind.LEAD: DESK,
}
"""Who sees an item and may take it."""

BY_HAND = frozenset({
    Kind.RECORDS_MERGED, Kind.BREAK_GLASS, Kind.ASSESSMENT_OVERDUE, Kind.MESSAGE_FAILED, Kind.REPLY_TO_ANSWER,
    Kind.APPOINTMENT_MISSED, Kind.SESSION_NOT_READY, Kind.LEAD, Kind.DEVIATION, Kind.ORDER_DOUBTED,
})  # fmt: skip
"""What a person may declare done; everything else ends where it belongs: reviewed, resolved, discharged."""


@dataclass(frozen=True, slots=True)
class Told:
    """An event as it was heard. `open` gives the plain value of one of its sealed fields."""

    event: Any
    at: datetime
    clinic_id: UUID | None
    open: Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Effect:
    """An item is needed (`due_at` if it has a time) or, with `done`, needed no longer.

    `subject` tells items of a kind apart, `about` is the id of the thing to look at; with `of_this` the item ends only
    while it is about that.
    """

    kind: Kind
    subject: UUID
    about: UUID
    done: bool = False
    of_this: bool = False
    due_at: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def item_id(kind: Kind, subject: UUID) -> UUID:
    """The id of the one item of this kind about a subject."""
    return derived_id(subject, f"worklist:{kind}")


def urgent_from(since: datetime, due_at: datetime | None) -> datetime:
    """Where an item stands in the list: by its due time; one without stands as if it were due in a week."""
    return due_at or since + UNDATED


def _task_opened(told: Told) -> Iterator[Effect]:
    yield Effect(Kind.SAFETY_TASK, told.event.task_id, told.event.task_id, due_at=told.event.due_at)


def _task_settled(told: Told) -> Iterator[Effect]:
    yield Effect(Kind.SAFETY_TASK, told.event.task_id, told.event.task_id, done=True)


def _concern_raised(told: Told) -> Iterator[Effect]:
    concern: SafetyConcernRaised = told.event
    yield Effect(Kind.SAFETY_CONCERN, concern.concern_id, concern.concern_id, due_at=concern.acknowledge_by)


def _concern_escalated(told: Told) -> Iterator[Effect]:
    concern: SafetyConcernEscalated = told.event
    facts = {"escalation": concern.escalation, "rung": concern.rung}
    yield Effect(
        Kind.SAFETY_CONCERN, concern.concern_id, concern.concern_id, due_at=concern.acknowledge_by, facts=facts
    )


def _concern_acknowledged(told: Told) -> Iterator[Effect]:
    """It stays where it stood until it is resolved."""
    concern: SafetyConcernAcknowledged = told.event
    facts = {"acknowledged_at": concern.acknowledged_at.isoformat()}
    yield Effect(
        Kind.SAFETY_CONCERN, concern.concern_id, concern.concern_id, due_at=concern.acknowledge_by, facts=facts
    )


def _concern_resolved(told: Told) -> Iterator[Effect]:
    yield Effect(Kind.SAFETY_CONCERN, told.event.concern_id, told.event.concern_id, done=True)


def needs_review(summary: ScreeningSummary) -> bool:
    """Whether a clinician must look (A.1): to clear what can be treated, to confirm what is ruled out.

    What is DEFERRED waits for its condition, an EMERGENCY is the business of its safety concern.
    """
    return any(one.outcome not in (Outcome.DEFERRED, Outcome.EMERGENCY) for one in summary.outcomes)


def _screened(told: Told) -> Iterator[Effect]:
    """To be reviewed; one that came to something worse in the middle of a course, whatever it is and until when."""
    screened: PatientScreened = told.event
    waits = needs_review(told.open("summary")) or screened.review_by is not None
    yield Effect(
        Kind.SCREENING_REVIEW, _screening(told), screened.screening_id, done=not waits, due_at=screened.review_by,
        facts={"why": "GOT_WORSE"} if screened.review_by else {},
    )  # fmt: skip


def _reviewed(told: Told) -> Iterator[Effect]:
    """A review ends the item, unless it waits for a second clinician, or for something until a time."""
    review: ReviewSummary = told.open("review")
    ends = [*(e.due_at for e in review.evidence), *(c.until for c in review.conditions)]
    waits_for = "SECOND_CLINICIAN" if review.pending else "EVIDENCE" if review.evidence else "CONDITION"
    waits = bool(review.pending or ends)
    yield Effect(
        Kind.SCREENING_REVIEW, _screening(told), told.event.screening_id, done=not waits,
        due_at=None if review.pending else min(ends, default=None), facts={"waits_for": waits_for} if waits else {},
    )  # fmt: skip


def _screening(told: Told) -> UUID:
    return screening_subject(told.event.patient_id, told.clinic_id)


def screening_subject(patient_id: UUID, clinic_id: UUID | None) -> UUID:
    """What a review is about: the newest screening at a clinic is the one that stands there."""
    return derived_id(patient_id, f"screening:{clinic_id}")


def _proposed(told: Told) -> Iterator[Effect]:
    yield Effect(Kind.PLAN_PROPOSAL, told.event.proposal_id, told.event.proposal_id)


def _proposal_decided(told: Told) -> Iterator[Effect]:
    yield Effect(Kind.PLAN_PROPOSAL, told.event.proposal_id, told.event.proposal_id, done=True)


def _due(told: Told) -> Iterator[Effect]:
    due: AssessmentDue = told.event
    facts = {"occasion": due.occasion}
    yield Effect(Kind.ASSESSMENT_OVERDUE, due.due_id, due.due_id, due_at=due.due_at, facts=facts)


def _message_failed(told: Told) -> Iterator[Effect]:
    message: MessageFailed = told.event
    facts = {"plan_id": message.plan_id, "channel": message.channel, "reason": message.reason}
    yield Effect(Kind.MESSAGE_FAILED, _plan(told), message.message_id, facts=facts)


def _message_sent(told: Told) -> Iterator[Effect]:
    yield Effect(Kind.MESSAGE_FAILED, _plan(told), told.event.message_id, done=True)


def _failure_settled(told: Told) -> Iterator[Effect]:
    yield Effect(Kind.MESSAGE_FAILED, _plan(told), told.event.message_id, done=True, of_this=True)


def _plan(told: Told) -> UUID:
    """One call is enough for a message of the plan, however often it fails."""
    return derived_id(told.event.patient_id, f"plan:{told.event.plan_id}")


def _replied(told: Told) -> Iterator[Effect]:
    reply: ReplyReceived = told.event
    if reply.meaning in ("FOR_A_PERSON", "CRISIS"):
        yield Effect(Kind.REPLY_TO_ANSWER, reply.reply_id, reply.reply_id, facts={"meaning": reply.meaning})


def _missed(told: Told) -> Iterator[Effect]:
    visit: AppointmentMissed = told.event
    facts = {"kind": visit.kind, "starts_at": visit.starts_at.isoformat(), "zone": visit.zone}
    yield Effect(Kind.APPOINTMENT_MISSED, visit.patient_id, visit.appointment_id, facts=facts)


def _comes_again(told: Told) -> Iterator[Effect]:
    yield Effect(Kind.APPOINTMENT_MISSED, told.event.patient_id, told.event.appointment_id, done=True)


def _alert(told: Told) -> Iterator[Effect]:
    alert: VitalAlertRaised = told.event
    yield Effect(Kind.VITAL_ALERT, alert.session_id, alert.session_id, due_at=alert.raised_at if alert.live else None)


def _alert_withdrawn(told: Told) -> Iterator[Effect]:
    yield from _session_over(told) if told.event.standing == 0 else ()


def _session_over(told: Told) -> Iterator[Effect]:
    yield Effect(Kind.VITAL_ALERT, told.event.session_id, told.event.session_id, done=True)


def _deviation(told: Told) -> Iterator[Effect]:
    yield Effect(Kind.DEVIATION, told.event.deviation_id, told.event.session_id)


def _lead(told: Told) -> Iterator[Effect]:
    yield Effect(Kind.LEAD, told.event.patient_id, told.event.patient_id, facts={"channel": told.event.channel})


def _registered(told: Told) -> Iterator[Effect]:
    yield Effect(Kind.LEAD, told.event.patient_id, told.event.patient_id, done=True)


EFFECTS: Mapping[type[Event], Callable[[Told], Iterator[Effect]]] = {
    LeadReceived: _lead,
    PatientRegistered: _registered,
    PatientScreened: _screened,
    PlanProposed: _proposed,
    PlanProposalDecided: _proposal_decided,
    ScreeningReviewed: _reviewed,
    SafetyConcernRaised: _concern_raised,
    SafetyConcernEscalated: _concern_escalated,
    SafetyConcernAcknowledged: _concern_acknowledged,
    SafetyConcernResolved: _concern_resolved,
    SafetyTaskOpened: _task_opened,
    SafetyTaskSettled: _task_settled,
    AssessmentDue: _due,
    MessageFailed: _message_failed,
    MessageSent: _message_sent,
    MessageFailureSettled: _failure_settled,
    ReplyReceived: _replied,
    AppointmentMissed: _missed,
    AppointmentBooked: _comes_again,
    SessionCheckedIn: _comes_again,
    VitalAlertRaised: _alert,
    VitalAlertWithdrawn: _alert_withdrawn,
    SessionCompleted: _session_over,
    SessionAborted: _session_over,
    DeviationRecorded: _deviation,
}
