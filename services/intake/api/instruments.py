"""Routes of instruments besides the PHQ-9, and of what corrects any."""

from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.intake import commands
from services.intake.domain.instruments import CATALOGUE, InstrumentCode
from services.intake.domain.phq9 import LOINC_ITEMS, LOINC_PANEL, LOINC_PHQ2, LOINC_TOTAL, PHQ9
from services.intake.forms.offered import FOR_STAFF, LANGUAGE_NOT_VALIDATED
from services.intake.schemas.instruments import (
    CorrectedView,
    CorrectionRequest,
    InstrumentRequest,
    InstrumentsView,
    InstrumentView,
    Phq9View,
    ScoredView,
)
from shared.clinicfile.formcheck import ITEMS
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import Acting, acting, problems
from shared.problems import CONFLICT

router = APIRouter()
_PHQ9 = Phq9View(
    highest=ITEMS[PHQ9], loinc_items=LOINC_ITEMS, loinc_total=LOINC_TOTAL, loinc_panel=LOINC_PANEL,
    loinc_phq2=LOINC_PHQ2,
)  # fmt: skip


@router.get("/v1/instruments", operation_id="listInstruments", response_model=InstrumentsView, responses=problems())
async def list_instruments() -> InstrumentsView:
    """Every instrument that can be sent in, with the points of its items and its LOINC codes; open to everybody."""
    return InstrumentsView(instruments=tuple(_view(code) for code in CATALOGUE), phq9=_PHQ9)


@router.post(
    "/v1/patients/{patient_id}/instruments/{code}",
    operation_id="submitInstrument",
    status_code=201,
    response_model=ScoredView,
    responses=problems(NO_CLINIC_FILE, FOR_STAFF, LANGUAGE_NOT_VALIDATED),
)
async def submit_instrument(
    patient_id: UUID,
    code: InstrumentCode,
    body: InstrumentRequest,
    act: Acting = Depends(acting("nurse", "clinician", patient=True, proxy="forms")),
) -> Response:
    """A filled instrument, scored. A yes in the Columbia screener opens a safety concern and shows `crisis`."""
    return await act.run(lambda uow: commands.submit_instrument(uow, patient_id, code, body), status=201)


@router.post(
    "/v1/assessments/{assessment_id}/correct",
    operation_id="correctAssessment",
    status_code=201,
    response_model=CorrectedView,
    responses=problems(NO_CLINIC_FILE, CONFLICT),
)
async def correct_assessment(
    assessment_id: UUID, body: CorrectionRequest, act: Acting = Depends(acting("nurse", "clinician"))
) -> Response:
    """Enter a scored instrument anew, for a reason: the wrong one stays on record and counts no more.

    To lessen what it said of suicidality takes a clinician.
    """
    return await act.run(lambda uow: commands.correct_assessment(uow, assessment_id, body), status=201)


def _view(code: InstrumentCode) -> InstrumentView:
    one = CATALOGUE[code]
    return InstrumentView(
        code=code, name=one.name, recall=one.recall, highest=tuple(one.highest), by_staff=one.by_staff,
        scores_only=one.scores_only, loinc_items=tuple(one.loinc_items), loinc_total=one.loinc_total,
        loinc_panel=one.loinc_panel, loinc_difficulty=one.loinc_difficulty,
    )  # fmt: skip
