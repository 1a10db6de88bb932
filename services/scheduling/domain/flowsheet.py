"""What is to be measured in a session that has not begun, as a sheet of paper shows it (domain C.3).

The times are those that `monitoring.schedule` tells at the chair when nothing alarms, in minutes from the dose's start.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from services.scheduling.domain.monitoring import PAIN_EVERY, PAIN_SEDATION_EVERY, PEAK_AFTER, Measure
from services.scheduling.domain.spray import OBSERVED, is_spray
from shared.clinicfile.policies import SessionPolicy
from shared.events.parts import Modality


@dataclass(frozen=True, slots=True)
class Planned:
    """What is due so many minutes after the dose started."""

    minute: int
    what: tuple[Measure, ...]


def flow_sheet(modality: Modality, minutes: int, policy: SessionPolicy) -> list[Planned]:
    """The rows of a session whose infusion takes `minutes` (of a spray they do not count), until the patient may go."""
    found: dict[int, list[Measure]] = defaultdict(list)
    if is_spray(modality):
        for after in (PEAK_AFTER, OBSERVED):
            found[_minutes(after)].append(Measure.PRESSURE)
    else:
        for minute in _pressure(modality, minutes, policy):
            found[minute].append(Measure.PRESSURE_AND_PULSE)
        if modality is Modality.IV_PAIN:
            for minute in range(_minutes(PAIN_SEDATION_EVERY), minutes + 1, _minutes(PAIN_SEDATION_EVERY)):
                found[minute].append(Measure.MOAAS)
        else:
            found[_minutes(PEAK_AFTER)].append(Measure.PEAK_CADSS_AND_MOAAS)
    return [Planned(minute, tuple(found[minute])) for minute in sorted(found)]


def _pressure(modality: Modality, minutes: int, policy: SessionPolicy) -> list[int]:
    every = _minutes(PAIN_EVERY) if modality is Modality.IV_PAIN else policy.vitals_every_minutes
    rest = policy.recovery_vitals_every_minutes
    running = [*range(every, minutes + 1, every)]
    first = max((running[-1] if running else 0) + rest, minutes)
    return [*running, *range(first, minutes + policy.recovery_minutes + 1, rest)]


def _minutes(time: timedelta) -> int:
    return int(time.total_seconds() // 60)
