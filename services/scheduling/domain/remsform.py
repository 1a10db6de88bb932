"""The form that the nasal spray's programme wants after each session (domain C.3, H.5): what the record says for its
fields, and where it is silent. What readings leave open is asked; an effect is absent only if it was looked for at the
peak."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from services.scheduling.domain.discharge import FULLY_AWAKE
from services.scheduling.domain.gate import Gate
from services.scheduling.domain.monitoring import PEAK_AFTER, PEAK_WINDOW
from services.scheduling.domain.spray import OBSERVED, DeviceDetail
from services.scheduling.domain.vitals import Reading, Vitals, latest
from shared.calendar import local_date
from shared.clinicfile.policies import SessionPolicy

YES, NO = "YES", "NO"
NOT_REACHED = "NOT_REACHED"
"""The session ended before this was to be measured."""


class RemsField(StrEnum):
    """The fields of the form (C.3), all of them starred: each must be filled in. mg, minutes, mmHg."""

    TREATED_ON = "TREATED_ON"
    DOSE_MG = "DOSE_MG"
    LOTS = "LOTS"
    MINUTES_MONITORED = "MINUTES_MONITORED"
    VITALS_ACCEPTABLE_BEFORE = "VITALS_ACCEPTABLE_BEFORE"
    PRESSURE_BEFORE = "PRESSURE_BEFORE"
    PRESSURE_AT_40_MIN = "PRESSURE_AT_40_MIN"
    PRESSURE_BEFORE_LEAVING = "PRESSURE_BEFORE_LEAVING"
    VITALS_ACCEPTABLE_AT_END = "VITALS_ACCEPTABLE_AT_END"
    SEDATION = "SEDATION"
    DISSOCIATION = "DISSOCIATION"
    RESPIRATORY_DEPRESSION = "RESPIRATORY_DEPRESSION"
    SERIOUS_ADVERSE_EVENT = "SERIOUS_ADVERSE_EVENT"
    MONITORED_BY = "MONITORED_BY"
    CONCOMITANT_MEDICINES = "CONCOMITANT_MEDICINES"


class Origin(StrEnum):
    """Where a value comes from. STAFF: somebody said it for the form; the rest is the session's record."""

    SESSION = "SESSION"
    DEVICES = "DEVICES"
    OBSERVATIONS = "OBSERVATIONS"
    PRESSURE_GATE = "PRESSURE_GATE"
    DEPARTURE = "DEPARTURE"
    STAFF = "STAFF"


class FilledField(BaseModel):
    """A field as it is written on the form: dates as 2026-12-04, pressures as 134/86, judgements as YES or NO.

    `at`: when it was measured, or said; `by`: who said it. `recorded`: what the session's record says otherwise.
    """

    model_config = ConfigDict(frozen=True)

    field: RemsField
    value: str
    origin: Origin
    at: datetime | None = None
    by: str | None = None
    recorded: str | None = None


@dataclass(frozen=True, slots=True)
class SprayRecord:
    """What is on record of a session with a nasal spray that is over.

    `gate` is that before the dose, `pressure_acceptable` what was judged at the door; None: nobody did. `watched_by`
    are all who recorded what they saw after the first device.
    """

    zone: str
    started_at: datetime
    ended_at: datetime
    devices: Sequence[DeviceDetail]
    readings: Sequence[Reading]
    gate: Gate
    pressure_acceptable: bool | None
    died: bool
    watched_by: frozenset[str]

    @property
    def after(self) -> list[Reading]:
        """Readings from the first device until the session ended, in order."""
        taken = (r for r in self.readings if self.started_at < r.at <= self.ended_at)
        return sorted(taken, key=lambda r: r.at)

    @property
    def peak_at(self) -> datetime:
        return self.started_at + PEAK_AFTER

    def is_peak(self, reading: Reading) -> bool:
        """Taken 35 to 45 minutes after the first device, both included (C.3)."""
        return abs(reading.at - self.peak_at) <= PEAK_WINDOW


def from_record(record: SprayRecord, policy: SessionPolicy) -> list[FilledField]:
    """Every field that the record can fill in; what is absent has to be asked."""
    return [*_given(record), *_judged(record), *_pressures(record, policy), *_effects(record, policy)]


def _given(record: SprayRecord) -> Iterator[FilledField]:
    treated_on = local_date(record.started_at, record.zone).isoformat()
    minutes = (record.ended_at - record.started_at) // timedelta(minutes=1)
    yield FilledField(field=RemsField.TREATED_ON, value=treated_on, origin=Origin.SESSION)
    yield FilledField(field=RemsField.MINUTES_MONITORED, value=str(minutes), origin=Origin.SESSION)
    if record.devices:
        dose_mg = str(sum(device.dose_mg for device in record.devices))
        lots = ", ".join(dict.fromkeys(device.lot for device in record.devices))
        yield FilledField(field=RemsField.DOSE_MG, value=dose_mg, origin=Origin.DEVICES)
        yield FilledField(field=RemsField.LOTS, value=lots, origin=Origin.DEVICES)


def _judged(record: SprayRecord) -> Iterator[FilledField]:
    """A gate that held says nothing for the form: whoever let the dose start answers for it there."""
    if record.gate is Gate.PASSED:
        yield FilledField(field=RemsField.VITALS_ACCEPTABLE_BEFORE, value=YES, origin=Origin.PRESSURE_GATE)
    if record.pressure_acceptable is not None:
        value = YES if record.pressure_acceptable else NO
        yield FilledField(field=RemsField.VITALS_ACCEPTABLE_AT_END, value=value, origin=Origin.DEPARTURE)
    if record.died:
        yield FilledField(field=RemsField.SERIOUS_ADVERSE_EVENT, value=YES, origin=Origin.DEPARTURE)
    if len(record.watched_by) == 1:
        (watcher,) = record.watched_by
        yield FilledField(field=RemsField.MONITORED_BY, value=watcher, origin=Origin.OBSERVATIONS)


def _pressures(record: SprayRecord, policy: SessionPolicy) -> Iterator[FilledField]:
    """Before the first device; nearest to 40 minutes after it; and before leaving: at most five minutes before the end
    of the session, or before its 120 minutes were over, whichever came first."""
    since = record.started_at - timedelta(minutes=policy.baseline_minutes)
    before = [r for r in record.readings if since <= r.at <= record.started_at and r.vitals.pressure is not None]
    taken = [r for r in record.after if r.vitals.pressure is not None]
    peak = sorted((r for r in taken if record.is_peak(r)), key=lambda r: (abs(r.at - record.peak_at), r.at))
    leaves_from = min(record.ended_at, record.started_at + OBSERVED) - PEAK_WINDOW
    last = [r for r in taken if r.at >= leaves_from]
    yield from _pressure(RemsField.PRESSURE_BEFORE, sorted(before, key=lambda r: r.at)[-1:])
    yield from _pressure(RemsField.PRESSURE_AT_40_MIN, peak[:1])
    if record.ended_at < record.peak_at - PEAK_WINDOW:
        yield FilledField(field=RemsField.PRESSURE_AT_40_MIN, value=NOT_REACHED, origin=Origin.SESSION)
    yield from _pressure(RemsField.PRESSURE_BEFORE_LEAVING, last[-1:])


def _pressure(field: RemsField, found: Sequence[Reading]) -> Iterator[FilledField]:
    for reading in found:
        if reading.vitals.pressure is not None:
            systolic, diastolic = reading.vitals.pressure
            yield FilledField(
                field=field, value=f"{systolic}/{diastolic}", origin=Origin.OBSERVATIONS, at=reading.at
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Look:
    """How one reading tells of an effect: whether it looked for it, found it, or leaves it open."""

    field: RemsField
    looked: Callable[[Vitals], bool]
    shows: Callable[[Vitals], bool]
    doubtful: Callable[[Vitals], bool] = lambda _: False


def _effects(record: SprayRecord, policy: SessionPolicy) -> Iterator[FilledField]:
    """YES where a reading shows it; NO only if somebody looked at the peak, and no reading after the first device shows
    it or leaves it open. Thresholds are those of alerts and discharge (C.4, C.5)."""
    for look in _looks(record, policy):
        shown = next((r for r in record.after if look.shows(r.vitals)), None)
        if shown is not None:
            yield FilledField(field=look.field, value=YES, origin=Origin.OBSERVATIONS, at=shown.at)
            continue
        peak = next((r for r in record.after if record.is_peak(r) and look.looked(r.vitals)), None)
        if peak is not None and not any(look.doubtful(r.vitals) for r in record.after):
            yield FilledField(field=look.field, value=NO, origin=Origin.OBSERVATIONS, at=peak.at)


def _looks(record: SprayRecord, policy: SessionPolicy) -> Iterator[_Look]:
    since = record.started_at - timedelta(minutes=policy.baseline_minutes)
    usual: int | None = latest(record.readings, since, record.started_at).get("cadss")
    limits, above = policy.vitals, policy.discharge_cadss_above_baseline
    yield _Look(
        RemsField.SEDATION, lambda v: v.moaas is not None, lambda v: v.moaas is not None and v.moaas < FULLY_AWAKE
    )
    yield _Look(
        RemsField.DISSOCIATION, lambda v: v.cadss is not None,
        lambda v: v.cadss is not None and usual is not None and v.cadss > usual + above,
        lambda v: v.cadss is not None and (usual is None or v.cadss > usual),
    )  # fmt: skip
    yield _Look(
        RemsField.RESPIRATORY_DEPRESSION, lambda v: v.respiratory_rate is not None,
        lambda v: v.respiratory_rate is not None and v.respiratory_rate < limits.warn_respiratory_rate,
        lambda v: v.spo2 is not None and v.spo2 < limits.warn_spo2,
    )  # fmt: skip
