"""Observations that screening uses, screening decisions, and their review."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from services.intake.domain.following import NextStep
from services.intake.domain.mednotes import MedicationNote
from services.intake.domain.observations import HealthAnswers, Phq9Answers
from services.intake.domain.phq9 import Phq9Score
from services.intake.domain.safety import Crisis
from services.intake.schemas.fields import CareClinic, Difficulty, FilledIn, Moment, Request
from services.intake.schemas.reviews import ReviewView
from shared.clinicfile.facts import FactValue
from shared.events.parts import Modality, Outcome
from shared.http import Instant
from shared.http.examples import example


class QuestionnaireRequest(Request):
    """Answers to health questions; a question left out is `absent`."""

    model_config = example(
        {
            "answers": {
                "pregnant": "no",
                "schizophrenia": "unknown",
                "primary_indication": "MDD_TRD",
                "failed_antidepressants": 2,
            }
        }
    )

    clinic_id: CareClinic = None
    answers: HealthAnswers


class AssessmentRequest(Request):
    """A filled instrument: nine answers of 0 to 3 points, null for an unanswered item."""

    model_config = example({"instrument": "PHQ9", "answers": [2, 2, 1, 1, 1, 1, 1, None, 0], "difficulty": 1})

    clinic_id: CareClinic = None
    instrument: Literal["PHQ9"]
    answers: Phq9Answers
    difficulty: Difficulty = None
    language: FilledIn = None


class BloodPressure(Request):
    """mmHg."""

    systolic: Annotated[int, Field(ge=40, le=300)]
    diastolic: Annotated[int, Field(ge=20, le=200)]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.diastolic >= self.systolic:
            raise PydanticCustomError("diastolic_not_below_systolic", "The diastolic pressure is the lower one.")
        return self


class Measurements(Request):
    """What staff measures or judges. `heart_rate` is per minute, at rest."""

    blood_pressure: BloodPressure | None = None
    weight_kg: Annotated[Decimal, Field(ge=20, le=400, decimal_places=2)] | None = None
    height_cm: Annotated[Decimal, Field(ge=100, le=250, decimal_places=1)] | None = None
    heart_rate: Annotated[int, Field(ge=20, le=300)] | None = None
    asa_class: Annotated[int, Field(ge=1, le=6)] | None = None


class ReadingsRequest(Measurements):
    """Measured or judged by staff at one time: at least one of them. `heart_rate` is per minute, at rest."""

    model_config = example(
        {
            "taken_at": "2026-11-20T09:30:00-07:00",
            "blood_pressure": {"systolic": 128, "diastolic": 80},
            "weight_kg": "70",
            "height_cm": "165",
            "heart_rate": 68,
            "asa_class": 2,
        }
    )

    clinic_id: CareClinic = None
    taken_at: Moment
    confirmed: bool = Field(False, description="a weight or height that was asked about is right all the same")

    @model_validator(mode="after")
    def _something(self) -> Self:
        measured = (self.blood_pressure, self.weight_kg, self.height_cm, self.heart_rate, self.asa_class)
        if all(value is None for value in measured):
            raise PydanticCustomError("nothing_measured", "Send at least one measurement.")
        return self


class FindingView(BaseModel):
    """A rule that fired or could not be decided. A patient does not see `reason`, `evidence` and `actions`."""

    rule_id: str
    outcome: Outcome
    reason_code: Literal["FIRED", "INCOMPLETE"]
    reason: str | None
    patient_reason: str
    evidence: dict[str, FactValue]
    open_questions: tuple[str, ...]
    actions: tuple[str, ...]
    recheck_after: Instant | None


class ModalityView(BaseModel):
    """`worst_possible`: the worst outcome that any answer to the open questions could give; patients do not see it."""

    modality: Modality
    outcome: Outcome
    worst_possible: Outcome | None = None
    findings: tuple[FindingView, ...]


class NeededEvidenceView(BaseModel):
    """What would settle a finding: "eligible if `text`", who sees to it and until when. `state`: WAITING, SETTLED by a
    review, or LAPSED since its time passed before one."""

    rule_id: str
    code: str
    text: str
    owner: str
    until: Instant
    modalities: tuple[Modality, ...]
    state: Literal["WAITING", "SETTLED", "LAPSED"]


class LooserView(BaseModel):
    """In what the clinic's rules were looser than those that Stillwater ships, and who answers for it, and why."""

    change: str
    approved_by: str
    approved_on: date
    why: str


class ScreeningView(BaseModel):
    """A decision for every modality of the clinic; `newest` says whether it still stands.

    `valid_until`: when time alone changes it; `recheck_after`: when a rule says to look again. It is decided anew then.
    `medication_notes`: what MED-08 to MED-13 tell of the newest list of medications. Patients do not see those,
    `conditions` and `looser`.
    """

    id: UUID
    patient_id: UUID
    clinic_id: UUID
    version: int
    newest: bool
    screened_at: Instant
    rule_set: str
    rule_set_hash: str
    modalities: tuple[ModalityView, ...]
    conditions: tuple[NeededEvidenceView, ...] = ()
    medication_notes: tuple[MedicationNote, ...] = ()
    valid_until: Instant | None = None
    recheck_after: Instant | None = None
    looser: tuple[LooserView, ...] = ()
    next_step: NextStep
    look_again_from: Instant | None = None
    review: ReviewView | None = None
    crisis: Crisis | None = None


class UsedFact(BaseModel):
    """A fact that a decision rested on, in the words of the vocabulary."""

    name: str
    meaning: str
    value: FactValue
    unit: str | None
    source: str
    as_of: datetime
    age_hours: int


class ExplanationView(BaseModel):
    """Why a screening says what it says: one line per finding, every fact used, every fact unknown.

    `engine` is null for decisions that did not note it. `patient_reasons`: by rule id, what the patient is told.
    """

    screening_id: UUID
    version: int
    rule_set: str
    rule_set_hash: str
    lines: tuple[str, ...]
    facts: tuple[UsedFact, ...]
    unknown: tuple[str, ...]
    valid_until: datetime | None = None
    recheck_after: datetime | None = None
    looser: tuple[LooserView, ...] = ()
    engine: str | None = None
    patient_reasons: dict[str, str] = {}


class ReplayView(BaseModel):
    """A screening decided again from its stored facts, under its own rules: the same, or what is different now.

    With the same engine nothing may differ. `engine_then` is null for decisions that did not note it.
    """

    screening_id: UUID
    version: int
    rule_set_hash: str
    engine_then: str | None
    engine_now: str
    same: bool
    differences: tuple[str, ...]


class ObservationView(BaseModel):
    """What was recorded and what it means. `screening` is None until there is a questionnaire, and for a proxy."""

    id: UUID
    crisis: Crisis | None = None
    screening: ScreeningView | None = None


class AssessmentView(ObservationView):
    score: Phq9Score
