"""What intake says: patients, consents, screening, orders, safety concerns. Key: patient id."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from shared.events.envelope import Event, event
from shared.events.parts import ContactRecord, FollowUp, Identity, SafetyTaskDetail, ScoreDetail, ScreeningSummary
from shared.events.prescribing import OrderContent, ReviewSummary
from shared.events.shapes import Assessment, Concern, Doubt, Merge
from shared.sealing import Audience, Sealed

Clinical = Audience("clinical")


@event("intake")
class LeadReceived(Event):
    """Somebody asked to be contacted. A lead's id becomes the patient's id when it is registered."""

    patient_id: UUID
    clinic_id: UUID
    channel: str
    received_at: datetime
    contact: Annotated[Sealed[ContactRecord], Audience("contact")]


@event("intake")
class PatientRegistered(Event):
    """A patient exists in the organisation. `version` counts changes of identity and contact."""

    patient_id: UUID
    version: int
    registered_at: datetime
    identity: Annotated[Sealed[Identity], Audience("identity")]
    contact: Annotated[Sealed[ContactRecord], Audience("contact")]


@event("intake")
class PatientChanged(Event):
    """Identity or contact changed. Whole state, as in PatientRegistered; the higher version wins."""

    patient_id: UUID
    version: int
    changed_at: datetime
    identity: Annotated[Sealed[Identity], Audience("identity")]
    contact: Annotated[Sealed[ContactRecord], Audience("contact")]


@event("intake")
class PatientMerged(Merge):
    """Staff found that two records are one person: they are read, held and screened together from now on."""

    state: Literal["MERGED"] = "MERGED"
    merged_at: datetime


@event("intake")
class PatientUnlinked(Merge):
    """A merge was taken back: the records are two people again, each screened anew on its own history."""

    state: Literal["UNLINKED"] = "UNLINKED"
    unlinked_at: datetime


@event("intake")
class RecordOpened(Event):
    """Care staff without a role at any clinic of the patient opened the record in an emergency (domain H.1), until
    `until`. Whoever answers for privacy at the clinic looks at it; why it was opened is kept here and not told."""

    grant_id: UUID
    patient_id: UUID
    opened_at: datetime
    until: datetime


@event("intake")
class ConsentSigned(Event):
    """A treatment consent was signed; valid through `valid_until` (domain SCR-071). Whole state with `version`."""

    consent_id: UUID
    patient_id: UUID
    version: int
    state: Literal["SIGNED"] = "SIGNED"
    document: str
    document_version: str
    signed_at: datetime
    valid_until: datetime


@event("intake", overtakes=True)
class ConsentRevoked(Event):
    """A treatment consent no longer holds. A stop fact."""

    consent_id: UUID
    patient_id: UUID
    version: int
    state: Literal["REVOKED"] = "REVOKED"
    document: str
    revoked_at: datetime


@event("intake")
class OutcomeRecorded(Event):
    """An instrument was scored (domain B). `supersedes`: the assessment that was wrong, whose place this one takes."""

    assessment_id: UUID
    patient_id: UUID
    recorded_at: datetime
    supersedes: UUID | None = None
    score: Annotated[Sealed[ScoreDetail], Clinical]


@event("intake")
class AssessmentDue(Assessment):
    """Something is to be answered: an instrument before a session, a check-in or an instrument after one (domain B.8).

    Late from `late_from` on.
    """

    appointment_id: UUID | None = None
    due_at: datetime
    late_from: datetime | None = None


@event("intake")
class AssessmentOverdue(Assessment):
    """Nobody answered in time what was due, as AssessmentDue told it; it stays open (domain B.8)."""

    appointment_id: UUID | None = None
    due_at: datetime
    late_from: datetime


@event("intake")
class AssessmentAnswered(Assessment):
    """What is due around a session was answered in its time: nobody is reminded of it any more (domain E.1)."""

    appointment_id: UUID
    recorded_at: datetime


@event("intake")
class IntakeAssessmentAnswered(Assessment):
    """What is asked before the first session was answered; it hangs on no appointment (domain B.8)."""

    recorded_at: datetime


@event("intake")
class PatientScreened(Event):
    """A screening decision for every modality of the clinic. `version` counts decisions of this patient.

    `valid_until`: when time alone changes it. `review_by`: the patient is in a course and came to something worse; a
    clinician has to have looked by then.
    """

    screening_id: UUID
    patient_id: UUID
    version: int
    screened_at: datetime
    rule_set_hash: str
    valid_until: datetime | None = None
    review_by: datetime | None = None
    summary: Annotated[Sealed[ScreeningSummary], Clinical]
    follow_up: Annotated[Sealed[FollowUp] | None, Audience("contact")] = None


@event("intake")
class ScreeningReviewed(Event):
    """A clinician decided about a screening; treatment may be ordered for the cleared modalities."""

    screening_id: UUID
    patient_id: UUID
    version: int
    reviewed_at: datetime
    review: Annotated[Sealed[ReviewSummary], Clinical]


@event("intake")
class OrderSigned(Event):
    """A prescriber signed a dose order (domain C.2). Whole state with `version`."""

    order_id: UUID
    patient_id: UUID
    version: int
    state: Literal["SIGNED"] = "SIGNED"
    signed_at: datetime
    expires_at: datetime
    order: Annotated[Sealed[OrderContent], Clinical]


@event("intake", overtakes=True)
class OrderRevoked(Event):
    """An order may not be used any more. A stop fact."""

    order_id: UUID
    patient_id: UUID
    version: int
    state: Literal["REVOKED"] = "REVOKED"
    revoked_at: datetime


@event("intake")
class OrderDoubted(Doubt):
    """A measurement that an order's dose was computed from was corrected: a clinician looks at the order."""

    doubted_at: datetime


@event("intake")
class PlanProposed(Event):
    """After a session the history speaks for something; a clinician decides. `version` counts what became of it."""

    proposal_id: UUID
    patient_id: UUID
    version: int
    state: Literal["OPEN"] = "OPEN"
    session_id: UUID
    proposed_at: datetime


@event("intake")
class PlanProposalDecided(Event):
    """A clinician decided about a proposal, or the next one overtook it: ACCEPTED, REJECTED or OVERTAKEN."""

    proposal_id: UUID
    patient_id: UUID
    version: int
    state: str
    decided_at: datetime


@event("intake", overtakes=True)
class SafetyConcernRaised(Concern):
    """A possible danger to the patient (domain A.6): no booking and no dose until it is resolved. A stop fact."""

    state: Literal["OPEN"] = "OPEN"
    raised_at: datetime
    acknowledge_by: datetime


@event("intake")
class SafetyConcernAcknowledged(Concern):
    """A clinician has taken up a safety concern. `state` stays OPEN: it goes on holding booking and dosing."""

    state: Literal["OPEN"] = "OPEN"
    raised_at: datetime
    acknowledge_by: datetime
    acknowledged_at: datetime


@event("intake")
class SafetyConcernEscalated(Concern):
    """Nobody acknowledged a safety concern in time, or could be paged: the next rung of the on-call ladder is paged.

    `rung` counts from 1 (0: the clinic has no ladder), `escalation` counts them all: the last rung is paged again.
    """

    state: Literal["OPEN"] = "OPEN"
    raised_at: datetime
    acknowledge_by: datetime
    escalated_at: datetime
    escalation: int
    rung: int


@event("intake")
class SafetyConcernResolved(Concern):
    """A clinician recorded a disposition; the concern no longer holds anything."""

    state: Literal["RESOLVED"] = "RESOLVED"
    resolved_at: datetime


@event("intake")
class SafetyTaskOpened(Event):
    """A person is to look at something about a patient's safety until `due_at`; nothing is held for it (domain A.6).

    Said again, with a higher version, when there is more to look at.
    """

    task_id: UUID
    patient_id: UUID
    version: int
    state: Literal["OPEN"] = "OPEN"
    opened_at: datetime
    due_at: datetime
    detail: Annotated[Sealed[SafetyTaskDetail], Clinical]


@event("intake")
class SafetyTaskSettled(Event):
    """Somebody has looked at everything in a safety task."""

    task_id: UUID
    patient_id: UUID
    version: int
    state: Literal["SETTLED"] = "SETTLED"
    settled_at: datetime
    detail: Annotated[Sealed[SafetyTaskDetail], Clinical]
