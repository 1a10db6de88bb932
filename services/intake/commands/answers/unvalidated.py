"""Answers in a language that an instrument is not validated in are no score; danger in them is danger (A.6, B.1)."""

from collections.abc import Sequence
from uuid import UUID

from services.intake.commands.safety.concerns import raise_concerns
from services.intake.domain.instruments import InstrumentCode, WrongAnswers
from services.intake.domain.instruments import score as score_instrument
from services.intake.domain.phq9 import PHQ9
from services.intake.domain.safety import Concern, concerns_of_item9, concerns_of_screener
from services.intake.forms.offered import validated_in
from services.intake.records import patient_in_care
from services.intake.schemas.instruments import InstrumentRequest
from services.intake.schemas.screening import AssessmentRequest
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.ids import derived_id


async def heed_unvalidated(
    uow: UnitOfWork, patient_id: UUID, code: str, request: AssessmentRequest | InstrumentRequest
) -> None:
    """Before an instrument is refused for its language: what in it means danger opens a concern. Sent again it is the
    same answer. Raises NOT_FOUND.
    """
    if uow.caller.kind != "patient":
        return
    care = await patient_in_care(uow, patient_id, at=request.clinic_id)
    if validated_in((await active_clinic(uow, care.clinic_id)).file, code, request.language):
        return
    answer = derived_id(care.patient.id, f"{code}:{request.language}:{list(request.answers)}")
    await raise_concerns(uow, care, _concerns(code, request.answers), answer)


def _concerns(code: str, answers: Sequence[int | None]) -> Sequence[Concern]:
    """Points that the instrument does not have mean nothing; they are refused as well."""
    if code == PHQ9:
        return tuple(concerns_of_item9(answers[-1]))
    try:
        return tuple(concerns_of_screener(score_instrument(InstrumentCode(code), answers).risk))
    except WrongAnswers:
        return ()
