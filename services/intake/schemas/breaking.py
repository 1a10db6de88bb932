"""Records that are opened in an emergency."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.intake.schemas.fields import Request
from shared.http import Instant
from shared.http.examples import example

Typed = Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=500)]


class BreakGlassRequest(Request):
    """Why the record has to be read now, in words that whoever answers for privacy will read."""

    model_config = example({"reason": "Found unconscious at the door of our clinic; allergies are needed."})

    reason: Typed


class BreakGlassView(BaseModel):
    """A record that was opened: by whom, until when, how often it was looked at. `reason` is for those who answer for
    privacy at the clinic, and for whoever wrote it."""

    id: UUID
    patient_id: UUID
    clinic_id: UUID
    opened_by: str
    opened_at: Instant
    until: Instant
    reason: str | None
    looks: int = Field(description="audit rows that were written because of it")
