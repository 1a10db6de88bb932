"""Medicines that are given beside a dose."""

from decimal import Decimal
from typing import Annotated

from pydantic import AwareDatetime, Field, model_validator
from pydantic_core import PydanticCustomError

from services.scheduling.schemas.requests import Request, Source
from shared.clinicfile.policies import Slug
from shared.http.examples import example

_Word = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$", description="one line")]


class GivenWithoutOrder(Request):
    """A medicine that was given although no signed order of it is known here."""

    drug: _Word
    dose: Annotated[Decimal, Field(gt=0, le=1_000_000, max_digits=10, decimal_places=3)]
    unit: Annotated[str, Field(pattern=r"^[A-Za-z%/]{1,20}$", description="such as mg")]
    route: Annotated[str, Field(pattern=r"^[A-Z_]{1,20}$", description="such as IV")]


class MedicineRequest(Request):
    """A medicine signed with the dose's order is given; or one that was given without an order is recorded.

    `happened`: it was given already; then it is recorded whatever rules say, and what broke one is a deviation. What is
    from paper, or minutes old (the clinic's policy), has always happened already.
    """

    model_config = example({"order": "ondansetron"})

    order: Slug | None = Field(None, description="the medicine's id in the signed order")
    given: GivenWithoutOrder | None = Field(None, description="with `happened` or from paper only")
    occurred_at: AwareDatetime | None = Field(None, description="now when left out")
    source: Source = Source.STAFF
    happened: bool = False

    @model_validator(mode="after")
    def _one(self) -> "MedicineRequest":
        if (self.order is None) == (self.given is None):
            raise PydanticCustomError("one_medicine", "Name the order, or what was given without one.")
        return self
