"""What clinicians and nurses have to look at: screenings, proposals, concerns and tasks, answers that are due."""

from collections.abc import Callable, Iterator, Mapping
from uuid import UUID

from services.intake.domain.worklist import Effect, Kind, Told, screening_subject
from shared.events import Event
from shared.events.intake import (
    AssessmentDue,
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
from shared.events.parts import Outcome, ScreeningSummary
from shared.events.prescribing import ReviewSummary


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


def _proposed(told: Told) -> Iterator[Effect]:
    yield Effect(Kind.PLAN_PROPOSAL, told.event.proposal_id, told.event.proposal_id)


def _proposal_decided(told: Told) -> Iterator[Effect]:
    yield Effect(Kind.PLAN_PROPOSAL, told.event.proposal_id, told.event.proposal_id, done=True)


def _due(told: Told) -> Iterator[Effect]:
    due: AssessmentDue = told.event
    facts = {"occasion": due.occasion}
    yield Effect(Kind.ASSESSMENT_OVERDUE, due.due_id, due.due_id, due_at=due.due_at, facts=facts)


CARE_EFFECTS: Mapping[type[Event], Callable[[Told], Iterator[Effect]]] = {
    PatientScreened: _screened,
    ScreeningReviewed: _reviewed,
    PlanProposed: _proposed,
    PlanProposalDecided: _proposal_decided,
    SafetyConcernRaised: _concern_raised,
    SafetyConcernEscalated: _concern_escalated,
    SafetyConcernAcknowledged: _concern_acknowledged,
    SafetyConcernResolved: _concern_resolved,
    SafetyTaskOpened: _task_opened,
    SafetyTaskSettled: _task_settled,
    AssessmentDue: _due,
}
