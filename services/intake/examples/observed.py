"""Measurements and questionnaires on record, as intake's OpenAPI document shows them."""

from decimal import Decimal

from services.intake.domain.instruments import InstrumentCode, score
from services.intake.schemas.observed import (
    CorrectedObservationView,
    FilledView,
    QuestionnaireView,
    ReadingView,
    SupersededView,
)
from shared.http.examples import CLINIC, PATIENT, at, some_id

_NURSE = "staff:t-oakes"
_WRONG, _RIGHT = some_id("weight in pounds"), some_id("weight")
_PUT_RIGHT = SupersededView(
    superseded_by=_RIGHT, corrected_at=at("2026-11-20T09:52:00-07:00"), corrected_by=_NURSE,
    reason_code="POUNDS_TAKEN_FOR_KILOGRAMS",
)  # fmt: skip
OBSERVED = (
    ReadingView(
        id=_WRONG, patient_id=PATIENT, clinic_id=CLINIC, kind="WEIGHT", taken_at=at("2026-11-20T09:30:00-07:00"),
        recorded_at=at("2026-11-20T09:34:00-07:00"), recorded_by=_NURSE, blood_pressure=None, amount=Decimal("154"),
        unit="kg", supersedes=None, correction=_PUT_RIGHT,
    ),
    QuestionnaireView(
        id=some_id("questionnaire"), patient_id=PATIENT, clinic_id=CLINIC,
        answered_at=at("2026-11-20T09:45:00-07:00"), source="patient", recorded_by="patient",
        answers={"pregnant": "no", "primary_indication": "MDD_TRD", "failed_antidepressants": 2}, supersedes=None,
        correction=None,
    ),
    FilledView(
        id=some_id("gad7"), patient_id=PATIENT, clinic_id=CLINIC, instrument="GAD7",
        recorded_at=at("2026-11-20T09:47:00-07:00"), source="patient", recorded_by="patient",
        answers=(2, 2, 2, 2, 1, 1, 0), score=score(InstrumentCode.GAD7, (2, 2, 2, 2, 1, 1, 0)), difficulty=1,
        supersedes=None, correction=None,
    ),
    CorrectedObservationView(id=_RIGHT, supersedes=_WRONG, taken_back=False),
)  # fmt: skip
