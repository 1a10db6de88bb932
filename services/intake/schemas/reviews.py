"""The review of a screening: what a clinician asks for and how it is shown."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.intake.domain.review import Condition, Evidence, Judgement
from services.intake.schemas.fields import Code, Moment, Note, Request, Staff
from shared.events.parts import Modality
from shared.http import Instant
from shared.http.examples import example

Modalities = Annotated[tuple[Modality, ...], Field(max_length=len(Modality))]
RuleIds = Annotated[tuple[Annotated[str, Field(max_length=40)], ...], Field(max_length=200)]


class EvidenceRequest(Request):
    """What is to be brought before some modalities can be decided, such as ECG, and until when."""

    code: Code
    modalities: Annotated[Modalities, Field(min_length=1)]
    due_at: Moment


class ConditionRequest(Request):
    """What must be so by `until`, and who sees to it. Without modalities it concerns all that are cleared."""

    code: Code
    text: Note
    owner: Staff
    until: Moment
    modalities: Modalities = ()


class ReviewRequest(Request):
    """A judgement of a screening: what is cleared, on which conditions, and what has to be seen before.

    Clearing against a finding needs a reason code. DEFERRED and INELIGIBLE are overridden by naming each of their
    findings; what is INELIGIBLE waits for a second clinician. Texts are sealed.
    """

    model_config = example(
        {
            "cleared": ["IV_MOOD"],
            "overridden_rule_ids": ["SCR-060"],
            "reason_code": "ADDICTION_PLAN_WRITTEN",
            "note": "Discussed alternatives.",
            "conditions": [
                {
                    "code": "LIVER_TESTS",
                    "text": "Liver tests are normal.",
                    "owner": "nurse-2",
                    "until": "2026-12-20T17:00:00-07:00",
                }
            ],
            "evidence": [{"code": "ECG", "modalities": ["IV_PAIN"], "due_at": "2026-12-10T17:00:00-07:00"}],
        }
    )

    cleared: tuple[Modality, ...] = Field(description="may be empty: reviewed, nothing cleared")
    overridden_rule_ids: RuleIds = ()
    reason_code: Code | None = None
    note: Note | None = None
    evidence: Annotated[tuple[EvidenceRequest, ...], Field(max_length=20)] = ()
    conditions: Annotated[tuple[ConditionRequest, ...], Field(max_length=20)] = ()
    documents: Annotated[tuple[UUID, ...], Field(max_length=20)] = Field(
        (), description="documents of the patient that the clinician looked at, such as an ECG"
    )
    replaces: UUID | None = Field(None, description="the review by somebody else that this one replaces")

    def judgement(self) -> Judgement:
        """The same for the domain."""
        return Judgement(
            cleared=self.cleared, overridden_rule_ids=self.overridden_rule_ids, reason_code=self.reason_code,
            note=self.note, evidence=[Evidence(**dict(e)) for e in self.evidence],
            conditions=[Condition(**dict(c)) for c in self.conditions],
        )  # fmt: skip


class ConfirmRequest(Request):
    """A second clinician confirms what the first one asked to clear. A note takes the place of the first one's."""

    model_config = example({"note": "Seen together with the cardiologist's letter."})

    note: Note | None = None


class EvidenceView(BaseModel):
    """What is awaited before the modalities can be decided; they are DEFERRED so long."""

    code: str
    modalities: tuple[Modality, ...]
    due_at: Instant


class ConditionView(BaseModel):
    """What must be so by `until`; afterwards the clearance of the modalities holds no longer."""

    code: str
    text: str
    owner: str
    until: Instant
    modalities: tuple[Modality, ...]


class ReviewView(BaseModel):
    """A clinician's decision about a screening. `pending` waits for a second clinician."""

    id: UUID
    screening_id: UUID
    version: int
    reviewed_at: Instant
    reviewed_by: str
    cleared: tuple[Modality, ...]
    overridden_rule_ids: tuple[str, ...]
    reason_code: str | None
    note: str | None
    overridden: tuple[Modality, ...] = Field((), description="cleared although DEFERRED or INELIGIBLE")
    pending: tuple[Modality, ...] = ()
    evidence: tuple[EvidenceView, ...] = ()
    conditions: tuple[ConditionView, ...] = ()
    documents: tuple[UUID, ...] = Field((), description="what the clinician looked at")
    first_clinician: str | None = Field(None, description="who asked for what the reviewer confirmed")
