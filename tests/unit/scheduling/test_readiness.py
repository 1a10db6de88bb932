"""What stands in the way of a booking or a dose (domain A.1, A.5, A.6)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from services.scheduling.domain.care import Care, Screening, Signature, consent_blockers, treatment_blockers
from services.scheduling.domain.cover import Skill
from services.scheduling.domain.dayanswers import Override
from services.scheduling.domain.evaluating import Score
from services.scheduling.domain.needs import Needs
from services.scheduling.domain.preparation import Prepared
from services.scheduling.domain.readiness import AtChair, readiness
from services.scheduling.domain.vitals import Reading
from shared.clinicfile.consents import ConsentDocument
from shared.clinicfile.controlled import ControlledPolicy
from shared.clinicfile.model import ClinicFile, Protocol
from shared.events.parts import Modality, Outcome, SeatNeed
from shared.events.prescribing import ClearanceCondition, ReviewSummary
from tests.support.house import larkspur
from tests.unit.scheduling.kit import NOON, at, day, order, reading

VALID_DAYS = 90
FULL = {
    "systolic": 124, "diastolic": 80, "heart_rate": 70, "spo2": 98, "respiratory_rate": 14, "temperature_c": "36.6",
    "cadss": 0,
}  # fmt: skip


@pytest.fixture
def file() -> ClinicFile:
    return larkspur()


@pytest.fixture
def mood(file: ClinicFile) -> Protocol:
    protocol = file.protocol("IV_MOOD_6")
    assert protocol is not None
    return protocol


CLEARED = Screening(
    NOON - timedelta(days=1), {Modality.IV_MOOD: Outcome.NEEDS_REVIEW}, ReviewSummary(cleared=(Modality.IV_MOOD,))
)
SIGNED = Signature("IV_TREATMENT", "2026-10", at(600))
CARE = Care(orders=[order()], screening=CLEARED, consents=[SIGNED], open_concerns=0, events_waiting=False)


def blocked(care: Care, protocol: Protocol) -> list[str]:
    return [b.code for b in treatment_blockers(care, protocol, NOON, VALID_DAYS)]


def screened(**change: object) -> Care:
    return replace(CARE, screening=replace(CLEARED, **change))  # type: ignore[arg-type]


OVERRIDDEN = ReviewSummary(cleared=(Modality.IV_MOOD,), overridden=(Modality.IV_MOOD,))


def on_condition(until: float, modality: Modality = Modality.IV_MOOD) -> ReviewSummary:
    condition = ClearanceCondition(code="ECG", until=at(until), modalities=(modality,))
    return ReviewSummary(cleared=(Modality.IV_MOOD,), conditions=(condition,))


def test_a_cleared_patient_with_an_order_may_be_booked(mood: Protocol) -> None:
    assert blocked(CARE, mood) == []


@pytest.mark.parametrize(
    ("care", "codes"),
    [
        (replace(CARE, open_concerns=1), ["SAFETY_CONCERN_OPEN"]),
        (replace(CARE, events_waiting=True), ["EVENTS_WAITING"]),
        (replace(CARE, orders=[]), ["ORDER_MISSING"]),
        (replace(CARE, orders=[order(expires=0)]), ["ORDER_EXPIRED"]),
        (replace(CARE, orders=[order(protocol="IV_OCD_6")]), ["ORDER_MISSING"]),
        (replace(CARE, screening=None), ["SCREENING_MISSING"]),
        (screened(review=None), ["SCREENING_NOT_REVIEWED"]),
        (screened(review=ReviewSummary(cleared=(Modality.IV_PAIN,))), ["MODALITY_NOT_CLEARED"]),
        (screened(outcomes={Modality.IV_MOOD: Outcome.DEFERRED}), ["MODALITY_NOT_TREATABLE"]),
        (screened(outcomes={Modality.IV_MOOD: Outcome.EMERGENCY}), ["MODALITY_NOT_TREATABLE"]),
        (screened(outcomes={}), ["MODALITY_NOT_TREATABLE"]),
        (screened(outcomes={Modality.IV_MOOD: Outcome.DEFERRED}, review=OVERRIDDEN), []),
        (screened(outcomes={Modality.IV_MOOD: Outcome.INELIGIBLE}, review=OVERRIDDEN), []),
        (screened(outcomes={Modality.IV_MOOD: Outcome.EMERGENCY}, review=OVERRIDDEN), ["MODALITY_NOT_TREATABLE"]),
        (screened(outcomes={}, review=OVERRIDDEN), ["MODALITY_NOT_TREATABLE"]),
        (screened(review=on_condition(1)), []),
        (screened(review=on_condition(0)), ["CONDITION_LAPSED"]),
        (screened(review=on_condition(0, Modality.IV_PAIN)), []),
        (screened(screened_at=NOON - timedelta(days=90)), []),
        (screened(screened_at=NOON - timedelta(days=90, seconds=1)), ["SCREENING_TOO_OLD"]),
        (Care([], None, [], 2, True), ["SAFETY_CONCERN_OPEN", "EVENTS_WAITING", "ORDER_MISSING", "SCREENING_MISSING"]),
    ],
)
def test_everything_that_forbids_treatment_is_named(mood: Protocol, care: Care, codes: list[str]) -> None:
    assert blocked(care, mood) == codes


def test_the_newest_order_of_the_protocol_counts(mood: Protocol) -> None:
    care = replace(CARE, orders=[order(1, signed=-60), order(2, signed=-30), order(3, signed=-10, protocol="IV_OCD_6")])
    found = care.order_for(mood)
    assert found is not None
    assert found.order_id == UUID(int=2)


def test_a_newer_expired_order_is_not_replaced_by_an_older_one(mood: Protocol) -> None:
    care = replace(CARE, orders=[order(1, signed=-60, expires=600), order(2, signed=-30, expires=-1)])
    assert blocked(care, mood) == ["ORDER_EXPIRED"]


PHOTOGRAPHY = ConsentDocument(code="PHOTOGRAPHY", title={"en": "Photographs"}, version="2")
TREATMENT = ConsentDocument(code="IV_TREATMENT", title={"en": "Risks"}, version="2026-10", still_valid=("2026-01",))
BOTH = ["IV_TREATMENT", "PHOTOGRAPHY"]


@pytest.mark.parametrize(
    ("signed", "missing"),
    [
        ([], BOTH),
        ([("IV_TREATMENT", "2026-10", 0), ("PHOTOGRAPHY", "2", 1)], []),
        ([("IV_TREATMENT", "2026-10", -0.1), ("PHOTOGRAPHY", "2", 1)], ["IV_TREATMENT"]),
        ([("IV_TREATMENT", "2026-10", -9), ("IV_TREATMENT", "2026-10", 9)], ["PHOTOGRAPHY"]),
        ([("IV_TREATMENT", "2026-01", 9)], ["PHOTOGRAPHY"]),
        ([("IV_TREATMENT", "2025-01", 9)], BOTH),
        ([("PHOTOGRAPHY", "2", 9)], ["IV_TREATMENT"]),
        ([("SPRAVATO_TREATMENT", "2026-10", 9)], BOTH),
    ],
)
def test_each_document_must_be_signed_in_a_version_that_holds_through_its_last_instant(
    signed: list[tuple[str, str, float]], missing: list[str]
) -> None:
    care = replace(CARE, consents=[Signature(code, version, at(minute)) for code, version, minute in signed])
    blockers = consent_blockers(care, [TREATMENT, PHOTOGRAPHY], NOON)
    assert [(b.code, b.wording.split()[0]) for b in blockers] == [("CONSENT_MISSING", code) for code in missing]


WHEELS = Needs(frozenset({SeatNeed.WHEELCHAIR}))
CHAIR = AtChair(
    checked_in=True, escort_named=True, readings=[reading(-5, **FULL)], room=timedelta(minutes=150), day=day()
)


@pytest.mark.parametrize(
    ("chair", "codes"),
    [
        (CHAIR, []),
        (replace(CHAIR, readings=[]), ["PRESSURE_NOT_MEASURED", "BASELINE_MISSING"]),
        (replace(CHAIR, checked_in=False), ["NOT_CHECKED_IN"]),
        (replace(CHAIR, escort_named=False), ["ESCORT_MISSING"]),
        (replace(CHAIR, readings=[reading(-15, **FULL)]), []),
        (replace(CHAIR, readings=[reading(-15.1, **FULL)]), ["BASELINE_MISSING"]),
        (replace(CHAIR, readings=[reading(-5, **FULL | {"systolic": 141})]), ["PRESSURE_HOLD"]),
        (replace(CHAIR, readings=[reading(-5, **FULL | {"systolic": 181})]), ["PRESSURE_CANCEL_SESSION"]),
        (
            replace(CHAIR, readings=[reading(m, **FULL | {"systolic": 141}) for m in (-14, -8, -2)]),
            ["PRESSURE_HOLD_FOR_CLINICIAN"],
        ),
        (replace(CHAIR, room=timedelta(minutes=135)), ["BLOCK_TOO_SHORT"]),
        (replace(CHAIR, late_by=timedelta(minutes=10)), []),  # D.5: exactly 10 min late is in time
        (replace(CHAIR, late_by=timedelta(minutes=10, seconds=1)), ["ARRIVED_LATE"]),
        (replace(CHAIR, late_by=timedelta(minutes=-30)), []),
        (replace(CHAIR, late_by=timedelta(minutes=11), day=day(Override("ARRIVED_LATE", at(-1)))), []),
        (replace(CHAIR, needs=WHEELS), ["CHAIR_UNSUITABLE"]),
        (replace(CHAIR, needs=WHEELS, able=(SeatNeed.BARIATRIC,)), ["CHAIR_UNSUITABLE"]),
        (replace(CHAIR, needs=WHEELS, able=None), ["CHAIR_UNSUITABLE"]),
        (replace(CHAIR, needs=WHEELS, able=(SeatNeed.BARIATRIC, SeatNeed.WHEELCHAIR)), []),
        (replace(CHAIR, readings=[reading(-5, **FULL | {"heart_rate": 121})]), ["HEART_RATE_OUT_OF_RANGE"]),
        (replace(CHAIR, readings=[reading(-5, **FULL | {"heart_rate": 49})]), ["HEART_RATE_OUT_OF_RANGE"]),
        (replace(CHAIR, readings=[reading(-5, **FULL | {"heart_rate": 120, "spo2": 94})]), []),
        (replace(CHAIR, readings=[reading(-5, **FULL | {"spo2": 93})]), ["SPO2_OUT_OF_RANGE"]),
        (replace(CHAIR, readings=[reading(-6, **FULL), reading(-2, spo2=93)]), ["SPO2_OUT_OF_RANGE"]),
        (replace(CHAIR, readings=[reading(-6, **FULL | {"spo2": 90}), reading(-2, spo2=96)]), []),
        (replace(CHAIR, day=day(clear_liquids_at=at(-119))), ["NPO_VIOLATION"]),
    ],
)
def test_everything_that_holds_a_dose_is_named(
    mood: Protocol, file: ClinicFile, chair: AtChair, codes: list[str]
) -> None:
    assert [b.code for b in readiness(CARE, chair, mood, file, NOON)] == codes


def test_no_dose_waits_for_needs_that_are_unclear_and_a_clinic_may_bear_more_minutes(
    mood: Protocol, file: ClinicFile
) -> None:
    unclear = readiness(CARE, replace(CHAIR, needs=Needs(unclear=True)), mood, file, NOON)
    assert [(b.code, b.holds_dose) for b in unclear] == [("SEAT_NEEDS_UNCLEAR", False)]
    lenient = file.model_copy(update={"session": file.session.model_copy(update={"late_after_minutes": 20})})
    late = replace(CHAIR, late_by=timedelta(minutes=20, seconds=30))
    assert [b.wording.split(";")[0] for b in readiness(CARE, late, mood, lenient, NOON)] == [
        "The patient came 21 min late"
    ]
    assert readiness(CARE, replace(late, late_by=timedelta(minutes=20)), mood, lenient, NOON) == []


@pytest.mark.parametrize(
    ("indications", "codes"),
    [
        (("MDD_TRD",), []), (("MDD_TRD", "OCD"), []), (("MDD_TRD", "PTSD"), ["ASSESSMENT_MISSING"]),
        (("CRPS",), ["ASSESSMENT_MISSING"]), ((), ["ASSESSMENT_MISSING"]),
    ],
)  # fmt: skip
def test_a_recorded_phq9_is_enough_where_the_schedule_asks_nothing_else_before_a_session(
    mood: Protocol, file: ClinicFile, indications: tuple[str, ...], codes: list[str]
) -> None:
    """B.8: PTSD is asked a PCL-5 weekly, pain an NRS before each session; neither is known here."""
    protocol = mood.model_copy(update={"indications": indications})
    chair = replace(CHAIR, day=day(assessed_at=None), scores=[Score(at(-60), 9)])
    assert [b.code for b in readiness(CARE, chair, protocol, file, NOON)] == codes


HIGH = FULL | {"systolic": 150}
HELD = [reading(minute, **HIGH) for minute in (-14, -8, -2)]


@pytest.mark.parametrize(
    ("later", "overridden", "codes"),
    [
        ([], -1, []),
        ([], -3, ["PRESSURE_HOLD_FOR_CLINICIAN"]),
        ([reading(-0.5, **FULL)], -1, []),
        ([reading(-0.5, **HIGH)], -1, ["PRESSURE_HOLD_FOR_CLINICIAN"]),
        ([reading(-0.5, **FULL | {"systolic": 180})], -1, ["PRESSURE_CANCEL_SESSION"]),
    ],
)
def test_a_prescriber_decides_about_the_pressures_that_were_seen(
    mood: Protocol, file: ClinicFile, later: list[Reading], overridden: float, codes: list[str]
) -> None:
    """A pressure above the gate that is measured afterwards holds again."""
    answered = day(Override("PRESSURE_HOLD_FOR_CLINICIAN", at(overridden)))
    chair = replace(CHAIR, readings=[*HELD, *later], day=answered)
    assert [b.code for b in readiness(CARE, chair, mood, file, NOON)] == codes


@pytest.mark.parametrize(("drawn", "codes"), [("0", ["DOSE_NOT_DRAWN"]), ("34.9", ["DOSE_NOT_DRAWN"]), ("35", [])])
def test_a_clinic_may_tie_its_doses_to_stock(mood: Protocol, file: ClinicFile, drawn: str, codes: list[str]) -> None:
    tied = file.model_copy(update={"controlled": ControlledPolicy(stock_for_dose=True)})
    chair = replace(CHAIR, drawn_mg=Decimal(drawn))
    assert [b.code for b in readiness(CARE, chair, mood, tied, NOON)] == codes
    assert readiness(CARE, chair, mood, file, NOON) == []


def test_what_was_drawn_for_another_order_holds_the_dose_wherever_it_is_kept(mood: Protocol, file: ClinicFile) -> None:
    chair = replace(CHAIR, prepared=[Prepared(Decimal(35), UUID(int=7), None)])
    assert [b.code for b in readiness(CARE, chair, mood, file, NOON)] == ["PREPARED_UNDER_ANOTHER_ORDER"]
    assert readiness(CARE, replace(CHAIR, prepared=[Prepared(Decimal(35), UUID(int=1), None)]), mood, file, NOON) == []


def test_a_missing_baseline_says_what_is_missing(mood: Protocol, file: ClinicFile) -> None:
    looks = [reading(-5, systolic=124, diastolic=80, heart_rate=70), reading(-2, cadss=0, spo2=98)]
    found = readiness(CARE, replace(CHAIR, readings=looks), mood, file, NOON)
    assert [b.wording for b in found] == ["Measure within 15 min of the start: respiratory_rate, temperature_c."]


def test_every_blocker_has_an_owner_and_words(mood: Protocol, file: ClinicFile) -> None:
    nothing = AtChair(checked_in=False, escort_named=False, readings=[], room=timedelta(minutes=150))
    found = readiness(Care([], None, [], 1, True), nothing, mood, file, NOON)
    assert {b.owner for b in found} <= {"frontdesk", "nurse", "clinician", "operator"}
    assert all(b.wording for b in found)
    assert len({b.code for b in found}) == len(found) == 9


@pytest.mark.parametrize(
    ("on_site", "modality", "missing"),
    [
        (None, Modality.IV_MOOD, []), (None, Modality.SPRAVATO_TRD, []),
        (frozenset({Skill.PRESCRIBER}), Modality.IV_MOOD, []),
        (frozenset({Skill.NURSE, Skill.ACLS}), Modality.IV_PAIN, ["PRESCRIBER_NOT_ON_SITE"]),
        (frozenset({Skill.PRESCRIBER}), Modality.SPRAVATO_TRD, ["NOBODY_TRAINED_FOR_REMS"]),
        (frozenset({Skill.PRESCRIBER, Skill.REMS}), Modality.SPRAVATO_MDSI, []),
        (frozenset(), Modality.SPRAVATO_TRD, ["PRESCRIBER_NOT_ON_SITE", "NOBODY_TRAINED_FOR_REMS"]),
    ],
)  # fmt: skip
def test_no_dose_starts_without_who_must_be_on_site_where_a_roster_is_kept(
    file: ClinicFile, mood: Protocol, on_site: frozenset[Skill] | None, modality: Modality, missing: list[str]
) -> None:
    protocol = mood.model_copy(update={"modality": modality})
    found = readiness(CARE, replace(CHAIR, on_site=on_site), protocol, file, NOON)
    assert [b.code for b in found if b.code in ("PRESCRIBER_NOT_ON_SITE", "NOBODY_TRAINED_FOR_REMS")] == missing
