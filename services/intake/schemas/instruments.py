"""Instruments besides the PHQ-9: what there is, and one that was filled in."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.intake.domain.instruments import InstrumentCode, Score
from services.intake.domain.phq9 import LOINC_DIFFICULTY, Phq9Score
from services.intake.schemas.fields import CareClinic, Code, Difficulty, FilledIn, Request
from services.intake.schemas.screening import ObservationView
from shared.http.examples import example

Points = Annotated[int, Field(ge=0, le=10, description="points of the item; yes is 1, no is 0")]


class InstrumentRequest(Request):
    """A filled instrument: points per item in its order, null for an item without an answer."""

    model_config = example({"answers": [2, 2, 2, 2, 1, 1, 0]})

    clinic_id: CareClinic = None
    answers: Annotated[tuple[Points | None, ...], Field(min_length=1, max_length=23)]
    difficulty: Difficulty = None
    language: FilledIn = None


class CorrectionRequest(Request):
    """The right answers of an instrument that was entered wrongly, as they were then; all null takes it back.

    `difficulty` stays what it was when it is left out.
    """

    model_config = example({"answers": [2, 2, 1, 1, 1, 1, 1, 0, 0], "reason_code": "MISREAD_PAPER"})

    answers: Annotated[tuple[Points | None, ...], Field(min_length=1, max_length=23)]
    difficulty: Difficulty = None
    reason_code: Code


class InstrumentView(BaseModel):
    """An instrument. `highest`: the most points of each item, in order. LOINC codes are given where verified.

    `scores_only`: its owner does not allow its wording here; `by_staff`: patients do not fill it in themselves.
    """

    code: InstrumentCode
    name: str
    recall: str
    highest: tuple[int, ...]
    by_staff: bool
    scores_only: bool
    loinc_items: tuple[str, ...]
    loinc_total: str | None
    loinc_panel: str | None
    loinc_difficulty: str | None = Field(None, description="of `difficulty`, where the instrument asks that")


class Phq9View(BaseModel):
    """The PHQ-9, which is sent in as an assessment; `loinc_phq2` is of its first two items together,
    `loinc_difficulty` of the unscored question after the items."""

    highest: tuple[int, ...]
    loinc_items: tuple[str, ...]
    loinc_total: str
    loinc_panel: str
    loinc_phq2: str
    loinc_difficulty: str = LOINC_DIFFICULTY


class InstrumentsView(BaseModel):
    instruments: tuple[InstrumentView, ...]
    phq9: Phq9View | None = None


class ScoredView(ObservationView):
    """A filled instrument as it was scored."""

    score: Score


class CorrectedView(ObservationView):
    """An instrument that takes the place of a wrong one."""

    score: Phq9Score | Score
    supersedes: UUID
