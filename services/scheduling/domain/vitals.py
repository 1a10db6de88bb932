"""What is measured and seen at the chair (domain C.3). Impossible values are refused by field; low ones are not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError


class Sign(StrEnum):
    """What staff see or the patient says; codes, never free text."""

    NAUSEA = "NAUSEA"
    VOMITING = "VOMITING"
    SEVERE_AGITATION = "SEVERE_AGITATION"
    NEW_PSYCHOSIS = "NEW_PSYCHOSIS"
    CHEST_PAIN = "CHEST_PAIN"
    NEURO_DEFICIT = "NEURO_DEFICIT"
    ANAPHYLAXIS = "ANAPHYLAXIS"


class Vitals(BaseModel):
    """One look at the patient. What was not measured is left out; systolic and diastolic come together."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    systolic: int | None = Field(None, ge=20, le=300, description="mmHg", examples=[128])
    diastolic: int | None = Field(None, ge=10, le=200, description="mmHg", examples=[82])
    heart_rate: int | None = Field(None, ge=0, le=300, description="beats per minute", examples=[72])
    spo2: int | None = Field(None, ge=30, le=100, description="percent", examples=[98])
    on_oxygen: bool = Field(False, description="SpO2 was measured while oxygen was given")
    respiratory_rate: int | None = Field(None, ge=0, le=80, description="breaths per minute", examples=[14])
    temperature_c: Decimal | None = Field(None, ge=25, le=45, description="degrees Celsius", examples=["36.7"])
    moaas: int | None = Field(None, ge=0, le=5, description="MOAA/S: 5 answers to the name, 0 no response")
    cadss: int | None = Field(None, ge=0, le=92, description="CADSS total")
    pain_nrs: int | None = Field(None, ge=0, le=10, description="pain, 0 to 10")
    signs: tuple[Sign, ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> "Vitals":
        if (self.systolic is None) != (self.diastolic is None):
            raise PydanticCustomError("pressure_incomplete", "Give systolic and diastolic together.")
        if self.systolic is not None and self.diastolic is not None and self.diastolic >= self.systolic:
            raise PydanticCustomError("pressure_inverted", "Diastolic must be below systolic.")
        if not self.signs and all(getattr(self, name) is None for name in MEASURES):
            raise PydanticCustomError("nothing_observed", "Give at least one measurement or sign.")
        return self

    @property
    def pressure(self) -> tuple[int, int] | None:
        """Systolic and diastolic in mmHg, when measured."""
        if self.systolic is None or self.diastolic is None:
            return None
        return self.systolic, self.diastolic


MEASURES = (
    "systolic", "diastolic", "heart_rate", "spo2", "respiratory_rate", "temperature_c", "moaas", "cadss", "pain_nrs",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """Vitals and when they were taken (not when they were written down)."""

    at: datetime
    vitals: Vitals


def latest(readings: Iterable[Reading], since: datetime, until: datetime) -> dict[str, Any]:
    """The newest value of each measure taken between two instants, both included; measures without one are absent."""
    newest: dict[str, Any] = {}
    for reading in sorted(readings, key=lambda r: r.at):
        if since <= reading.at <= until:
            newest |= _measured(reading.vitals)
    return newest


def _measured(vitals: Vitals) -> dict[str, Any]:
    measured = {name: getattr(vitals, name) for name in MEASURES if getattr(vitals, name) is not None}
    return measured | ({"on_oxygen": vitals.on_oxygen} if vitals.spo2 is not None else {})


def merged(readings: Sequence[Reading], since: datetime, until: datetime) -> Vitals | None:
    """The newest values of that time as one look; None when nothing was measured."""
    values = latest(readings, since, until)
    return Vitals(**values) if values else None


def baseline(readings: Sequence[Reading], started_at: datetime, minutes: int) -> Vitals | None:
    """What was measured in the last minutes before the dose, its start included (C.3: within 15 min)."""
    return merged(readings, started_at - timedelta(minutes=minutes), started_at)
