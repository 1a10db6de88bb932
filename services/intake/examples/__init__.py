"""What intake answers, shown in its OpenAPI document: one invented patient from the web form to the third session."""

from datetime import datetime
from decimal import Decimal

from services.intake.domain.foreseeing import ForeseenChange, RuleSaid
from services.intake.domain.instruments import InstrumentCode
from services.intake.domain.instruments import score as score_instrument
from services.intake.domain.outcomes import ChangeClass, OutcomeChange
from services.intake.domain.person import record_number
from services.intake.domain.phq9 import score
from services.intake.domain.safety import Risk
from services.intake.examples.forms import FORMS
from services.intake.examples.observed import OBSERVED
from services.intake.examples.people import PEOPLE
from services.intake.examples.readmodels import READ_MODELS
from services.intake.schemas.care import ConsentDocuments, ConsentDocumentView, ConsentView, OrderView
from services.intake.schemas.course import (
    AssessmentDueView,
    CheckInView,
    DueView,
    IntakeAssessmentView,
    OutcomeEntry,
    ReflectionView,
)
from services.intake.schemas.impact import ForeseenView, ImpactView
from services.intake.schemas.instruments import CorrectedView, InstrumentsView, InstrumentView, ScoredView
from services.intake.schemas.plans import ProposalView
from services.intake.schemas.rescreening import RescreeningView
from services.intake.schemas.reviews import ReviewView
from services.intake.schemas.safety import ConcernView, FurtherView, SafetyTaskView
from services.intake.schemas.screening import (
    AssessmentView,
    ExplanationView,
    FindingView,
    ModalityView,
    ObservationView,
    ReplayView,
    ScreeningView,
    UsedFact,
)
from shared.events.parts import Modality, Outcome
from shared.http.examples import APPOINTMENT, CLINIC, CLINIC_FILE_HASH, PATIENT, SESSION, at, some_id

_CLINICIAN, _NURSE, _PATIENT = "staff:i-marsh", "staff:t-oakes", "patient"
_SCREENING, _ORDER, _CONCERN = some_id("screening"), some_id("order"), some_id("concern")
_SCREENED = at("2026-11-20T10:02:00-07:00")
_SESSION_START = at("2026-11-30T09:00:00-07:00")

_PRESSURE = FindingView(
    rule_id="SCR-041", outcome=Outcome.NEEDS_REVIEW, reason_code="FIRED",
    reason="A single blood pressure reading of the last 24 hours is above 140/90 mmHg.",
    patient_reason="One of your blood pressure readings is a little high. A clinician will look at it with you.",
    evidence={"systolic_24h_max": 146, "diastolic_24h_max": 88}, open_questions=(), actions=("RECHECK_PRESSURE",),
    recheck_after=None,
)  # fmt: skip
_REVIEW = ReviewView(
    id=some_id("review"), screening_id=_SCREENING, version=1, reviewed_at=at("2026-11-20T11:15:00-07:00"),
    reviewed_by=_CLINICIAN, cleared=(Modality.IV_MOOD,), overridden_rule_ids=("SCR-041",),
    reason_code="RECHECKED_NORMAL", note="Second reading 128/80 after ten minutes of rest.",
)  # fmt: skip
_SCREENING_VIEW = ScreeningView(
    id=_SCREENING, patient_id=PATIENT, clinic_id=CLINIC, version=1, newest=True, screened_at=_SCREENED,
    rule_set="general-2026.11", rule_set_hash=CLINIC_FILE_HASH,
    modalities=(
        ModalityView(
            modality=Modality.IV_MOOD, outcome=Outcome.NEEDS_REVIEW, worst_possible=Outcome.NEEDS_REVIEW,
            findings=(_PRESSURE,),
        ),
    ),
    next_step="STAFF_WILL_CALL",
)  # fmt: skip
_SCREENINGS = (
    ObservationView(id=some_id("readings"), screening=_SCREENING_VIEW),
    InstrumentsView(
        instruments=(
            InstrumentView(
                code=InstrumentCode.PAIN_NRS, name="Pain, 0 to 10", recall="now or 24 hours", highest=(10,),
                by_staff=False, scores_only=False, loinc_items=(), loinc_total="72514-3", loinc_panel=None,
            ),
        )
    ),
    ScoredView(id=some_id("gad7"), score=score_instrument(InstrumentCode.GAD7, [2, 2, 2, 2, 1, 1, 0])),
    AssessmentView(id=some_id("phq9"), score=score([2, 2, 3, 2, 1, 2, 2, 1, 0])),
    CorrectedView(
        id=some_id("right phq9"), score=score([2, 2, 1, 1, 1, 1, 1, 0, 0]), supersedes=some_id("phq9"),
    ),
    _SCREENING_VIEW.model_copy(update={"review": _REVIEW}),
    ReplayView(
        screening_id=_SCREENING, version=1, rule_set_hash=CLINIC_FILE_HASH, engine_then="2, cel 0.5.1",
        engine_now="2, cel 0.5.1", same=True, differences=(),
    ),
    RescreeningView(
        clinic_id=CLINIC, hash=CLINIC_FILE_HASH, total=412, looked=400, changed=7, failed=0,
        began_at=datetime.fromisoformat("2026-11-20T17:00:00+00:00"), finished_at=None,
    ),
    ImpactView(
        clinic_id=CLINIC, hash=CLINIC_FILE_HASH, total=412, looked=200, undecided=(), next=PATIENT,
        patients=(
            ForeseenView(
                patient_id=PATIENT, record_number=record_number(1042),
                changes=(
                    ForeseenChange(
                        modality=Modality.IV_MOOD, before=Outcome.ELIGIBLE, after=Outcome.NEEDS_REVIEW, went=(),
                        came=(RuleSaid(rule_id="SCR-041", reason_code="FIRED", outcome=Outcome.NEEDS_REVIEW),),
                    ),
                ),
            ),
        ),
    ),
    ExplanationView(
        screening_id=_SCREENING, version=1, rule_set="general-2026.11", rule_set_hash=CLINIC_FILE_HASH,
        lines=(
            "IV_MOOD: NEEDS_REVIEW",
            "SCR-041 NEEDS_REVIEW: A single blood pressure reading of the last 24 hours is above 140/90 mmHg."
            " [diastolic_24h_max = 88 mmHg, systolic_24h_max = 146 mmHg]",
        ),
        facts=(
            UsedFact(
                name="systolic_24h_max", meaning="highest systolic pressure of the last 24 hours", value=146,
                unit="mmHg", source="staff", as_of=datetime.fromisoformat("2026-11-20T09:45-07:00"), age_hours=0,
            ),
        ),
        unknown=("takes_theophylline",),
    ),
    _REVIEW,
    ConcernView(
        id=_CONCERN, patient_id=PATIENT, version=1, state="OPEN", risk=Risk.MODERATE, source="PHQ9-ITEM9",
        stage="RAISED",
        raised_at=_SCREENED, acknowledge_by=at("2026-11-20T14:02:00-07:00"), resolved_at=None, disposition=None,
        note=None,
    ),
    SafetyTaskView(
        id=some_id("safety task"), patient_id=PATIENT, version=2, state="OPEN", kind="ANSWER_TO_ACKNOWLEDGE",
        opened_at=_SCREENED, due_at=at("2026-11-24T09:00:00-07:00"),
        entries=(FurtherView(at=_SCREENED, source="PHQ9-ITEM9", risk=Risk.MODERATE),),
    ),
)  # fmt: skip

_CARE = (
    ConsentDocuments(
        patient_id=PATIENT, clinic_id=CLINIC,
        items=[
            ConsentDocumentView(
                document="IV_TREATMENT", document_version="2026-10", titles={"en": "Ketamine by infusion: its risks"},
                witness_needed=False, required_for=["IV_MOOD_6"], state="SIGNED", consent_id=some_id("consent"),
                valid_until=at("2027-11-20T11:40:00-07:00"),
            )
        ],
    ),
    ConsentView(
        id=some_id("consent"), patient_id=PATIENT, clinic_id=CLINIC, version=1, state="SIGNED",
        document="IV_TREATMENT", document_version="2026-10", language="en", medium="SCREEN", witness=None,
        interpreter=None, signed_by=f"patient:{PATIENT}", signed_at=at("2026-11-20T11:40:00-07:00"),
        valid_until=at("2027-11-20T11:40:00-07:00"), revoked_at=None,
    ),
    OrderView(
        id=_ORDER, patient_id=PATIENT, clinic_id=CLINIC, screening_id=_SCREENING, version=1, state="SIGNED",
        stage="SIGNED",
        signed_by=_CLINICIAN, signed_at=at("2026-11-20T11:50:00-07:00"), expires_at=at("2027-01-19T11:50:00-07:00"),
        revoked_at=None, modality=Modality.IV_MOOD, protocol="IV_MOOD_6", mg_per_kg=Decimal("0.5"), unit="mg/kg",
        dose_weight_kg=Decimal(70), weight_basis="ACTUAL", dose_mg=35, minutes=40, draw_ml=Decimal("0.70"),
        rate_ml_per_hour=Decimal("52.50"), stock_mg_per_ml=Decimal(50), first_dose=True, devices=None,
        arithmetic=(
            "BMI = 70.00 kg / (1.65 m)^2 = 25.71 kg/m2",
            "dose weight = actual 70.00 kg, BMI below 30",
            "dose = 0.5 mg/kg * 70.00 kg = 35.00 mg, rounded 35 mg",
            "draw = 35 mg / 50 mg/mL = 0.70 mL",
            "bag = 35 mg / 1 mg/mL = 35.00 mL",
            "pump rate = 35.00 mL / (40 min / 60) = 52.50 mL/h",
        ),
    ),
    ProposalView(
        id=some_id("proposal"), patient_id=PATIENT, clinic_id=CLINIC, session_id=SESSION, version=1, state="OPEN",
        proposed_at=at("2026-11-30T11:00:00-07:00"), decided_at=None, decided_by=None, order_id=None, kind="RAISE",
        protocol="IV_MOOD_6", previous_mg_per_kg=Decimal("0.5"), mg_per_kg=Decimal("0.6"), dose_mg=42,
        interval_days=None, reasons=("BENEFIT_TOO_SMALL",),
    ),
    DueView(
        id=some_id("due"), occasion="CHECK_IN_24H", instrument="CHECK_IN", appointment_id=APPOINTMENT,
        session_id=SESSION, state="DUE", opens_at=at("2026-12-01T10:40:00-07:00"),
        late_from=at("2026-12-02T10:40:00-07:00"),
    ),
    AssessmentDueView(
        id=some_id("evaluation"), occasion="EVALUATION", instrument="YBOCS", by_staff=True,
        appointment_id=APPOINTMENT, session_id=SESSION, state="DUE", opens_at=at("2026-12-01T10:40:00-07:00"),
        late_from=at("2026-12-02T10:40:00-07:00"),
    ),
    IntakeAssessmentView(
        id=some_id("first AUDIT-C"), clinic_id=CLINIC, instrument="AUDITC", by_staff=False, state="ANSWERED",
        opens_at=_SCREENED, late_from=at("2026-11-27T11:32:00-07:00"), settled_at=at("2026-11-20T18:05:00-07:00"),
    ),
    CheckInView(
        id=some_id("check-in"), occasion="CHECK_IN_24H", session_id=SESSION,
        recorded_at=at("2026-12-01T12:05:00-07:00"), source="patient", by=_PATIENT, mood=6,
        side_effects=("HEADACHE",), unsafe_thoughts="no", note=None,
    ),
    ReflectionView(
        id=some_id("reflection"), session_id=SESSION, written_at=at("2026-11-30T19:20:00-07:00"), source="patient",
        by=_PATIENT, text="A long walk by the sea, and no hurry.",
    ),
    OutcomeEntry(
        id=some_id("phq9-2"), kind="SCORE", at=at("2026-12-07T08:10:00-07:00"), instrument="PHQ9", total=7, band="MILD",
        difficulty=1, change=OutcomeChange(points=-8, percent_bp=-5333, change=ChangeClass.RESPONSE),
    ),
    OutcomeEntry(
        id=SESSION, kind="TREATMENT", at=_SESSION_START, modality=Modality.IV_MOOD, protocol="IV_MOOD_6", dose_mg=35,
        minutes=40,
    ),
)  # fmt: skip

EXAMPLES = (*PEOPLE, *FORMS, *_SCREENINGS, *OBSERVED, *_CARE, *READ_MODELS)
