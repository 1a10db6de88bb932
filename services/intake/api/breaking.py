"""Routes about records that are opened in an emergency."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.intake import commands, queries
from services.intake.commands.people.breaking import BREAKERS
from services.intake.queries.breaking import READERS
from services.intake.schemas.breaking import BreakGlassRequest, BreakGlassView
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import Acting, Page, Pages, Reading, acting, problems, reading
from shared.http.paging import CURSOR_INVALID
from shared.problems import CONFLICT

router = APIRouter()


@router.post(
    "/v1/patients/{patient_id}/break-glass", operation_id="breakGlass", status_code=201,
    response_model=BreakGlassView, responses=problems(CONFLICT, NO_CLINIC_FILE),
)  # fmt: skip
async def break_glass(
    patient_id: UUID, body: BreakGlassRequest, act: Acting = Depends(acting(*BREAKERS, limit="10/minute"))
) -> Response:
    """Open a record that is closed to the caller's clinic, in an emergency and for a while. Every look is audited, and
    whoever answers for privacy at the patient's clinic is asked to look at it."""
    return await act.run(lambda uow: commands.break_glass(uow, patient_id, body), status=201)


@router.get(
    "/v1/break-glass", operation_id="listBrokenGlass", response_model=Page[BreakGlassView],
    responses=problems(CURSOR_INVALID, NO_CLINIC_FILE),
)  # fmt: skip
async def list_broken_glass(
    clinic_id: Annotated[UUID, Query()], pages: Pages, read: Reading = Depends(reading(*READERS))
) -> Response:
    """Records of a clinic's patients that were opened in an emergency, newest first, and how often each was seen."""
    return await read.run(lambda uow: queries.list_broken_glass(uow, clinic_id, pages))
