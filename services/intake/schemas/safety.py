"""Safety tasks: what care staff looks at although nothing is held."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.intake.domain.handling import TaskKind
from services.intake.domain.safety import Risk
from services.intake.schemas.fields import Note, Request
from shared.http import Instant
from shared.http.examples import example


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
