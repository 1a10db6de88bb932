"""May the patient go home (domain C.5, IV_DISCHARGE)? An unknown criterion refuses like an unmet one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.scheduling.domain.aldrete import Answers, aldrete_total
from services.scheduling.domain.vitals import Vitals
from shared.clinicfile.policies import SessionPolicy

ALDRETE_READY = 9
FULLY_AWAKE = 5


Criterion = tuple[str, str, bool | None, dict[str, Any]]
"""Code, pointer, whether it is met (None: unknown), parameters."""


@dataclass(frozen=True, slots=True)
class Bedside:
    """What staff answer at the door; None is unknown. `new_suicide_concern` counts open concerns too.

    The last two are judgements that only a nasal spray asks for.
    """

    aldrete: Answers
    gait_steady: bool | None
    nausea_controlled: bool | None
    iv_out: bool | None
    escort_present: bool | None
    instructions_given: bool | None
    new_suicide_concern: bool | None
    pressure_acceptable: bool | None = None
    dissociation_resolved: bool | None = None


@dataclass(frozen=True, slots=True)
class Departure:
    """Everything that a discharge is decided on. `current` is the last look in recovery, None when there is none."""

    bedside: Bedside
    baseline: Vitals | None
    current: Vitals | None
    infusion_ended_at: datetime
    leaves_at: datetime


@dataclass(frozen=True, slots=True)
class Unmet:
    """A criterion that is not met (`known`) or cannot be decided. `pointer` names the field that would mend it."""

    code: str
    pointer: str
    known: bool
    params: dict[str, Any]


def unmet_criteria(departure: Departure, policy: SessionPolicy) -> list[Unmet]:
    """Every criterion of C.5 that stands in the way; empty means the patient may go."""
    return unmet([*_measured(departure, policy), *_answered(departure.bedside)])


def unmet(criteria: Iterable[Criterion]) -> list[Unmet]:
    """Those that are not met, and those that cannot be decided (None)."""
    return [Unmet(code, pointer, met is not None, params) for code, pointer, met, params in criteria if met is not True]


def _measured(departure: Departure, policy: SessionPolicy) -> Iterator[Criterion]:
    before, now = departure.baseline, departure.current
    total = aldrete_total(departure.bedside.aldrete, before, now)
    moaas = now.moaas if now else None
    yield "ALDRETE_BELOW_9", "/aldrete", at_least(total, ALDRETE_READY), {"needed": ALDRETE_READY}
    yield "NOT_FULLY_AWAKE", "/vitals/moaas", at_least(moaas, FULLY_AWAKE), {"needed": FULLY_AWAKE}
    yield "PRESSURE_OFF_BASELINE", "/vitals/systolic", _near_baseline(before, now), {"within_percent": 20}
    yield "PRESSURE_HIGH", "/vitals/systolic", _below_limit(now, policy), _pressure_limits(policy)
    yield "SPO2_LOW", "/vitals/spo2", oxygenated(before, now, policy), {"needed": policy.discharge_spo2}
    yield (
        "DISSOCIATED",
        "/vitals/cadss",
        reassociated(before, now, policy),
        {"above_baseline_at_most": policy.discharge_cadss_above_baseline},
    )
    minutes = int((departure.leaves_at - departure.infusion_ended_at).total_seconds() // 60)
    yield "OBSERVATION_TOO_SHORT", "/discharged_at", minutes >= policy.recovery_minutes, {
        "minutes_observed": minutes, "needed": policy.recovery_minutes
    }  # fmt: skip


def _answered(bedside: Bedside) -> Iterator[Criterion]:
    yield "GAIT_UNSTEADY", "/gait_steady", bedside.gait_steady, {}
    yield "NAUSEA_UNCONTROLLED", "/nausea_controlled", bedside.nausea_controlled, {}
    yield "IV_STILL_IN", "/iv_out", bedside.iv_out, {}
    yield from at_the_door(bedside)


def at_the_door(bedside: Bedside) -> Iterator[Criterion]:
    """What holds for every kind of session."""
    yield "NO_ESCORT", "/escort_present", bedside.escort_present, {}
    yield "NO_WRITTEN_INSTRUCTIONS", "/instructions_given", bedside.instructions_given, {}
    concern = bedside.new_suicide_concern
    yield "SUICIDE_CONCERN", "/new_suicide_concern", None if concern is None else not concern, {}


def at_least(value: int | None, needed: int) -> bool | None:
    return None if value is None else value >= needed


def _near_baseline(before: Vitals | None, now: Vitals | None) -> bool | None:
    """Both pressures within 20 % of baseline, 20 % itself included."""
    if before is None or now is None or before.pressure is None or now.pressure is None:
        return None
    return all(5 * abs(n - b) <= b for n, b in zip(now.pressure, before.pressure, strict=True))


def _below_limit(now: Vitals | None, policy: SessionPolicy) -> bool | None:
    if now is None or now.pressure is None:
        return None
    systolic, diastolic = now.pressure
    return systolic < policy.discharge_systolic_below and diastolic < policy.discharge_diastolic_below


def _pressure_limits(policy: SessionPolicy) -> dict[str, Any]:
    return {"systolic_below": policy.discharge_systolic_below, "diastolic_below": policy.discharge_diastolic_below}


def oxygenated(before: Vitals | None, now: Vitals | None, policy: SessionPolicy) -> bool | None:
    """At least 94 %, or the patient's own lower baseline."""
    if now is None or now.spo2 is None:
        return None
    own = before.spo2 if before is not None and before.spo2 is not None else policy.discharge_spo2
    return now.spo2 >= min(policy.discharge_spo2, own)


def reassociated(before: Vitals | None, now: Vitals | None, policy: SessionPolicy) -> bool | None:
    if before is None or now is None or before.cadss is None or now.cadss is None:
        return None
    return now.cadss <= before.cadss + policy.discharge_cadss_above_baseline
