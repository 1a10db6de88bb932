"""The nasal spray: what it asks for before a dose, how it is watched, when the patient may go (C.3, C.5, F.3, H.5)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from services.scheduling.domain.aldrete import Answers
from services.scheduling.domain.care import Care, Order
from services.scheduling.domain.discharge import Bedside
from services.scheduling.domain.monitoring import Measure, Running, schedule
from services.scheduling.domain.place import block_length
from services.scheduling.domain.spray import (
    Given,
    devices_ordered,
    form_due_on,
    next_device_at,
    spray_blockers,
    week_blockers,
)
from services.scheduling.domain.spray_discharge import SprayDeparture, unmet_after_spray
from services.scheduling.domain.vitals import Vitals
from shared.clinicfile.load import load
from shared.clinicfile.model import ClinicFile, Protocol
from shared.events.parts import AuthorisationDetail, Modality
from shared.events.prescribing import OrderContent
from tests.unit.scheduling.kit import NOON, POLICY, at, reading

COASTLINE = Path(__file__).parents[3] / "clinics" / "coastline.yaml"
TODAY = date(2026, 11, 30)
ANSWERS = Bedside(
    aldrete=Answers(None, None, None), gait_steady=None, nausea_controlled=None, iv_out=None, escort_present=True,
    instructions_given=True, new_suicide_concern=False, pressure_acceptable=True,
)  # fmt: skip
HOME = {"systolic": 122, "diastolic": 79, "spo2": 97, "respiratory_rate": 14, "moaas": 5, "cadss": 3}


@pytest.fixture(scope="module")
def file() -> ClinicFile:
    return load(COASTLINE).model_copy(update={"rems_site": "SITE-1"})


@pytest.fixture(scope="module")
def induction(file: ClinicFile) -> Protocol:
    protocol = file.protocol("SPR_TRD_IND")
    assert protocol is not None
    return protocol


def granted(
    units: int = 644, used: int = 0, first: date = TODAY, last: date = TODAY, protocol: str | None = None
) -> AuthorisationDetail:
    return AuthorisationDetail(
        payer="Payer", state="APPROVED", units_granted=units, units_used=used, valid_from=first, valid_to=last,
        protocol=protocol,
    )  # fmt: skip


def care(dose_mg: int = 56, **change: object) -> Care:
    content = OrderContent(
        modality=Modality.SPRAVATO_TRD, protocol="SPR_TRD_IND", mg_per_kg=Decimal(0), dose_weight_kg=Decimal(0),
        dose_mg=dose_mg, minutes=120, draw_ml=Decimal(0), rate_ml_per_hour=Decimal(0), stock_mg_per_ml=Decimal(0),
        arithmetic=(),
    )  # fmt: skip
    known = Care([Order(UUID(int=1), at(-60), at(60), content)], None, [], 0, False, True, [granted()])
    return replace(known, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "codes"),
    [
        (care(), []),
        (care(enrolled=False), ["NOT_ENROLLED"]),
        (care(authorisations=[]), ["AUTHORISATION_MISSING"]),
        (care(authorisations=[granted(units=100, used=45)]), ["AUTHORISATION_MISSING"]),
        (care(authorisations=[granted(units=100, used=44)]), []),
        (care(authorisations=[granted(last=TODAY - timedelta(days=1))]), ["AUTHORISATION_MISSING"]),
        (care(authorisations=[granted(first=TODAY + timedelta(days=1))]), ["AUTHORISATION_MISSING"]),
        (care(authorisations=[granted(used=644), granted()]), []),
        (care(authorisations=[granted(protocol="SPR_TRD_IND")]), []),
        (care(authorisations=[granted(protocol="SPR_TRD_M1")]), ["AUTHORISATION_MISSING"]),
        (care(authorisations=[granted(protocol="SPR_TRD_M1"), granted()]), []),
        (care(dose_mg=60), ["DOSE_NOT_IN_DEVICES"]),
    ],
)
def test_the_spray_needs_enrolment_and_units_of_an_authorisation(
    file: ClinicFile, induction: Protocol, known: Care, codes: list[str]
) -> None:
    assert [b.code for b in spray_blockers(known, induction, file, NOON)] == codes


def test_a_site_that_the_file_does_not_certify_gives_no_spray(file: ClinicFile, induction: Protocol) -> None:
    uncertified = file.model_copy(update={"rems_site": None})
    assert [b.code for b in spray_blockers(care(), induction, uncertified, NOON)] == ["SITE_NOT_CERTIFIED"]


def test_a_spray_protocol_that_forgot_to_ask_for_the_programme_is_asked_all_the_same(
    file: ClinicFile, induction: Protocol
) -> None:
    forgot = induction.model_copy(update={"rems": False})
    assert [b.code for b in spray_blockers(care(enrolled=False), forgot, file, NOON)] == ["NOT_ENROLLED"]


def test_an_infusion_asks_for_none_of_it(file: ClinicFile) -> None:
    mood = file.protocol("IV_MOOD_6")
    assert mood is not None
    assert spray_blockers(care(enrolled=False, authorisations=[]), mood, file, NOON) == []


@pytest.mark.parametrize(
    ("given", "dose_mg", "allowed"),
    [
        ([(3, 84)], 84, True),
        ([(3, 84), (6, 56)], 56, False),
        ([(3, 84), (7, 84)], 84, True),
        ([(3, 84), (6.9, 84)], 56, False),
        ([], 84, True),
    ],
)
def test_a_week_holds_168_mg(induction: Protocol, given: list[tuple[float, int]], dose_mg: int, allowed: bool) -> None:
    doses = [Given(NOON - timedelta(days=days), mg) for days, mg in given]
    assert (week_blockers(doses, care(dose_mg), induction, NOON) == []) is allowed


def test_devices_hold_28_mg_and_lie_five_minutes_apart(induction: Protocol) -> None:
    assert [devices_ordered(mg, induction.dose) for mg in (56, 84)] == [2, 3]
    assert next_device_at([]) is None
    assert next_device_at([at(0), at(6)]) == at(11)


def test_the_form_is_due_seven_local_days_later() -> None:
    evening = datetime(2026, 12, 5, 2, 0, tzinfo=UTC)
    assert form_due_on(evening, "America/Los_Angeles") == date(2026, 12, 11)


def test_the_block_of_a_spray_holds_its_observation_and_no_recovery_on_top() -> None:
    assert block_length(POLICY, 120, watched=True) == timedelta(minutes=165)


def due(*readings: tuple[float, int], settled: float | None = None) -> list[float]:
    seen = [reading(-5, systolic=120, diastolic=80)] + [reading(m, systolic=s, diastolic=80) for m, s in readings]
    clocks_from = None if settled is None else at(settled)
    found = schedule(Running(Modality.SPRAVATO_TRD, NOON, at(5), clocks_from=clocks_from), seen, POLICY)
    assert {d.what for d in found} <= {Measure.PRESSURE}
    return [(d.due_at - NOON) / timedelta(minutes=1) for d in found]


@pytest.mark.parametrize(
    ("readings", "minutes"),
    [
        ([], [40]),
        ([(34, 130)], [40]),
        ([(35, 130)], [120]),
        ([(45, 130)], [120]),
        ([(40, 165)], [45]),
        ([(40, 165), (45, 140)], [120]),
        ([(40, 130), (118, 124)], []),
    ],
)
def test_pressure_is_due_at_forty_minutes_and_before_leaving(
    readings: list[tuple[float, int]], minutes: list[float]
) -> None:
    assert due(*readings) == minutes


def leaving(minute: float, *, bedside: Bedside = ANSWERS, last: int = 122, **change: object) -> list[str]:
    now = Vitals(**HOME | {"systolic": last} | change)  # type: ignore[arg-type]
    looks = [reading(40, systolic=130, diastolic=84), reading(minute - 2, systolic=last, diastolic=79)]
    before = Vitals(systolic=120, diastolic=80, spo2=98, respiratory_rate=14, moaas=5, cadss=0)
    found = unmet_after_spray(SprayDeparture(bedside, before, now, looks, NOON, at(minute)), POLICY)
    return [u.code for u in found]


@pytest.mark.parametrize(
    ("unmet", "codes"),
    [
        (leaving(119), ["OBSERVATION_TOO_SHORT"]),
        (leaving(119.99), ["OBSERVATION_TOO_SHORT"]),
        (leaving(120, bedside=replace(ANSWERS, escort_present=False)), ["NO_ESCORT"]),
        (leaving(125, moaas=4), ["NOT_FULLY_AWAKE"]),
        (leaving(125), []),
        (leaving(120), []),
        (leaving(125, cadss=4), []),
        (leaving(125, cadss=5), ["DISSOCIATED"]),
        (leaving(125, cadss=None), ["DISSOCIATED"]),
        (leaving(125, cadss=None, bedside=replace(ANSWERS, dissociation_resolved=True)), []),
        (leaving(125, cadss=9, bedside=replace(ANSWERS, dissociation_resolved=True)), ["DISSOCIATED"]),
        (leaving(125, spo2=93), ["SPO2_LOW"]),
        (leaving(125, respiratory_rate=9), ["BREATHING_SLOW"]),
        (leaving(125, bedside=replace(ANSWERS, pressure_acceptable=False)), ["PRESSURE_NOT_ACCEPTABLE"]),
        (leaving(125, bedside=replace(ANSWERS, pressure_acceptable=None)), ["PRESSURE_NOT_ACCEPTABLE"]),
        (leaving(125, last=130), []),
        (leaving(125, last=131), ["PRESSURE_RISING"]),
        (leaving(125, bedside=replace(ANSWERS, new_suicide_concern=True)), ["SUICIDE_CONCERN"]),
    ],
)
def test_the_patient_goes_when_every_criterion_is_met(unmet: list[str], codes: list[str]) -> None:
    assert unmet == codes


def test_what_nobody_looked_at_refuses() -> None:
    unknown = replace(
        ANSWERS, escort_present=None, instructions_given=None, new_suicide_concern=None, pressure_acceptable=None
    )
    found = unmet_after_spray(SprayDeparture(unknown, None, None, [], NOON, at(125)), POLICY)
    assert {u.code for u in found} == {
        "NOT_FULLY_AWAKE", "DISSOCIATED", "SPO2_LOW", "BREATHING_SLOW", "PRESSURE_NOT_ACCEPTABLE", "PRESSURE_RISING",
        "NO_ESCORT", "NO_WRITTEN_INSTRUCTIONS", "SUICIDE_CONCERN",
    }  # fmt: skip
    assert not any(u.known for u in found)


@pytest.mark.parametrize(
    ("readings", "settled", "minutes"),
    [
        ([], 30, [40]),
        ([], 51, [51]),
        ([(36, 130)], 51, [120]),
        ([(51, 130)], 51, [120]),
        ([(40, 130)], 131, [131]),
    ],
)
def test_what_fell_due_while_a_floor_event_suspended_it_is_due_when_the_chair_is_settled(
    readings: list[tuple[float, int]], settled: float, minutes: list[float]
) -> None:
    assert due(*readings, settled=settled) == minutes
