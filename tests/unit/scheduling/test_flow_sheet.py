"""The blank flow sheet (domain C.3) has the times that the chair board tells when all goes well."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduling.domain.flowsheet import flow_sheet
from services.scheduling.domain.monitoring import Measure, Running, schedule
from services.scheduling.domain.spray import is_spray
from services.scheduling.domain.vitals import Reading, Vitals
from shared.clinicfile.policies import SessionPolicy
from shared.events.parts import Modality

T0 = datetime(2026, 11, 30, 16, 30, tzinfo=UTC)
CALM = {"systolic": 120, "diastolic": 78, "heart_rate": 70, "spo2": 98}
BP, PEAK, MOAAS = Measure.PRESSURE_AND_PULSE, Measure.PEAK_CADSS_AND_MOAAS, Measure.MOAAS


def told(modality: Modality, minutes: int, policy: SessionPolicy) -> list[tuple[int, Measure]]:
    """What the schedule asks for, minute by minute, when each measurement is taken the moment it is due."""
    last = 120 if is_spray(modality) else minutes + policy.recovery_minutes
    readings, found = [Reading(T0 - timedelta(minutes=5), Vitals(**CALM))], []
    end, moments = T0 + timedelta(minutes=minutes), [T0 + timedelta(minutes=n) for n in range(last + 1)]
    running = [(at, None) for at in moments if at <= end or is_spray(modality)]
    after = [(at, end) for at in moments if at >= end and not is_spray(modality)]
    for at, ended in (*running, *after):
        due = [one.what for one in schedule(Running(modality, T0, ended), readings, policy) if one.due_at <= at]
        found += [((at - T0) // timedelta(minutes=1), what) for what in due]
        if due:
            more = {"cadss": 0} if PEAK in due else {}
            sedation = {"moaas": 5} if {PEAK, MOAAS} & {*due} else {}
            readings.append(
                Reading(at, Vitals(**(CALM if {BP, Measure.PRESSURE} & {*due} else {}), **more, **sedation))
            )
    return sorted(found)


def shown(modality: Modality, minutes: int, policy: SessionPolicy) -> list[tuple[int, Measure]]:
    return sorted((row.minute, what) for row in flow_sheet(modality, minutes, policy) for what in row.what)


@pytest.mark.parametrize(
    ("modality", "minutes", "pressures", "others"),
    [
        (Modality.IV_MOOD, 40, [10, 20, 30, 40, 55, 70, 85, 100], {(40, PEAK)}),
        (Modality.IV_MOOD, 60, [10, 20, 30, 40, 50, 60, 75, 90, 105, 120], {(40, PEAK)}),
        (Modality.IV_PAIN, 120, [*range(15, 181, 15)], {(30, MOAAS), (60, MOAAS), (90, MOAAS), (120, MOAAS)}),
    ],
)
def test_an_infusion_is_measured_as_the_table_says(
    modality: Modality, minutes: int, pressures: list[int], others: set[tuple[int, Measure]]
) -> None:
    rows = shown(modality, minutes, SessionPolicy())
    assert [minute for minute, what in rows if what is BP] == pressures
    assert {row for row in rows if row[1] is not BP} == others


@pytest.mark.parametrize("modality", [Modality.SPRAVATO_TRD, Modality.SPRAVATO_MDSI])
def test_a_spray_is_measured_at_its_peak_and_before_leaving(modality: Modality) -> None:
    assert shown(modality, 40, SessionPolicy()) == [(40, Measure.PRESSURE), (120, Measure.PRESSURE)]


@settings(max_examples=30)
@given(
    modality=st.sampled_from(list(Modality)), minutes=st.integers(40, 240),
    every=st.sampled_from([5, 10, 15]), rest=st.sampled_from([10, 15, 20]), recovery=st.sampled_from([30, 60, 90]),
)  # fmt: skip
def test_the_paper_asks_for_what_the_board_asks_for(
    modality: Modality, minutes: int, every: int, rest: int, recovery: int
) -> None:
    policy = SessionPolicy(
        vitals_every_minutes=every, recovery_vitals_every_minutes=rest, recovery_minutes=recovery
    )  # fmt: skip
    assert shown(modality, minutes, policy) == told(modality, minutes, policy)
