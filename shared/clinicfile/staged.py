"""Shapes of the clinic-file routes."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.clinicfile.example import SMALL_CLINIC
from shared.clinicfile.model import ClinicFile
from shared.http.examples import example


class StageRequest(BaseModel):
    """A whole clinic file as JSON; its shape is `clinics/clinic-file.schema.json`. The example is shortened."""

    model_config = ConfigDict(extra="forbid") | example({"file": SMALL_CLINIC})

    file: dict[str, Any]


class StagedView(BaseModel):
    """A clinic file as this service holds it. `hash` is the SHA-256 of its canonical JSON."""

    clinic_id: UUID
    clinic: str
    hash: str
    clinical_hash: str = Field(description="hash of the sections that need a director's approval")
    active: bool = Field(description="decisions are made under it now")
    approved: bool = Field(description="a director approved this very hash")
    approval_needed: bool = Field(description="activation would be refused until a director approves")
    staged_at: datetime
    activated_at: datetime | None


class ClinicFileView(StagedView):
    """The same with the content, every default written out."""

    file: ClinicFile
