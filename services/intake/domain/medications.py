"""Medications as patients list them: names, doses, how often. What is not known of one is left out."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from services.intake.domain.observed import Observed
from services.intake.domain.printable import is_printable

MOST_MEDICATIONS = 200
DoseUnit = Literal["mg", "mcg", "g", "ml", "iu", "piece", "other"]


def _printable(text: str) -> str:
    if not is_printable(text):
        raise PydanticCustomError("not_printable", "Leave out line breaks and control characters.")
    return text


DrugName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(_printable)
]


class Medication(Observed):
    """One medication as it is taken: `dose` of `unit`, `times` a day or week; as needed: at most so often a day."""

    name: DrugName
    dose: Annotated[Decimal, Field(gt=0, le=100_000, decimal_places=4)] | None = None
    unit: DoseUnit | None = None
    times: Annotated[int, Field(ge=1, le=24)] | None = None
    per: Literal["day", "week", "as_needed"] = "day"
