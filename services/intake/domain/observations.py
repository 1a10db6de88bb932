"""What is observed about a patient: answers to questions, measurements, PHQ-9 items. Stored sealed, only appended."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Source = Literal["patient", "proxy", "staff"]
Phq9Item = Annotated[int, Field(ge=0, le=3, description="points: 0 not at all ... 3 nearly every day")]
Phq9Answers = Annotated[tuple[Phq9Item | None, ...], Field(min_length=9, max_length=9)]


class Observed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Answer(StrEnum):
    """`unknown` (asked, not known) and `refused` differ from `no`; `absent` means that this was not asked."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    ABSENT = "absent"


class Indication(StrEnum):
    """What treatment is sought for (domain, section 1)."""

    MDD_TRD = "MDD_TRD"
    BIPOLAR_DEPRESSION = "BIPOLAR_DEPRESSION"
    SUICIDAL_IDEATION = "SUICIDAL_IDEATION"
    PTSD = "PTSD"
    GAD = "GAD"
    OCD = "OCD"
    SUBSTANCE_USE_DISORDER = "SUBSTANCE_USE_DISORDER"
    FIBROMYALGIA = "FIBROMYALGIA"
    NEUROPATHIC_PAIN = "NEUROPATHIC_PAIN"
    CRPS = "CRPS"
    MIGRAINE = "MIGRAINE"


NotSaid = Literal[Answer.UNKNOWN, Answer.REFUSED, Answer.ABSENT]


class HealthAnswers(Observed):
    """Answers to the health questionnaire, one field per question, named as the fact that screening rules use."""

    allergy_ketamine: Answer = Answer.ABSENT
    aneurysmal_disease: Answer = Answer.ABSENT
    arteriovenous_malformation: Answer = Answer.ABSENT
    intracerebral_haemorrhage: Answer = Answer.ABSENT
    pregnancy_possible: Answer = Field(Answer.ABSENT, description="the patient's own word on whether it can be")
    pregnant: Answer = Answer.ABSENT
    schizophrenia: Answer = Answer.ABSENT
    psychosis_current: Answer = Answer.ABSENT
    psychosis_history: Answer = Answer.ABSENT
    uncontrolled_hypertension_reported: Answer = Answer.ABSENT
    acute_symptoms_now: Answer = Answer.ABSENT
    immediate_danger: Answer = Answer.ABSENT
    primary_indication: Indication | NotSaid = Answer.ABSENT
    failed_antidepressants: Annotated[int, Field(ge=0, le=50, description="drugs")] | NotSaid = Answer.ABSENT

    def said(self) -> "dict[str, bool | int | str | None]":
        """Every question that was asked, with what it says: None when the answer is unknown or refused."""
        asked = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: _meaning(answer) for name, answer in asked.items() if answer is not Answer.ABSENT}


def _meaning(answer: Answer | Indication | int) -> bool | int | str | None:
    if isinstance(answer, Answer):
        return {Answer.YES: True, Answer.NO: False}.get(answer)
    return answer.value if isinstance(answer, Indication) else answer


class Pressure(Observed):
    """A blood pressure in mmHg; the systolic one is the higher."""

    systolic: int
    diastolic: int


class Quantity(Observed):
    """A weight in kg or a height in cm."""

    amount: Decimal


class Answered(Observed):
    """A questionnaire as it was given."""

    at: datetime
    source: Source
    answers: HealthAnswers


class Item9(Observed):
    """A PHQ-9 as far as safety goes: points of item 9, None when it was not answered."""

    at: datetime
    source: Source
    points: int | None


class PressureReading(Observed):
    at: datetime
    pressure: Pressure


class QuantityReading(Observed):
    at: datetime
    quantity: Quantity
