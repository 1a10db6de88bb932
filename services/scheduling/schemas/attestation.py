"""What staff attest at the chair when intake was not heard lately."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Seen(StrEnum):
    """Where it was seen."""

    IN_INTAKE = "IN_INTAKE"
    ON_PAPER = "ON_PAPER"
    BY_PHONE = "BY_PHONE"


class Attestation(BaseModel):
    """What scheduling knows from intake still holds: seen elsewhere, just now, by the one who starts the dose."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seen: Seen
    order: Literal[True] = Field(description="the dose order is signed and not revoked")
    screening: Literal[True] = Field(description="the newest screening is the one that was reviewed and cleared")
    consent: Literal[True] = Field(description="the treatment consent is not revoked")
    no_concern: Literal[True] = Field(description="no safety concern is open")


class Attested(BaseModel):
    """A dose that was started on an attestation. Kept sealed with the session."""

    seen: Seen
    by: str = Field(description="subject of the staff member")
    at: datetime
    known_until: datetime | None = Field(description="how far intake was known, wall time, UTC; null: never heard")
