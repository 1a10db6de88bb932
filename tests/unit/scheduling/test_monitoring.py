"""What is due when (domain C.3), and how late is late (D.5)."""

from datetime import timedelta

import pytest

from services.scheduling.domain.monitoring import Due, Measure, Running, schedule
from services.scheduling.domain.vitals import Reading
from shared.events.parts import Modality
from tests.unit.scheduling.kit import NOON, POLICY, at, reading

CALM = {"systolic": 120, "diastolic": 78, "heart_rate": 70}
BASELINE = reading(-5, **CALM, spo2=98)


def due(
    *readings: Reading, modality: Modality = Modality.IV_MOOD, ended: float | None = None, stood: float = 0,
    paused: bool = False, clocks_from: float | None = None,
) -> dict[Measure, float]:  # fmt: skip
    running = Running(
        modality, NOON, None if ended is None else at(ended), timedelta(minutes=stood), paused,
        None if clocks_from is None else at(clocks_from),
    )  # fmt: skip
    found = schedule(running, [BASELINE, *readings], POLICY)
    assert [d.due_at for d in found] == sorted(d.due_at for d in found)
    return {d.what: (d.due_at - NOON) / timedelta(minutes=1) for d in found}


def test_a_mood_infusion_is_watched_every_ten_minutes_with_a_peak_at_forty() -> None:
    assert due() == {Measure.PRESSURE_AND_PULSE: 10, Measure.PEAK_CADSS_AND_MOAAS: 40}
    assert due(reading(9, **CALM))[Measure.PRESSURE_AND_PULSE] == 19


@pytest.mark.parametrize("partial", [{"spo2": 97}, {"heart_rate": 70}, {"systolic": 120, "diastolic": 80}])
def test_only_pressure_with_pulse_counts_as_the_scheduled_look(partial: dict[str, int]) -> None:
    assert due(reading(9, **partial))[Measure.PRESSURE_AND_PULSE] == 10


@pytest.mark.parametrize("alarming", [(162, 80), (150, 101), (165, 80), (185, 90)])
def test_an_alarming_pressure_is_rechecked_after_five_minutes(alarming: tuple[int, int]) -> None:
    seen = reading(10, systolic=alarming[0], diastolic=alarming[1], heart_rate=80)
    assert due(seen)[Measure.PRESSURE_AND_PULSE] == 15


def test_a_rise_from_baseline_is_rechecked_too() -> None:
    assert due(reading(10, systolic=159, diastolic=80, heart_rate=80))[Measure.PRESSURE_AND_PULSE] == 20
    assert due(reading(10, systolic=160, diastolic=80, heart_rate=80))[Measure.PRESSURE_AND_PULSE] == 15


def test_after_the_infusion_the_interval_is_fifteen_minutes() -> None:
    assert due(reading(40, **CALM, cadss=20, moaas=4), ended=40) == {Measure.PRESSURE_AND_PULSE: 55}


def test_the_peak_is_taken_from_minute_thirty_five_on() -> None:
    assert Measure.PEAK_CADSS_AND_MOAAS in due(reading(34, cadss=20, moaas=4))
    assert Measure.PEAK_CADSS_AND_MOAAS not in due(reading(35, cadss=20, moaas=4))
    assert Measure.PEAK_CADSS_AND_MOAAS in due(reading(36, cadss=20))
    assert Measure.PEAK_CADSS_AND_MOAAS not in due(reading(36, cadss=20), reading(41, moaas=5))


def test_a_pain_infusion_is_watched_every_fifteen_minutes_and_sedation_every_thirty() -> None:
    assert due(modality=Modality.IV_PAIN) == {Measure.PRESSURE_AND_PULSE: 15, Measure.MOAAS: 30}
    seen = due(reading(28, moaas=5), modality=Modality.IV_PAIN)
    assert seen == {Measure.PRESSURE_AND_PULSE: 15, Measure.MOAAS: 58}
    assert due(modality=Modality.IV_PAIN, ended=240) == {Measure.PRESSURE_AND_PULSE: 15}


def test_exactly_five_minutes_after_the_due_time_is_not_late() -> None:
    expected = Due(Measure.PRESSURE_AND_PULSE, at(10))
    assert not expected.is_late(at(15), POLICY)
    assert expected.is_late(at(15) + timedelta(microseconds=1), POLICY)


def test_what_was_measured_before_the_dose_is_not_the_first_look_of_the_infusion() -> None:
    assert due(reading(-1, **CALM))[Measure.PRESSURE_AND_PULSE] == 10


def test_a_pause_puts_the_peak_off_and_nothing_else() -> None:
    assert due(reading(9, **CALM), paused=True) == {Measure.PRESSURE_AND_PULSE: 19}
    assert due(reading(9, **CALM), stood=12) == {Measure.PRESSURE_AND_PULSE: 19, Measure.PEAK_CADSS_AND_MOAAS: 52}
    assert Measure.PEAK_CADSS_AND_MOAAS in due(reading(46, cadss=20, moaas=4), stood=12)
    assert Measure.PEAK_CADSS_AND_MOAAS not in due(reading(47, cadss=20, moaas=4), stood=12)


def test_what_nobody_could_measure_is_due_when_the_clocks_go_on() -> None:
    assert due(reading(9, **CALM), clocks_from=30) == {Measure.PRESSURE_AND_PULSE: 30, Measure.PEAK_CADSS_AND_MOAAS: 40}
    assert due(reading(31, **CALM), clocks_from=30)[Measure.PRESSURE_AND_PULSE] == 41
    assert due(modality=Modality.SPRAVATO_TRD, clocks_from=70) == {Measure.PRESSURE: 70}
