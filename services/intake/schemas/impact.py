"""What a clinic file that is not in force would change for patients."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from services.intake.domain.foreseeing import ForeseenChange
from services.intake.schemas.fields import Request
from shared.clinicfile.example import SMALL_CLINIC
from shared.http.examples import example


class ImpactRequest(Request):
    """A whole clinic file as JSON (the example is shortened), and after which patient to go on."""

    model_config = example({"file": SMALL_CLINIC})

    file: dict[str, Any]
    after: UUID | None = Field(None, description="`next` of the part before")


class ForeseenView(BaseModel):
    """A patient of whom something would be decided otherwise, by record number and never by name."""

    patient_id: UUID
    record_number: str
    changes: tuple[ForeseenChange, ...]


class ImpactView(BaseModel):
    """One part of the patients screened at the clinic. `next` is null after the last; `total` comes with the first.

    `undecided` are patients of whom it cannot be said, since what is stored of them cannot be decided anew.
    """

    clinic_id: UUID
    hash: str = Field(description="of the file that was sent")
    total: int | None
    looked: int
    patients: tuple[ForeseenView, ...]
    undecided: tuple[UUID, ...]
    next: UUID | None
