"""Chairs out of order, re-planning what cannot take place, and what patients are offered instead."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.scheduling.domain.replanning import How, ImprovementOutcome
from services.scheduling.schemas.requests import Request
from services.scheduling.schemas.slots import WhyNotView
from services.scheduling.schemas.staff import RosterState, SpanRequest
from shared.clinicfile.policies import Slug
from shared.http import Instant
from shared.http.examples import CLINIC, example, some_id

_CLOSURE = str(some_id("closure"))
DIGEST = "3f0c5d7a9b1e2f4a6c8d0e1f3a5b7c9d1e3f5a7b9c1d3e5f7a9b1c3d5e7f9a1b"


class OutageReason(StrEnum):
    BROKEN = "BROKEN"
    MAINTENANCE = "MAINTENANCE"
    OTHER = "OTHER"


class OutageRequest(SpanRequest):
    """A chair that nobody can use; whole days when times are left out."""

    model_config = example(
        {
            "clinic_id": str(CLINIC), "location": "main", "chair": "chair-2", "first_day": "2026-11-30",
            "reason": "BROKEN",
        }
    )  # fmt: skip

    clinic_id: UUID
    location: Slug
    chair: Slug
    reason: OutageReason


class OutageView(BaseModel):
    """A chair out of order. `booked` counts live appointments on it then: they stay until somebody re-plans them."""

    outage_id: UUID
    clinic_id: UUID
    location: str
    chair: str
    version: int
    state: RosterState
    starts: Instant
    ends: Instant
    reason: OutageReason
    booked: int


class Cause(StrEnum):
    """Why appointments cannot take place where they are booked."""

    CLOSURE = "CLOSURE"
    ABSENCE = "ABSENCE"
    OUTAGE = "OUTAGE"


class OfferCause(StrEnum):
    """Why something is offered: what a re-plan is about, or an earlier slot that somebody waited for became free."""

    CLOSURE = "CLOSURE"
    ABSENCE = "ABSENCE"
    OUTAGE = "OUTAGE"
    WAITLIST = "WAITLIST"


class AcceptRequest(Request):
    """For an earlier session from the waitlist: that the patient can fast until then, and is driven home (D.4)."""

    model_config = example({"can_fast": True, "has_driver": True})

    can_fast: bool = False
    has_driver: bool = False


class ReplanRequest(Request):
    """What happened: a closure, somebody's absence, a chair out of order."""

    model_config = example({"cause": "CLOSURE", "cause_id": _CLOSURE})

    cause: Cause
    cause_id: UUID


class OfferRequest(ReplanRequest):
    """Offer what a preview showed; `digest` is the preview's."""

    model_config = example({"cause": "CLOSURE", "cause_id": _CLOSURE, "digest": DIGEST})

    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ChangeView(BaseModel):
    """What becomes of an appointment. SEAT: another chair at the same time, which nobody is asked about. MOVE: another
    time. REPLACE: it is cancelled, and `session_number` is added at the end of its course."""

    appointment_id: UUID
    how: How
    session_number: int | None
    starts_was: Instant
    starts: Instant
    ends: Instant
    location: str
    chair: str | None


class ProposedChanges(BaseModel):
    """What one patient would be offered for one course or visit, all of it or nothing.

    Without `changes` nothing keeps every rule (`why_not`), and a person decides.
    """

    patient_id: UUID
    clinic_id: UUID
    course_id: UUID | None
    appointment_ids: list[UUID]
    changes: list[ChangeView]
    why_not: list[WhyNotView]


class ImprovementView(BaseModel):
    """Whether a plan with less change was found than one patient after the other gives, and what both weigh.

    NOT_NEEDED: nobody could have less. NO_BETTER: looked, and nothing lighter was found. NOT_IMPROVED: it could not be
    looked for, or not in time; the plan is valid, another one may ask less. Weights are the clinic file's.
    """

    outcome: ImprovementOutcome
    weight: int
    greedy_weight: int


class ReplanView(BaseModel):
    """Everybody affected, in order of time. `digest` names exactly this preview. `offers` are those that were made.

    `improvement` is left out when there is nobody, and where a plan is offered that was not improved.
    """

    cause: Cause
    cause_id: UUID
    digest: str
    proposals: list[ProposedChanges]
    improvement: ImprovementView | None = None
    offers: list[UUID] = []


class OfferState(StrEnum):
    """OPEN until it is accepted, declined, its time is over, or somebody changes the appointment otherwise (WITHDRAWN).
    UNPLACED: nothing keeps every rule, and a person decides. LOST: somebody else claimed it first."""

    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"
    UNPLACED = "UNPLACED"
    LOST = "LOST"


class OfferView(BaseModel):
    """What a patient is offered: every change of it, or none. `starts_was`: when the first appointment was to start."""

    offer_id: UUID
    version: int
    state: OfferState
    patient_id: UUID
    clinic_id: UUID
    cause: OfferCause
    appointment_id: UUID
    starts_was: Instant
    offered_at: Instant
    expires_at: Instant
    answered_at: Instant | None
    answered_by: str | None
    changes: list[ChangeView]
