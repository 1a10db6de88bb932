"""Filled instruments besides the PHQ-9: scored, kept, told, and the patient is screened again with them."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from services.intake.commands.answers.due import instrument_filled
from services.intake.commands.answers.observations import OBSERVERS, keep_sheet, observed, tell_outcome
from services.intake.domain.due import enough
from services.intake.domain.instruments import (
    CATALOGUE,
    InstrumentCode,
    InstrumentResult,
    Score,
    WrongAnswers,
    contradictory,
    score,
)
from services.intake.domain.safety import Concern, concerns_of_screener
from services.intake.forms.offered import FOR_STAFF, require_validated
from services.intake.models import Assessment
from services.intake.records import InCare, patient_in_care, person_of, source_of
from services.intake.schemas.instruments import InstrumentRequest, ScoredView
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import ScoreDetail
from shared.problems import INVALID_REQUEST, FieldError

_NO_BANDS = "NO_BANDS"  # what OutcomeRecorded says of an instrument whose totals have no names


async def submit_instrument(
    uow: UnitOfWork, patient_id: UUID, code: InstrumentCode, request: InstrumentRequest
) -> ScoredView:
    """Score points (domain B), act on a suicide screen (A.6), and screen. OutcomeRecorded tells of a total.

    Raises NOT_FOUND, FORBIDDEN, INSTRUMENT_FOR_STAFF, LANGUAGE_NOT_VALIDATED, INVALID_REQUEST when there are more or
    fewer answers than items, points that an item does not have, answers that contradict each other, or `difficulty`
    where that is not asked.
    """
    if CATALOGUE[code].by_staff and source_of(uow) != "staff":
        raise FOR_STAFF()
    care = await patient_in_care(uow, patient_id, *OBSERVERS, at=request.clinic_id)
    require_validated(uow, (await active_clinic(uow, care.clinic_id)).file, code, request.language)
    return await keep_instrument(uow, care, code, request)


async def keep_instrument(
    uow: UnitOfWork, care: InCare, code: InstrumentCode, request: InstrumentRequest,
    concerns: Iterable[Concern] | None = None,
) -> ScoredView:  # fmt: skip
    """Keep and tell an instrument, and screen. `concerns`: what its answers gave when they were saved, otherwise now.

    Raises INVALID_REQUEST.
    """
    require_asked(code, request.difficulty)
    found = scored(code, request.answers, person_of(uow, care.patient).sex_at_birth)
    result = InstrumentResult(answers=request.answers, score=found, difficulty=request.difficulty)
    row = keep_sheet(uow, care, code, result)
    await uow.audit("create", "assessment", row.id, patient_id=care.patient.id, clinic_id=care.clinic_id)
    tell_score(uow, row, found)
    if enough(found):
        await instrument_filled(uow, care.patient.id, code)
    answer = await observed(uow, care, row.id, concerns_of_screener(found.risk) if concerns is None else concerns)
    return ScoredView(**dict(answer), score=found)


def tell_score(uow: UnitOfWork, row: Assessment, found: Score, supersedes: UUID | None = None) -> None:
    """Say that the instrument was scored, if it has a total."""
    if found.total is not None:
        detail = ScoreDetail(instrument=found.instrument, total=found.total, band=found.band or _NO_BANDS)
        tell_outcome(uow, row, detail, supersedes)


def require_asked(code: InstrumentCode, difficulty: int | None) -> None:
    """What an instrument does not ask cannot be answered. Raises INVALID_REQUEST."""
    if difficulty is not None and CATALOGUE[code].loinc_difficulty is None:
        raise INVALID_REQUEST(errors=[FieldError("/difficulty", "NOT_ASKED", {"instrument": code.value})])


def scored(code: InstrumentCode, answers: Sequence[int | None], sex_at_birth: str) -> Score:
    """The score of points. Raises INVALID_REQUEST, which names the item, or those that contradict each other."""
    try:
        found = score(code, answers, sex_at_birth)
    except WrongAnswers as wrong:
        highest = CATALOGUE[code].highest
        if wrong.item is None:
            raise INVALID_REQUEST(
                errors=[FieldError("/answers", "WRONG_NUMBER_OF_ANSWERS", {"items": len(highest)})]
            ) from None
        error = FieldError(f"/answers/{wrong.item - 1}", "POINTS_OUT_OF_RANGE", {"highest": highest[wrong.item - 1]})
        raise INVALID_REQUEST(errors=[error]) from None
    if wrong_ones := contradictory(code, answers):
        raise INVALID_REQUEST(errors=[_against(item, wrong_ones) for item in wrong_ones])
    return found


def _against(item: int, items: Sequence[int]) -> FieldError:
    others = [other for other in items if other != item]
    return FieldError(f"/answers/{item}", "CONTRADICTORY", {"with": others, "contradiction": "skipped"})
