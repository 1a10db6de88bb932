"""Modified Aldrete score (domain B.6, A.8): five domains of 0 to 2; 9 of 10 is ready."""

from dataclasses import dataclass

from services.scheduling.domain.vitals import Vitals


@dataclass(frozen=True, slots=True)
class Answers:
    """The three domains that staff judge, 0 to 2; None is unknown. Circulation and oxygen follow from vitals."""

    activity: int | None
    respiration: int | None
    consciousness: int | None


def aldrete_total(answers: Answers, baseline: Vitals | None, now: Vitals | None) -> int | None:
    """0 to 10, None while any domain is unknown."""
    parts = (
        answers.activity, answers.respiration, answers.consciousness, circulation(baseline, now), oxygenation(now),
    )  # fmt: skip
    return None if None in parts else sum(part for part in parts if part is not None)


def circulation(baseline: Vitals | None, now: Vitals | None) -> int | None:
    """2 within 20 % of baseline, 1 below 50 %, else 0. The worse of systolic and diastolic; falls count like rises."""
    if baseline is None or now is None or baseline.pressure is None or now.pressure is None:
        return None
    return min(_pressure_points(n, b) for n, b in zip(now.pressure, baseline.pressure, strict=True))


def _pressure_points(now: int, baseline: int) -> int:
    change = 100 * abs(now - baseline)
    if change <= 20 * baseline:
        return 2
    return 1 if change < 50 * baseline else 0


def oxygenation(now: Vitals | None) -> int | None:
    """2 above 92 % on room air; 1 for 91 or 92 on room air or above 90 with oxygen; else 0."""
    if now is None or now.spo2 is None:
        return None
    if now.on_oxygen:
        return 1 if now.spo2 > 90 else 0
    return 2 if now.spo2 > 92 else int(now.spo2 > 90)
