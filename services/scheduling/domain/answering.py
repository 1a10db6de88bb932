"""Alerts are acknowledged (domain C.4): by when, who is paged until then, and what was done."""

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from services.scheduling.domain.alerts import Level
from shared.clinicfile.oncall import AlertPages, OnCall


class AlertResponse(StrEnum):
    """What was done about an alert (the actions of C.4)."""

    RECHECKED = "RECHECKED"
    REPOSITIONED = "REPOSITIONED"
    STIMULATED = "STIMULATED"
    OXYGEN_GIVEN = "OXYGEN_GIVEN"
    AIRWAY_SUPPORTED = "AIRWAY_SUPPORTED"
    INFUSION_SLOWED = "INFUSION_SLOWED"
    INFUSION_PAUSED = "INFUSION_PAUSED"
    INFUSION_STOPPED = "INFUSION_STOPPED"
    MEDICINE_GIVEN = "MEDICINE_GIVEN"
    ECG_TAKEN = "ECG_TAKEN"
    PRESCRIBER_CALLED = "PRESCRIBER_CALLED"
    EMS_CALLED = "EMS_CALLED"
    WATCHED = "WATCHED"


class AlertAnswer(BaseModel):
    """One acknowledgement: who, when, and what was done."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    by: str
    done: tuple[AlertResponse, ...]


class AlertAnswers(BaseModel):
    """Every acknowledgement of an alert, the first one first, as it is kept, sealed."""

    model_config = ConfigDict(frozen=True)

    entries: tuple[AlertAnswer, ...] = ()


def acknowledge_by(level: Level, raised_at: datetime, policy: AlertPages) -> datetime:
    """When somebody must have acknowledged an alert: seconds from CRITICAL on, minutes below, both `policy`."""
    if _reaches(level, Level.CRITICAL):
        return raised_at + timedelta(seconds=policy.urgent_seconds)
    return raised_at + timedelta(minutes=policy.other_minutes)


def climbs(level: Level, policy: AlertPages) -> bool:
    """Whether whoever is on call is paged about an alert that nobody acknowledges."""
    return _reaches(level, Level(policy.page_from))


def at_once(level: Level, on_call: OnCall) -> bool:
    """Whether the first rung is paged when an alert is raised."""
    policy = on_call.alerts
    return bool(on_call.ladder) and climbs(level, policy) and _reaches(level, Level(policy.at_once_from))


def _reaches(level: Level, bound: Level) -> bool:
    order = list(Level)
    return order.index(level) >= order.index(bound)
