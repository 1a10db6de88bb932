"""What is to be measured next, and when (domain C.3, C.4)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.scheduling.domain.alerts import findings
from services.scheduling.domain.spray import OBSERVED, is_spray
from services.scheduling.domain.vitals import Reading, Vitals, baseline
from shared.clinicfile.policies import SessionPolicy
from shared.events.parts import Modality

PEAK_AFTER = timedelta(minutes=40)
PEAK_WINDOW = timedelta(minutes=5)
RECHECK_AFTER = timedelta(minutes=5)
PAIN_EVERY = timedelta(minutes=15)
PAIN_SEDATION_EVERY = timedelta(minutes=30)


class Measure(StrEnum):
    """What a due measurement asks for."""

    PRESSURE_AND_PULSE = "PRESSURE_AND_PULSE"
    PEAK_CADSS_AND_MOAAS = "PEAK_CADSS_AND_MOAAS"
    MOAAS = "MOAAS"
    PRESSURE = "PRESSURE"


@dataclass(frozen=True, slots=True)
class Due:
    """A scheduled measurement."""

    what: Measure
    due_at: datetime

    def is_late(self, now: datetime, policy: SessionPolicy) -> bool:
        """More than five minutes late; exactly five is in time (D.5)."""
        return now > self.alarm_at(policy)

    def alarm_at(self, policy: SessionPolicy) -> datetime:
        return self.due_at + timedelta(minutes=policy.vitals.overdue_minutes)


@dataclass(frozen=True, slots=True)
class Running:
    """A session whose drug runs or has run: when it started, when the infusion ended, None while it runs.

    A nasal spray starts with its first device and ends with its last. `stood` is how long an infusion has stood in
    pauses, which puts off its peak; while it is `paused` the peak does not come, and everything else goes on. What was
    due before `clocks_from` is due then: nobody could measure earlier.
    """

    modality: Modality
    started_at: datetime
    infusion_ended_at: datetime | None
    stood: timedelta = timedelta()
    paused: bool = False
    clocks_from: datetime | None = None

    @property
    def peak_at(self) -> datetime:
        return self.started_at + PEAK_AFTER + self.stood


def schedule(session: Running, readings: Sequence[Reading], policy: SessionPolicy) -> list[Due]:
    """What is due next of each kind, the earliest first."""
    taken = sorted((r for r in readings if r.at >= session.started_at), key=lambda r: r.at)
    dues = _dues(session, readings, taken, policy)
    if session.clocks_from is not None:
        dues = (Due(due.what, max(due.due_at, session.clocks_from)) for due in dues)
    return sorted(dues, key=lambda due: due.due_at)


def _dues(
    session: Running, readings: Sequence[Reading], taken: Sequence[Reading], policy: SessionPolicy
) -> Iterator[Due]:
    if is_spray(session.modality):
        yield from _spray_pressure(session, readings, taken, policy)
        return
    last = _last(taken, lambda v: v.pressure is not None and v.heart_rate is not None)
    yield Due(Measure.PRESSURE_AND_PULSE, _next_pressure(session, readings, last, policy))
    if session.modality is Modality.IV_PAIN:
        sedation = _last(taken, lambda v: v.moaas is not None)
        if session.infusion_ended_at is None:
            yield Due(Measure.MOAAS, (sedation.at if sedation else session.started_at) + PAIN_SEDATION_EVERY)
    elif not session.paused and not _peak_taken(session, taken):
        yield Due(Measure.PEAK_CADSS_AND_MOAAS, session.peak_at)


def _spray_pressure(
    session: Running, readings: Sequence[Reading], taken: Sequence[Reading], policy: SessionPolicy
) -> Iterator[Due]:
    """Pressure at 40 min (window 35 to 45) and before leaving at 120 min; five minutes after an alarming one."""
    last = _last(taken, lambda v: v.pressure is not None)
    if last is not None and _alarming(session, readings, last, policy):
        yield Due(Measure.PRESSURE, last.at + RECHECK_AFTER)
        return
    checks = (session.started_at + PEAK_AFTER, session.started_at + OBSERVED)
    due = next((at for at in checks if last is None or last.at < at - PEAK_WINDOW), None)
    if due is not None:
        yield Due(Measure.PRESSURE, due)


def _next_pressure(
    session: Running, readings: Sequence[Reading], last: Reading | None, policy: SessionPolicy
) -> datetime:
    """Every 10 min while a mood infusion runs, else every 15 min; five minutes after an alarming pressure (C.4)."""
    if last is None:
        return session.started_at + _interval(session, policy)
    alarming = _alarming(session, readings, last, policy)
    return last.at + (RECHECK_AFTER if alarming else _interval(session, policy))


def _alarming(session: Running, readings: Sequence[Reading], last: Reading, policy: SessionPolicy) -> bool:
    before = baseline(readings, session.started_at, policy.baseline_minutes)
    found = {f.rule_id for f in findings(last.vitals, before, policy.vitals, before_dose=False)}
    return bool({"AL-02", "AL-03"} & found)


def _interval(session: Running, policy: SessionPolicy) -> timedelta:
    if session.infusion_ended_at is not None:
        return timedelta(minutes=policy.recovery_vitals_every_minutes)
    if session.modality is Modality.IV_PAIN:
        return PAIN_EVERY
    return timedelta(minutes=policy.vitals_every_minutes)


def _peak_taken(session: Running, taken: Sequence[Reading]) -> bool:
    from_here = [r.vitals for r in taken if r.at >= session.peak_at - PEAK_WINDOW]
    return any(v.cadss is not None for v in from_here) and any(v.moaas is not None for v in from_here)


def _last(taken: Sequence[Reading], wanted: Callable[[Vitals], bool]) -> Reading | None:
    return next((reading for reading in reversed(taken) if wanted(reading.vitals)), None)
