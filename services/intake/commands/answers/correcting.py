"""An instrument that was entered wrongly is entered anew, for a reason; what was wrong stays on record and counts no
more (design: corrections)."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import select

from services.intake.commands.answers.due import ask_screener
from services.intake.commands.answers.instruments import require_asked, scored, tell_score
from services.intake.commands.answers.observations import OBSERVERS, keep_sheet, observed, tell_phq9
from services.intake.commands.answers.reopening import reopen_unanswered, settle_answered
from services.intake.domain.instruments import InstrumentCode, InstrumentResult
from services.intake.domain.phq9 import PHQ9, Phq9Result
from services.intake.domain.phq9 import score as score_phq9
from services.intake.domain.safety import Concern, concerns_of_item9, concerns_of_screener
from services.intake.models import Assessment, Correction
from services.intake.records import InCare, patient_in_care, person_of, result_of
from services.intake.schemas.instruments import CorrectedView, CorrectionRequest
from shared.clinicfile.formcheck import ITEMS
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_role
from shared.ids import new_id
from shared.problems import CONFLICT, INVALID_REQUEST, NOT_FOUND, FieldError

Result = Phq9Result | InstrumentResult


async def correct_assessment(uow: UnitOfWork, assessment_id: UUID, request: CorrectionRequest) -> CorrectedView:
    """Enter a scored instrument anew, as of when it was filled in, and screen. Answers that are all null take it back.

    What it had settled is due again if the right answers do not settle it. What worries in the right answers and did
    not in the wrong ones is dealt with; the other way round it takes a clinician, and a concern that was opened stays
    until it is resolved. Raises NOT_FOUND, FORBIDDEN, CONFLICT when it was corrected before (params name what is in its
    place), INVALID_REQUEST.
    """
    wrong, care = await _found(uow, assessment_id)
    before = result_of(uow, wrong)
    right = _result(wrong.instrument, request.answers, person_of(uow, care.patient).sex_at_birth)
    result = right.model_copy(update={"difficulty": _difficulty(wrong.instrument, before, request)})
    if (result.answers, result.difficulty) == (before.answers, before.difficulty):
        raise INVALID_REQUEST(errors=[FieldError("/answers", "UNCHANGED")])
    if set(_worries(before)) - set(_worries(result)):
        require_role(uow, care.clinic_id, "clinician")
    row = keep_sheet(uow, care, wrong.instrument, result)
    row.patient_id, row.recorded_at = wrong.patient_id, wrong.recorded_at
    await uow.session.flush()
    await _keep(uow, wrong, row, request.reason_code)
    _tell(uow, row, result, wrong.id)
    await _look_at_due(uow, care, row, result)
    worries = [one for one in _worries(result) if one not in _worries(before)]
    answer = await observed(uow, care, row.id, worries)
    return CorrectedView(**dict(answer), score=result.score, supersedes=wrong.id)


async def _found(uow: UnitOfWork, assessment_id: UUID) -> tuple[Assessment, InCare]:
    """The instrument, with its patient locked before it is read."""
    mine = select(Assessment).where(Assessment.id == assessment_id, Assessment.organisation_id == uow.organisation_id)
    row = (await uow.session.exec(mine)).one_or_none()
    if row is None:
        raise NOT_FOUND()
    care = await patient_in_care(uow, row.patient_id, *OBSERVERS, at=row.clinic_id)
    taken = select(Correction.replaced_by).where(Correction.assessment_id == row.id)
    if (replaced_by := (await uow.session.exec(taken)).one_or_none()) is not None:
        raise CONFLICT(params={"superseded_by": str(replaced_by)})
    return row, care


def _result(instrument: str, answers: Sequence[int | None], sex_at_birth: str) -> Result:
    if instrument != PHQ9:
        found = scored(InstrumentCode(instrument), answers, sex_at_birth)
        return InstrumentResult(answers=tuple(answers), score=found)
    highest = ITEMS[PHQ9]
    if len(answers) != len(highest):
        raise INVALID_REQUEST(errors=[FieldError("/answers", "WRONG_NUMBER_OF_ANSWERS", {"items": len(highest)})])
    over = [n for n, points in enumerate(answers) if points is not None and points > highest[n]]
    if over:
        raise INVALID_REQUEST(
            errors=[FieldError(f"/answers/{n}", "POINTS_OUT_OF_RANGE", {"highest": highest[n]}) for n in over]
        )
    return Phq9Result(answers=tuple(answers), score=score_phq9(tuple(answers)))


def _difficulty(instrument: str, before: Result, request: CorrectionRequest) -> int | None:
    """What was said of it stays unless that was wrong too; of what is taken back nothing stays."""
    if "difficulty" in request.model_fields_set:
        if instrument != PHQ9:
            require_asked(InstrumentCode(instrument), request.difficulty)
        return request.difficulty
    return None if all(points is None for points in request.answers) else before.difficulty


async def _keep(uow: UnitOfWork, wrong: Assessment, row: Assessment, reason_code: str) -> None:
    correction = Correction(
        id=new_id(), organisation_id=uow.organisation_id, clinic_id=wrong.clinic_id, patient_id=wrong.patient_id,
        assessment_id=wrong.id, replaced_by=row.id, corrected_at=uow.now, corrected_by=uow.caller.subject,
        reason_code=reason_code,
    )  # fmt: skip
    uow.session.add(correction)
    await uow.session.flush()
    for resource, made in (("assessment", row.id), ("correction", correction.id)):
        await uow.audit(
            "create", resource, made, patient_id=wrong.patient_id, clinic_id=wrong.clinic_id, reason=reason_code
        )


def _tell(uow: UnitOfWork, row: Assessment, result: Result, wrong_id: UUID) -> None:
    if isinstance(result, Phq9Result):
        tell_phq9(uow, row, result.score, wrong_id)
    else:
        tell_score(uow, row, result.score, wrong_id)


async def _look_at_due(uow: UnitOfWork, care: InCare, row: Assessment, result: Result) -> None:
    await reopen_unanswered(uow, care.patient.id, row.recorded_at)
    await settle_answered(uow, care.patient.id, row.instrument)
    if isinstance(result, Phq9Result) and result.score.item9 != 0:
        await ask_screener(uow, care.patient.id)


def _worries(result: Result) -> tuple[Concern, ...]:
    """The concerns of an instrument's answers (A.6)."""
    if isinstance(result, Phq9Result):
        return tuple(concerns_of_item9(result.score.item9))
    return tuple(concerns_of_screener(result.score.risk))
