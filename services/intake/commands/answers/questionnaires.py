"""Answers to health questions that were recorded wrongly are corrected, for a reason; the wrong ones stay on record and
count no more (design: corrections)."""

from uuid import UUID

from sqlmodel import select

from services.intake.commands.answers.observations import OBSERVERS, observed, require_days_of_life
from services.intake.domain.observations import HealthAnswers
from services.intake.domain.safety import concerns_of_answers
from services.intake.models import Questionnaire, QuestionnaireCorrection
from services.intake.records import InCare, answers_of, patient_in_care
from services.intake.schemas.observed import CorrectedObservationView, QuestionnaireCorrectionRequest
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_role
from shared.ids import new_id
from shared.problems import CONFLICT, INVALID_REQUEST, NOT_FOUND, FieldError


async def correct_questionnaire(
    uow: UnitOfWork, questionnaire_id: UUID, request: QuestionnaireCorrectionRequest
) -> CorrectedObservationView:
    """Put right what was recorded otherwise than it was said, as of when it was said, and screen.

    The answers stay the word of whoever gave them, so that nothing becomes settled by staff that staff did not answer.
    What worries in the right answers and did not in the wrong ones is dealt with; the other way round it takes a
    clinician, and a concern that was opened stays until it is resolved. Raises NOT_FOUND, FORBIDDEN, CONFLICT when it
    was corrected before (params name what is in its place), INVALID_REQUEST.
    """
    wrong, care = await _found(uow, questionnaire_id)
    before = answers_of(uow, wrong)
    answers = _right(before, request)
    if answers == before:
        raise INVALID_REQUEST(errors=[FieldError("/answers", "UNCHANGED")])
    if request.answers is not None:
        await require_days_of_life(uow, care, request.answers)
    worried = concerns_of_answers(before)
    if set(worried) - set(concerns_of_answers(answers)):
        require_role(uow, care.clinic_id, "clinician")
    row = await _keep(uow, wrong, answers, request.reason_code)
    worries = [one for one in concerns_of_answers(answers) if one not in worried]
    answer = await observed(uow, care, row.id, worries)
    return CorrectedObservationView(**dict(answer), supersedes=wrong.id, taken_back=request.taken_back)


async def _found(uow: UnitOfWork, questionnaire_id: UUID) -> tuple[Questionnaire, InCare]:
    """The questionnaire, with its patient locked before it is looked at."""
    mine = select(Questionnaire).where(
        Questionnaire.id == questionnaire_id, Questionnaire.organisation_id == uow.organisation_id
    )
    row = (await uow.session.exec(mine)).one_or_none()
    if row is None:
        raise NOT_FOUND()
    care = await patient_in_care(uow, row.patient_id, *OBSERVERS, at=row.clinic_id)
    taken = select(QuestionnaireCorrection.replaced_by).where(QuestionnaireCorrection.questionnaire_id == row.id)
    if (replaced_by := (await uow.session.exec(taken)).one_or_none()) is not None:
        raise CONFLICT(params={"superseded_by": str(replaced_by)})
    return row, care


def _right(before: HealthAnswers, request: QuestionnaireCorrectionRequest) -> HealthAnswers:
    """The answers with those that were sent; without any, if it is taken back: then everything is asked again."""
    if request.answers is None or request.taken_back:
        return HealthAnswers()
    return before.model_copy(update={name: getattr(request.answers, name) for name in request.answers.model_fields_set})


async def _keep(uow: UnitOfWork, wrong: Questionnaire, answers: HealthAnswers, reason_code: str) -> Questionnaire:
    row_id = new_id()
    row = Questionnaire(
        id=row_id, organisation_id=uow.organisation_id, clinic_id=wrong.clinic_id, patient_id=wrong.patient_id,
        answered_at=wrong.answered_at, source=wrong.source, recorded_by=uow.caller.subject,
        answers=uow.seal_column("questionnaire", "answers", row_id, answers),
    )  # fmt: skip
    uow.session.add(row)
    await uow.session.flush()
    correction = QuestionnaireCorrection(
        id=new_id(), organisation_id=uow.organisation_id, clinic_id=wrong.clinic_id, patient_id=wrong.patient_id,
        questionnaire_id=wrong.id, replaced_by=row.id, corrected_at=uow.now, corrected_by=uow.caller.subject,
        reason_code=reason_code,
    )  # fmt: skip
    uow.session.add(correction)
    await uow.session.flush()
    for resource, made_id in (("questionnaire", row.id), ("questionnaire_correction", correction.id)):
        await uow.audit(
            "create", resource, made_id, patient_id=wrong.patient_id, clinic_id=wrong.clinic_id, reason=reason_code
        )
    return row
