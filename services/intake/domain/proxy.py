"""Somebody who may act for a patient: who it is, in what, and by which right."""

from datetime import date, datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from services.intake.domain.facts import birthday

Scope = Literal["forms", "booking"]
Authority = Literal["PATIENT", "PARENT", "LEGAL_GUARDIAN", "HEALTH_CARE_PROXY", "COURT"]
"""Who says that somebody may act: the patient, by being a minor's parent or a guardian, a signed power, or a court."""


class ProxyDetail(BaseModel):
    """As it is kept, sealed: name, what the proxy is to the patient, what it may do, and by which right, if told."""

    model_config = ConfigDict(frozen=True)

    name: str
    relation: str
    scope: frozenset[Scope]
    authority: Authority | None = None


def ends_at_majority(authority: Authority | None, birth_date: date, years: int, zone: ZoneInfo) -> datetime | None:
    """When the right of a parent ends by itself: the day on which the patient completes so many years. None: never."""
    return datetime.combine(birthday(birth_date, years), time(), zone) if authority == "PARENT" else None
