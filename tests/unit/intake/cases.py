"""Patients for the unit tests: somebody with nothing against treatment at larkspur, and changes to that."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from services.intake.domain.facts import Consented, Enrolled, History, known_facts
from services.intake.domain.known import Facts, KnownFact
from services.intake.domain.observations import (
    Answer,
    Answered,
    HealthAnswers,
    Item9,
    Pressure,
    PressureReading,
    Quantity,
    QuantityReading,
)
from services.intake.domain.screening import Decision, ModalityDecision, decide, screen
from shared.clinicfile.facts import FactValue
from shared.clinicfile.load import load
from shared.clinicfile.model import ClinicFile
from shared.events.parts import Modality
from shared.rules import CompiledRules

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
BOISE = ZoneInfo("America/Boise")
NOTHING_AGAINST = (
    "allergy_ketamine", "aneurysmal_disease", "arteriovenous_malformation", "intracerebral_haemorrhage", "pregnant",
    "schizophrenia", "psychosis_current", "psychosis_history", "uncontrolled_hypertension_reported",
    "acute_symptoms_now", "immediate_danger",
    "breastfeeding", "mania_current", "bipolar_disorder", "mdq_positive", "dementia_or_delirium", "capacity_in_doubt",
    "hypertension_diagnosed", "cardiac_event", "cardiovascular_disease", "hypertensive_encephalopathy",
    "severe_cardiovascular_disease", "rhythm_therapy", "raised_intracranial_pressure", "raised_eye_pressure",
    "open_globe", "uncontrolled_seizures", "hepatitis", "heavy_alcohol", "untreated_hyperthyroidism", "bladder_trouble",
    "severe_breathing_disorder", "substance_misuse_active", "ketamine_misuse", "intoxicated_now", "takes_maoi",
    "takes_stimulant", "takes_cns_depressant", "alcohol_today", "takes_benzodiazepine", "takes_lamotrigine",
    "takes_theophylline",
)  # fmt: skip
CONTRAINDICATIONS: tuple[dict[str, FactValue], ...] = (
    *({name: True} for name in NOTHING_AGAINST if name != "pregnant"), {"could_be_pregnant": True, "pregnant": True},
    {"age_years": 17}, {"child_pugh": "C"}, {"bmi": 45.0}, {"asa_class": 4}, {"resting_heart_rate": 130},
    {"systolic_24h_max": 185.0}, {"diastolic_24h_max": 125.0}, {"systolic_24h_max": 185.0, "acute_symptoms_now": True},
    {"pressure_reading_count": 2, "run_mean_systolic_max": 150.0}, {"failed_antidepressants": 0},
    {"cardiac_event": True, "cardiac_event_age_days": 10}, {"weight_known": False}, {"height_known": False},
    {"could_be_pregnant": True, "negative_pregnancy_test_known": False}, {"cssrs_taken": True, "cssrs_high": True},
    {"phq9_item9": 3, "cssrs_finished": False}, {"audit_c_points": 12}, {"consent_known": False},
    {"escort_available": False}, {"under_clinician_care": False}, {"site_certified": False}, {"rems_enrolled": False},
    {"takes_benzodiazepine": True, "benzodiazepine_mg": 20.0},
)  # fmt: skip
"""The worst that can be known in each respect."""
FIT: dict[str, Any] = {
    **dict.fromkeys(NOTHING_AGAINST, "no"),
    "primary_indication": "MDD_TRD",
    "failed_antidepressants": 2,
    "late_menses": "no",
    "negative_pregnancy_test_on": "2026-11-18",
    "child_pugh": "NONE",
    "audit_c_points": 0,
    "addiction_plan": "no",
    "escort_available": "yes",
    "under_clinician_care": "yes",
}


@cache
def larkspur() -> ClinicFile:
    return load(Path(__file__).parents[3] / "clinics" / "larkspur.yaml")


def ago(**time: float) -> datetime:
    return NOW - timedelta(**time)


def answered(*, at: datetime = NOW, source: Any = "patient", **answers: Any) -> Answered:
    return Answered(at=at, source=source, answers=HealthAnswers.model_validate(answers))


def pressure(systolic: int, diastolic: int, *, at: datetime = NOW) -> PressureReading:
    return PressureReading(at=at, pressure=Pressure(systolic=systolic, diastolic=diastolic))


def quantity(amount: str, *, at: datetime = NOW) -> QuantityReading:
    return QuantityReading(at=at, quantity=Quantity(amount=Decimal(amount)))


def history(answers: dict[str, Any] | None = None, **changes: Any) -> History:
    """A woman of 40 with major depression, 128/80, 70 kg, 165 cm and no point in item 9; then `changes`."""
    base: dict[str, Any] = {
        "birth_date": date(1986, 3, 14),
        "sex_at_birth": "female",
        "registered_at": ago(days=3),
        "questionnaires": (answered(**FIT | (answers or {})),),
        "item9": (Item9(at=NOW, source="patient", points=0),),
        "pressures": (pressure(128, 80),),
        "weights": (quantity("70"),),
        "heights": (quantity("165"),),
        "heart_rates": (quantity("68"),),
        "asa_classes": (quantity("2"),),
        "consents": (Consented("IV_TREATMENT", "2026-10", ago(days=3)),),
        "enrolment": Enrolled(yes=True, at=ago(days=3)),
    }
    return History(**base | changes)


def facts_of(subject: History) -> Facts:
    return known_facts(subject, NOW, BOISE, site_certified=True)


def values_of(subject: History) -> dict[str, FactValue]:
    return {name: fact.value for name, fact in facts_of(subject).items()}


def decision_on(subject: History) -> Decision:
    return screen(larkspur(), "hash-1", facts_of(subject), NOW)


def decided(values: dict[str, FactValue], modality: Modality, file: ClinicFile | None = None) -> ModalityDecision:
    """One modality decided from bare values."""
    rules = (file or larkspur()).rules_in_force
    return decide(modality, rules, CompiledRules(rules).evaluate(values), NOW)


def stated(values: dict[str, FactValue]) -> Facts:
    return {name: KnownFact(value=value, source="patient", as_of=NOW) for name, value in values.items()}


UNKNOWN, REFUSED, ABSENT = Answer.UNKNOWN, Answer.REFUSED, Answer.ABSENT
