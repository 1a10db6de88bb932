"""The programme's form after a nasal spray: what the record says, what is asked, where it stands (C.3, D.4, H.5)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.domain.gate import Gate
from services.scheduling.domain.remsanswers import (
    ASKING,
    FormStage,
    MedicineClass,
    RemsAnswers,
    RemsContent,
    RemsDraft,
    Teller,
    changed_since,
    fields_of,
    stage,
    written,
)
from services.scheduling.domain.remsform import FilledField, Origin, RemsField, SprayRecord, from_record
from services.scheduling.domain.spray import DeviceDetail, form_due_on, form_reminder_on
from services.scheduling.domain.vitals import Reading
from shared.clinicfile.monitoringform import MonitoringFormPolicy
from tests.unit.scheduling.kit import NOON, POLICY, at, reading

ZONE = "America/Los_Angeles"
F = RemsField
BEFORE = reading(-5, systolic=122, diastolic=80, cadss=0, moaas=5, respiratory_rate=14)
PEAK = reading(40, systolic=134, diastolic=86, cadss=0, moaas=5, respiratory_rate=13, spo2=97)
LAST = reading(119, systolic=124, diastolic=80, cadss=0, moaas=5, respiratory_rate=14)
DEVICES = [DeviceDetail(lot="LOT-1", dose_mg=28), DeviceDetail(lot="LOT-2", dose_mg=28)]
RECORD = SprayRecord(
    zone=ZONE, started_at=NOON, ended_at=at(125), devices=DEVICES, readings=[BEFORE, PEAK, LAST], gate=Gate.PASSED,
    pressure_acceptable=True, died=False, watched_by=frozenset({"nurse-1"}),
)  # fmt: skip
TELLER = Teller(by="nurse-2", at=at(200))
SAID = RemsAnswers(serious_adverse_event=False, concomitant=())


def values(**change: Any) -> dict[RemsField, str]:
    return {one.field: one.value for one in from_record(replace(RECORD, **change), POLICY)}


def form(record: SprayRecord = RECORD, said: RemsAnswers = SAID, edition: int = 2) -> RemsContent:
    return written(from_record(record, POLICY), RemsDraft().with_answers(said, TELLER), edition)


def test_what_is_on_record_is_written_out_with_where_it_is_from() -> None:
    found = {one.field: (one.value, one.origin, one.at) for one in from_record(RECORD, POLICY)}
    assert found == {
        F.TREATED_ON: ("2026-11-30", Origin.SESSION, None), F.MINUTES_MONITORED: ("125", Origin.SESSION, None),
        F.DOSE_MG: ("56", Origin.DEVICES, None), F.LOTS: ("LOT-1, LOT-2", Origin.DEVICES, None),
        F.VITALS_ACCEPTABLE_BEFORE: ("YES", Origin.PRESSURE_GATE, None),
        F.VITALS_ACCEPTABLE_AT_END: ("YES", Origin.DEPARTURE, None),
        F.MONITORED_BY: ("nurse-1", Origin.OBSERVATIONS, None),
        F.PRESSURE_BEFORE: ("122/80", Origin.OBSERVATIONS, at(-5)),
        F.PRESSURE_AT_40_MIN: ("134/86", Origin.OBSERVATIONS, at(40)),
        F.PRESSURE_BEFORE_LEAVING: ("124/80", Origin.OBSERVATIONS, at(119)),
        F.SEDATION: ("NO", Origin.OBSERVATIONS, at(40)), F.DISSOCIATION: ("NO", Origin.OBSERVATIONS, at(40)),
        F.RESPIRATORY_DEPRESSION: ("NO", Origin.OBSERVATIONS, at(40)),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("minutes", "shown"),
    [
        ((35,), "35"), ((34.9,), None), ((45,), "45"), ((45.1,), None), ((36, 42), "42"), ((38, 42), "38"),
        ((30, 50), None),
    ],
)  # fmt: skip
def test_the_pressure_nearest_to_40_minutes_within_its_window_counts(
    minutes: tuple[float, ...], shown: str | None
) -> None:
    taken = [reading(minute, systolic=100 + int(minute), diastolic=60) for minute in minutes]
    expected = f"{100 + int(shown)}/60" if shown else None
    assert values(readings=taken).get(F.PRESSURE_AT_40_MIN) == expected


@pytest.mark.parametrize(
    ("last", "left", "known"),
    [
        (114.9, 125, False), (115, 125, True), (125, 125, True), (126, 125, False), (116, 170, True), (8, 10, True),
        (4, 10, False), (-1, 3, False),
    ],
)  # fmt: skip
def test_the_last_pressure_is_from_the_end_of_the_observation(last: float, left: float, known: bool) -> None:
    """At most five minutes before 120, or before an earlier end; one from before the dose is none."""
    found = values(readings=[reading(last, systolic=120, diastolic=80)], ended_at=at(left))
    assert (F.PRESSURE_BEFORE_LEAVING in found) is known


def test_who_left_before_the_peak_was_not_measured_there() -> None:
    assert values(readings=[BEFORE], ended_at=at(34))[F.PRESSURE_AT_40_MIN] == "NOT_REACHED"
    assert F.PRESSURE_AT_40_MIN not in values(readings=[BEFORE], ended_at=at(35))


@pytest.mark.parametrize(
    ("field", "looks", "value"),
    [
        (F.SEDATION, [(40, {"moaas": 5})], "NO"), (F.SEDATION, [(119, {"moaas": 5})], None),
        (F.SEDATION, [(20, {"moaas": 4}), (40, {"moaas": 5})], "YES"), (F.SEDATION, [(-1, {"moaas": 4})], None),
        (F.DISSOCIATION, [(40, {"cadss": 0})], "NO"), (F.DISSOCIATION, [(40, {"cadss": 5})], "YES"),
        (F.DISSOCIATION, [(40, {"cadss": 4})], None), (F.DISSOCIATION, [(40, {"cadss": 0}), (60, {"cadss": 1})], None),
        (F.DISSOCIATION, [(119, {"cadss": 0})], None),
        (F.RESPIRATORY_DEPRESSION, [(40, {"respiratory_rate": 10})], "NO"),
        (F.RESPIRATORY_DEPRESSION, [(60, {"respiratory_rate": 9})], "YES"),
        (F.RESPIRATORY_DEPRESSION, [(40, {"respiratory_rate": 14}), (50, {"spo2": 93})], None),
        (F.RESPIRATORY_DEPRESSION, [(40, {"spo2": 98})], None),
    ],
)  # fmt: skip
def test_an_effect_is_absent_only_if_it_was_looked_for_at_the_peak(
    field: RemsField, looks: list[tuple[float, dict[str, int]]], value: str | None
) -> None:
    taken = [BEFORE, *(reading(minute, **vitals) for minute, vitals in looks)]
    assert values(readings=taken).get(field) == value


def test_without_a_score_before_the_dose_no_score_after_it_decides() -> None:
    assert F.DISSOCIATION not in values(readings=[reading(40, cadss=9)])
    assert F.DISSOCIATION not in values(readings=[reading(40, cadss=0)])


@pytest.mark.parametrize(
    ("change", "asked"),
    [
        ({"gate": Gate.HOLD_FOR_CLINICIAN}, [F.VITALS_ACCEPTABLE_BEFORE]),
        ({"pressure_acceptable": None}, [F.VITALS_ACCEPTABLE_AT_END]),
        ({"watched_by": frozenset({"nurse-1", "nurse-2"})}, [F.MONITORED_BY]),
        ({"watched_by": frozenset()}, [F.MONITORED_BY]),
        ({"devices": []}, [F.DOSE_MG, F.LOTS]),
        ({"readings": [BEFORE, LAST]}, [F.PRESSURE_AT_40_MIN, F.SEDATION, F.DISSOCIATION, F.RESPIRATORY_DEPRESSION]),
    ],
)
def test_what_the_record_leaves_open_is_named_and_keeps_the_form_a_draft(
    change: dict[str, Any], asked: list[RemsField]
) -> None:
    found = form(replace(RECORD, **change))
    assert (list(found.missing), stage(found, 0)) == (asked, FormStage.DRAFT)
    assert stage(form(), 0) is FormStage.READY


def test_nobody_says_what_the_record_cannot_know() -> None:
    assert list(form(said=RemsAnswers()).missing) == [F.SERIOUS_ADVERSE_EVENT, F.CONCOMITANT_MEDICINES]
    assert values(died=True)[F.SERIOUS_ADVERSE_EVENT] == "YES"


def test_a_judgement_that_somebody_says_counts_and_shows_what_the_record_says() -> None:
    found = form(said=SAID.model_copy(update={"sedation": True, "monitored_by": "R. Vale, RN"}))
    shown = {one.field: one for one in found.fields}
    assert shown[F.SEDATION] == FilledField(
        field=F.SEDATION, value="YES", origin=Origin.STAFF, at=TELLER.at, by="nurse-2", recorded="NO"
    )
    assert (shown[F.MONITORED_BY].value, shown[F.MONITORED_BY].recorded) == ("R. Vale, RN", "nurse-1")


def test_a_pressure_that_nobody_took_is_said_so_unless_one_is_on_record() -> None:
    said = SAID.model_copy(update={"not_taken": (F.PRESSURE_AT_40_MIN, F.PRESSURE_BEFORE)})
    found = form(replace(RECORD, readings=[BEFORE, replace(PEAK, at=at(60)), LAST]), said)
    assert found.values[F.PRESSURE_AT_40_MIN] == "NOT_TAKEN"
    assert found.values[F.PRESSURE_BEFORE] == "122/80"


def test_what_is_left_out_stays_said_and_null_takes_it_back() -> None:
    draft = RemsDraft().with_answers(RemsAnswers(sedation=True, concomitant=(MedicineClass.MAOI,)), TELLER)
    later = draft.with_answers(RemsAnswers(sedation=None), Teller(by="nurse-3", at=at(300)))
    assert (later.answers.sedation, later.answers.concomitant) == (None, (MedicineClass.MAOI,))
    assert (later.told["sedation"].by, later.told["concomitant"].by) == ("nurse-3", "nurse-2")
    assert RemsDraft.model_validate_json(later.model_dump_json()) == later


def test_the_first_edition_asks_for_neither_breathing_nor_opioids() -> None:
    said = SAID.model_copy(update={"concomitant": (MedicineClass.OPIOID, MedicineClass.BENZODIAZEPINE)})
    assert set(fields_of(2)) - set(fields_of(1)) == {F.RESPIRATORY_DEPRESSION}
    assert form(said=said).values[F.CONCOMITANT_MEDICINES] == "BENZODIAZEPINE, OPIOID"
    assert form(said=said, edition=1).values[F.CONCOMITANT_MEDICINES] == "BENZODIAZEPINE"
    assert F.RESPIRATORY_DEPRESSION not in form(edition=1).values


def test_a_form_that_was_sent_is_submitted_and_each_further_version_corrects_it() -> None:
    assert [stage(form(), versions) for versions in (1, 2, 3)] == [
        FormStage.SUBMITTED, FormStage.CORRECTED, FormStage.CORRECTED
    ]  # fmt: skip
    moved = form(replace(RECORD, readings=[BEFORE, PEAK]))
    assert changed_since(form(), moved) == [F.PRESSURE_BEFORE_LEAVING]
    assert changed_since(form(), form()) == []


@given(
    st.lists(
        st.builds(
            lambda minute, moaas, cadss: reading(minute, moaas=moaas, cadss=cadss),
            st.integers(-20, 130), st.integers(0, 5), st.integers(0, 20),
        ),
        max_size=6,
    )
)  # fmt: skip
def test_every_field_is_filled_in_or_asked_for_and_none_twice(readings: list[Reading]) -> None:
    found = form(replace(RECORD, readings=readings))
    filled = [one.field for one in found.fields]
    assert sorted([*filled, *found.missing]) == sorted(fields_of(2))
    assert all(ASKING[field][1] for field in found.missing)
    absent = found.values.get(F.SEDATION) == "NO"
    assert not absent or all(r.vitals.moaas == 5 for r in readings if 0 < (r.at - NOON) / timedelta(minutes=1) <= 125)


@pytest.mark.parametrize(("days", "reminder"), [(5, date(2026, 12, 9)), (3, date(2026, 12, 7))])
def test_somebody_is_reminded_before_the_seventh_day(days: int, reminder: date) -> None:
    """H.5's vector: a session on 2026-12-04 is due on 12-11; N21 reminds on the fifth day."""
    session = NOON + timedelta(days=4)
    assert form_due_on(session, ZONE) == date(2026, 12, 11)
    assert form_reminder_on(session, ZONE, MonitoringFormPolicy(remind_after_days=days)) == reminder
