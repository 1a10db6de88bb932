"""Vital-sign alerts (domain C.4). One alert per finding: of several levels of one sign the most severe is raised."""

from dataclasses import dataclass
from enum import StrEnum

from services.scheduling.domain.vitals import Sign, Vitals
from shared.clinicfile.policies import VitalLimits


class Level(StrEnum):
    """From mild to severe; before the dose HOLD stands between WARN and CRITICAL (A.8)."""

    INFO = "INFO"
    WARN = "WARN"
    HOLD = "HOLD"
    CRITICAL = "CRITICAL"
    EMERGENCY = "EMERGENCY"


@dataclass(frozen=True, slots=True)
class Finding:
    """An alert that is to be raised: rule id of C.4, level, and what was found, with units."""

    rule_id: str
    level: Level
    finding: str


_SIGNS = {
    Sign.NAUSEA: ("AL-11", Level.INFO), Sign.VOMITING: ("AL-11", Level.INFO),
    Sign.SEVERE_AGITATION: ("AL-08", Level.CRITICAL), Sign.NEW_PSYCHOSIS: ("AL-08", Level.CRITICAL),
    Sign.CHEST_PAIN: ("AL-10", Level.EMERGENCY), Sign.NEURO_DEFICIT: ("AL-10", Level.EMERGENCY),
    Sign.ANAPHYLAXIS: ("AL-10", Level.EMERGENCY),
}  # fmt: skip


def findings(vitals: Vitals, baseline: Vitals | None, limits: VitalLimits, *, before_dose: bool) -> list[Finding]:
    """The alerts of one look at the patient. `baseline` is what was measured before the dose, None when unknown."""
    found = [
        _pressure(vitals, baseline, limits, before_dose),
        _low("AL-04", "SpO2 {} %", vitals.spo2, limits.warn_spo2, limits.critical_spo2),
        _low("AL-05", "respiratory rate {}/min", vitals.respiratory_rate,
             limits.warn_respiratory_rate, limits.critical_respiratory_rate),
        _heart_rate(vitals, limits),
        _low("AL-07", "MOAA/S {}", vitals.moaas, 4, 3),
    ]  # fmt: skip
    signs = [Finding(*_SIGNS[sign], sign.value) for sign in dict.fromkeys(vitals.signs)]
    return [finding for finding in found if finding is not None] + signs


def overdue(what: str) -> Finding:
    """AL-09: a scheduled measurement is more than five minutes late."""
    return Finding("AL-09", Level.WARN, f"{what} overdue")


def _pressure(vitals: Vitals, baseline: Vitals | None, limits: VitalLimits, before_dose: bool) -> Finding | None:
    if vitals.pressure is None:
        return None
    systolic, diastolic = vitals.pressure
    text = f"pressure {systolic}/{diastolic} mmHg"
    if systolic >= limits.critical_systolic or diastolic >= limits.critical_diastolic:
        return Finding("AL-03", Level.CRITICAL, text)
    if before_dose and (systolic > limits.hold_systolic or diastolic > limits.hold_diastolic):
        return Finding("AL-01", Level.HOLD, text)
    if systolic >= limits.warn_systolic or diastolic >= limits.warn_diastolic:
        return Finding("AL-02", Level.WARN, text)
    if not before_dose and baseline is not None and baseline.pressure is not None:
        return _rise(systolic - baseline.pressure[0], diastolic - baseline.pressure[1], limits, text)
    return None


def _rise(systolic: int, diastolic: int, limits: VitalLimits, text: str) -> Finding | None:
    if systolic >= limits.warn_rise_systolic or diastolic >= limits.warn_rise_diastolic:
        return Finding("AL-02", Level.WARN, f"{text}, {systolic:+d}/{diastolic:+d} from baseline")
    return None


def _low(rule_id: str, text: str, value: int | None, warn_below: int, critical_below: int) -> Finding | None:
    if value is None or value >= warn_below:
        return None
    return Finding(rule_id, Level.CRITICAL if value < critical_below else Level.WARN, text.format(value))


def _heart_rate(vitals: Vitals, limits: VitalLimits) -> Finding | None:
    if vitals.heart_rate is None:
        return None
    text = f"heart rate {vitals.heart_rate}/min"
    for level, (low, high) in ((Level.CRITICAL, limits.critical_heart_rate), (Level.WARN, limits.warn_heart_rate)):
        if not low <= vitals.heart_rate <= high:
            return Finding("AL-06", level, text)
    return None
