"""Safety concerns, which hold booking and dosing, and safety tasks, which hold nothing."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.intake.domain.handling import TaskKind
from services.intake.domain.safety import Risk
from services.intake.schemas.fields import CareClinic, Note, Request
from shared.http import Instant
from shared.http.examples import example
from shared.oncall.view import PageView


class FurtherView(BaseModel):
    """An answer, and what it was worth: `source` is the rule, question or text that it comes from.

    `concern_id` is the concern that a guardian is to be reached about.
    """

    at: Instant
    source: str
    risk: Risk | None = None
    concern_id: UUID | None = None


class GuardianView(BaseModel):
    """Who may be asked to come: name, and what they are to the patient. Nothing is sent to them."""

    name: str
    relation: str


class SafetyTaskView(BaseModel):
    """Something to look at about a patient's safety. It holds nothing; a concern does.

    ANSWER_TO_ACKNOWLEDGE: an answer no worse than what was settled lately, for a clinician at check-in. CRISIS_WORDS:
    somebody wrote words of crisis. GUARDIAN_CONTACT: a minor may be in danger, and a guardian is to be reached;
    `guardians` are those who act for the patient, and nobody if none is on record.
    """

    id: UUID
    patient_id: UUID
    version: int
    state: Literal["OPEN", "SETTLED"]
    kind: TaskKind
    opened_at: Instant
    due_at: Instant
    entries: tuple[FurtherView, ...]
    guardians: tuple[GuardianView, ...] = ()
    settled_at: Instant | None = None
    settled_by: str | None = None
    outcome: str | None = None
    note: str | None = None


class SettleTaskRequest(Request):
    """What came of a safety task; the note is sealed."""

    model_config = example({"outcome": "SPOKE_WITH_PATIENT", "note": "As last week; the plan still holds."})

    outcome: Literal["SPOKE_WITH_PATIENT", "REACHED_GUARDIAN", "NO_DANGER", "PASSED_ON"]
    note: Note = Field(description="who spoke with whom, and what was found")


SeenVersion = Annotated[
    int | None, Field(description="of the concern as it was read; refused when an answer came in since")
]


class FlagRequest(Request):
    """A danger that care staff sees or hears of; the reason is sealed."""

    model_config = example({"risk": "HIGH", "reason": "Said on the phone that she has the tablets in front of her."})

    clinic_id: CareClinic = None
    risk: Risk
    reason: Note


class AcknowledgeRequest(Request):
    """What the clinician who takes up a safety concern is going to do; sealed."""

    model_config = example({"plan": "I call within ten minutes and go through the safety plan."})

    plan: Note
    version: SeenVersion = None


class ResolveRequest(Request):
    """How a safety concern was settled."""

    model_config = example({"disposition": "SAFETY_PLAN_MADE", "note": "Spoke by phone; plan written together."})

    disposition: Literal["NO_CURRENT_RISK", "SAFETY_PLAN_MADE", "REFERRED", "EMERGENCY_SERVICES"]
    note: Note
    version: SeenVersion = None


class ConcernView(BaseModel):
    """A possible danger to the patient; while one is OPEN nothing can be booked or ordered.

    `stage` says how far it is dealt with: an ACKNOWLEDGED concern is still OPEN. `plan` is what the clinician who
    acknowledged it is going to do.
    """

    id: UUID
    patient_id: UUID
    version: int
    state: Literal["OPEN", "RESOLVED"]
    risk: Risk
    source: str
    reason: str | None = Field(None, description="in the words of whoever flagged it")
    stage: Literal["RAISED", "ACKNOWLEDGED", "RESOLVED"]
    raised_at: Instant
    acknowledge_by: Instant
    acknowledged_at: Instant | None = None
    acknowledged_by: str | None = None
    plan: str | None = None
    further: tuple[FurtherView, ...] = Field((), description="what was answered about the same while it was open")
    escalations: int = Field(0, description="how often it climbed the on-call ladder")
    escalated_at: Instant | None = None
    pages: tuple[PageView, ...] = ()
    resolved_at: Instant | None
    disposition: str | None
    note: str | None
