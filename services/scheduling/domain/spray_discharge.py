"""May the patient go home after a nasal spray (domain C.5, SPR_DISCHARGE)? An unknown criterion refuses."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.scheduling.domain.discharge import (
    FULLY_AWAKE,
    Bedside,
    Criterion,
    Unmet,
    at_least,
    at_the_door,
    oxygenated,
    reassociated,
    unmet,
)
from services.scheduling.domain.spray import OBSERVED
from services.scheduling.domain.vitals import Reading, Vitals
from shared.clinicfile.policies import SessionPolicy


@dataclass(frozen=True, slots=True)
class SprayDeparture:
    """What the discharge is decided on. `current` is the last look, `readings` are those since the first device."""

    bedside: Bedside
    baseline: Vitals | None
    current: Vitals | None
    readings: Sequence[Reading]
    first_device_at: datetime
    leaves_at: datetime


def unmet_after_spray(departure: SprayDeparture, policy: SessionPolicy) -> list[Unmet]:
    """Every criterion that stands in the way; empty means the patient may go."""
    return unmet([*_measured(departure, policy), *at_the_door(departure.bedside)])


def _measured(departure: SprayDeparture, policy: SessionPolicy) -> Iterator[Criterion]:
    before, now, bedside = departure.baseline, departure.current, departure.bedside
    observed = departure.leaves_at - departure.first_device_at
    yield "OBSERVATION_TOO_SHORT", "/discharged_at", observed >= OBSERVED, {
        "minutes_observed": observed // timedelta(minutes=1), "needed": OBSERVED // timedelta(minutes=1)
    }  # fmt: skip
    yield "NOT_FULLY_AWAKE", "/vitals/moaas", at_least(now.moaas if now else None, FULLY_AWAKE), {"needed": FULLY_AWAKE}
    yield "DISSOCIATED", "/vitals/cadss", _together(before, now, bedside, policy), {
        "above_baseline_at_most": policy.discharge_cadss_above_baseline
    }  # fmt: skip
    yield "SPO2_LOW", "/vitals/spo2", oxygenated(before, now, policy), {"needed": policy.discharge_spo2}
    breaths = at_least(now.respiratory_rate if now else None, policy.vitals.warn_respiratory_rate)
    yield "BREATHING_SLOW", "/vitals/respiratory_rate", breaths, {"needed": policy.vitals.warn_respiratory_rate}
    judged = bedside.pressure_acceptable if now is not None and now.pressure is not None else None
    yield "PRESSURE_NOT_ACCEPTABLE", "/pressure_acceptable", judged, {}
    rising = _rising(before, departure.readings)
    yield "PRESSURE_RISING", "/vitals/systolic", None if rising is None else not rising, {}


def _together(before: Vitals | None, now: Vitals | None, bedside: Bedside, policy: SessionPolicy) -> bool | None:
    """By the score where there is one, else by the recorded judgement."""
    scored = reassociated(before, now, policy)
    return bedside.dissociation_resolved if scored is None else scored


def _rising(before: Vitals | None, readings: Sequence[Reading]) -> bool | None:
    """Whether the last pressure is above the one before it and above baseline, systolic or diastolic."""
    in_order = sorted(readings, key=lambda r: r.at)
    pressures = [pressure for r in in_order if (pressure := r.vitals.pressure) is not None]
    if len(pressures) < 2 or before is None or before.pressure is None:
        return None
    return any(
        now > max(was, base) for now, was, base in zip(pressures[-1], pressures[-2], before.pressure, strict=True)
    )
