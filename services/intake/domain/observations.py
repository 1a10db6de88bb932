"""What is observed about a patient: answers to questions, measurements, PHQ-9 items. Stored sealed, only appended."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.intake.domain.medications import MOST_MEDICATIONS, Medication
from services.intake.domain.observed import Observed
from shared.clinicfile.facts import FactValue

Source = Literal["patient", "proxy", "staff"]
Phq9Item = Annotated[int, Field(ge=0, le=3, description="points: 0 not at all ... 3 nearly every day")]
Phq9Answers = Annotated[tuple[Phq9Item | None, ...], Field(min_length=9, max_length=9)]


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
    late_menses: Answer = Answer.ABSENT
    breastfeeding: Answer = Answer.ABSENT
    mania_current: Answer = Answer.ABSENT
    bipolar_disorder: Answer = Answer.ABSENT
    mdq_positive: Answer = Answer.ABSENT
    dementia_or_delirium: Answer = Answer.ABSENT
    capacity_in_doubt: Answer = Answer.ABSENT
    hypertension_diagnosed: Answer = Answer.ABSENT
    cardiac_event: Answer = Answer.ABSENT
    cardiovascular_disease: Answer = Answer.ABSENT
    hypertensive_encephalopathy: Answer = Answer.ABSENT
    severe_cardiovascular_disease: Answer = Answer.ABSENT
    rhythm_therapy: Answer = Answer.ABSENT
    raised_intracranial_pressure: Answer = Answer.ABSENT
    raised_eye_pressure: Answer = Answer.ABSENT
    open_globe: Answer = Answer.ABSENT
    uncontrolled_seizures: Answer = Answer.ABSENT
    hepatitis: Answer = Answer.ABSENT
    heavy_alcohol: Answer = Answer.ABSENT
    high_dose_course: Answer = Field(Answer.ABSENT, description="staff: a course of high and frequent doses is meant")
    untreated_hyperthyroidism: Answer = Answer.ABSENT
    bladder_trouble: Answer = Answer.ABSENT
    severe_breathing_disorder: Answer = Answer.ABSENT
    substance_misuse_active: Answer = Answer.ABSENT
    addiction_plan: Answer = Answer.ABSENT
    ketamine_misuse: Answer = Answer.ABSENT
    intoxicated_now: Answer = Answer.ABSENT
    escort_available: Answer = Answer.ABSENT
    under_clinician_care: Answer = Answer.ABSENT
    takes_maoi: Answer = Answer.ABSENT
    takes_stimulant: Answer = Answer.ABSENT
    takes_cns_depressant: Answer = Answer.ABSENT
    alcohol_today: Answer = Answer.ABSENT
    takes_benzodiazepine: Answer = Answer.ABSENT
    takes_lamotrigine: Answer = Answer.ABSENT
    takes_theophylline: Answer = Answer.ABSENT
    cardiac_event_on: date | NotSaid = Field(Answer.ABSENT, description="day of the latest event")
    negative_pregnancy_test_on: date | NotSaid = Field(Answer.ABSENT, description="day of the latest negative test")
    child_pugh: Literal["NONE", "A", "B", "C"] | NotSaid = Answer.ABSENT
    audit_c_points: Annotated[int, Field(ge=0, le=12, description="points")] | NotSaid = Answer.ABSENT
    benzodiazepine_mg: (
        Annotated[float, Field(ge=0, le=1000, description="mg of diazepam-equivalent a day")] | NotSaid
    ) = Answer.ABSENT
    primary_indication: Indication | NotSaid = Answer.ABSENT
    failed_antidepressants: Annotated[int, Field(ge=0, le=50, description="drugs")] | NotSaid = Answer.ABSENT
    medications: Annotated[tuple[Medication, ...], Field(max_length=MOST_MEDICATIONS)] | NotSaid = Field(
        Answer.ABSENT, description="everything that is taken; an empty list: nothing"
    )

    def said(self) -> dict[str, FactValue | None]:
        """Every question that was asked, with what it says: None when the answer is unknown or refused, else the value
        of the fact or an ISO date."""
        asked = {name: getattr(self, name) for name in type(self).model_fields if name != "medications"}
        return {name: _meaning(answer) for name, answer in asked.items() if answer is not Answer.ABSENT}


def _meaning(answer: Answer | Indication | date | FactValue) -> FactValue | None:
    if isinstance(answer, Answer):
        return {Answer.YES: True, Answer.NO: False}.get(answer)
    if isinstance(answer, date):
        return answer.isoformat()
    return answer.value if isinstance(answer, Indication) else answer


class Pressure(Observed):
    """A blood pressure in mmHg; the systolic one is the higher."""

    systolic: int
    diastolic: int


class Quantity(Observed):
    """A weight in kg, a height in cm, a heart rate per minute or an ASA class."""

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
    """`id` is the row that it was read from."""

    id: UUID | None = None
    at: datetime
    quantity: Quantity
