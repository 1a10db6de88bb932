"""Fasting before a dose (domain A.4). None: not known, which fails like too short a time (A.8)."""

from datetime import datetime, timedelta

from services.scheduling.domain.dayanswers import Meal, Solids
from shared.clinicfile.dayof import FastingLimits


def solids_minutes(solids: Solids, limits: FastingLimits) -> int | None:
    """How long the patient must not have eaten; None while the kind of meal decides and is not known."""
    if limits.light_minutes == limits.heavy_minutes:
        return limits.light_minutes
    if solids.meal is None:
        return None
    return limits.heavy_minutes if solids.meal is Meal.HEAVY else limits.light_minutes


def solids_ok(solids: Solids | None, limits: FastingLimits, now: datetime) -> bool | None:
    """`now - last_solid >= limit(type)`; the limit itself passes."""
    minutes = solids_minutes(solids, limits) if solids is not None else None
    if solids is None or minutes is None:
        return None
    return now - solids.at >= timedelta(minutes=minutes)


def clear_ok(last_at: datetime | None, limits: FastingLimits, now: datetime) -> bool | None:
    """`now - last_clear >= limit`."""
    return None if last_at is None else now - last_at >= timedelta(minutes=limits.clear_minutes)
