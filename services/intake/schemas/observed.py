"""Measurements and questionnaires as they were recorded, and what corrects them (design: corrections supersede)."""

from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from services.intake.domain.instruments import Score
from services.intake.domain.observations import HealthAnswers, Source
from services.intake.domain.phq9 import Phq9Score
from services.intake.schemas.fields import Code, Request
from services.intake.schemas.screening import Measurements, ObservationView
from shared.http import Instant
from shared.http.examples import example

ReadingKind = Literal["BLOOD_PRESSURE", "WEIGHT", "HEIGHT", "HEART_RATE", "ASA_CLASS"]
_VALUES = tuple(Measurements.model_fields)


def _of_our_time(moment: AwareDatetime) -> AwareDatetime:
    if not 1900 <= moment.year <= 2200:
        raise PydanticCustomError("moment_out_of_range", "Send a time between 1900 and 2200.")
    return moment


SomeTime = Annotated[AwareDatetime, AfterValidator(_of_our_time), Field(description="RFC 3339 with an offset")]


class ReadingCorrectionRequest(Measurements):
    """The right measurement in the place of a wrong one, of the same kind; `taken_at` if the time was wrong, else it
    stays. `taken_back`: there was none at all, such as one of another patient."""

    model_config = example({"weight_kg": "68.5", "reason_code": "POUNDS_TAKEN_FOR_KILOGRAMS"})

    taken_at: SomeTime | None = None
    taken_back: bool = Field(False, description="nothing takes its place")
    confirmed: bool = Field(False, description="a weight or height that was asked about is right all the same")
    reason_code: Code

    @model_validator(mode="after")
    def _one_or_none(self) -> Self:
        sent = sum(getattr(self, name) is not None for name in _VALUES)
        if self.taken_back and (sent or self.taken_at is not None):
            raise PydanticCustomError("nothing_takes_its_place", "Leave out the values of what is taken back.")
        if not self.taken_back and sent != 1:
            raise PydanticCustomError("one_measurement", "Send exactly one measurement, or taken_back: true.")
        return self


class QuestionnaireCorrectionRequest(Request):
    """Answers that were recorded wrongly, as they were meant; the others stay. `absent`: that was not asked.

    `taken_back`: nothing was asked at all, such as of another patient.
    """

    model_config = example({"answers": {"pregnant": "no"}, "reason_code": "MISREAD_PAPER"})

    answers: HealthAnswers | None = None
    taken_back: bool = Field(False, description="none of the answers counts any more")
    reason_code: Code

    @model_validator(mode="after")
    def _some_or_none(self) -> Self:
        sent = self.answers is not None and bool(self.answers.model_fields_set)
        if self.taken_back and sent:
            raise PydanticCustomError("nothing_takes_its_place", "Leave out the answers of what is taken back.")
        if not self.taken_back and not sent:
            raise PydanticCustomError("some_answer", "Send at least one answer, or taken_back: true.")
        return self


class SupersededView(BaseModel):
    """Why something counts no more, and what does in its place; null where it was taken back."""

    superseded_by: UUID | None
    corrected_at: Instant
    corrected_by: str
    reason_code: str


class PressureView(BaseModel):
    """mmHg."""

    systolic: int
    diastolic: int


class ReadingView(BaseModel):
    """A measurement or judgement by staff: `blood_pressure`, or `amount` in `unit` (an ASA class has none).

    `supersedes` is the wrong one in whose place it came; with `correction` it is wrong itself and counts no more.
    """

    id: UUID
    patient_id: UUID
    clinic_id: UUID
    kind: ReadingKind
    taken_at: Instant
    recorded_at: Instant
    recorded_by: str | None
    blood_pressure: PressureView | None
    amount: Decimal | None
    unit: Literal["kg", "cm", "per minute"] | None
    supersedes: UUID | None
    correction: SupersededView | None


class QuestionnaireView(BaseModel):
    """Answers to health questions as they were recorded; what was not asked is left out.

    `supersedes` is the wrong one in whose place it came; with `correction` it is wrong itself and counts no more.
    """

    id: UUID
    patient_id: UUID
    clinic_id: UUID
    answered_at: Instant
    source: Source
    recorded_by: str | None
    answers: dict[str, Any] = Field(description="by question, as `submitQuestionnaire` takes them")
    supersedes: UUID | None
    correction: SupersededView | None


class FilledView(BaseModel):
    """An instrument as it was filled in and scored: points per item in its order, null for an item without an answer.

    `supersedes` is the wrong one in whose place it came; with `correction` it is wrong itself and counts no more.
    """

    id: UUID
    patient_id: UUID
    clinic_id: UUID
    instrument: str = Field(description="PHQ9 or a code of `GET /v1/instruments`, which has the LOINC codes")
    recorded_at: Instant
    source: Source
    recorded_by: str | None
    answers: tuple[int | None, ...]
    score: Phq9Score | Score
    difficulty: int | None = Field(None, description="0 to 3, of PHQ-9 and GAD-7 where it was answered; unscored")
    supersedes: UUID | None
    correction: SupersededView | None


class CorrectedObservationView(ObservationView):
    """What takes the place of a wrong measurement or questionnaire, `supersedes`.

    `taken_back`: nothing was measured, or asked. `id` is then that of the wrong measurement, or of a questionnaire
    without an answer.
    """

    supersedes: UUID
    taken_back: bool
