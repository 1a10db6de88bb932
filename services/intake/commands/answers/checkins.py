"""Check-ins after a session (domain B.8) and reflections on it."""

from uuid import UUID

from sqlmodel import select

from services.intake.commands.answers.settling import settle_check_in
from services.intake.commands.orders.plans import renew_after_check_in
from services.intake.commands.safety.concerns import raise_concerns
from services.intake.commands.safety.words import heed_words
from services.intake.domain.checkin import CheckInAnswers, concerns_of_check_in, score_of_check_in
from services.intake.domain.due import Occasion
from services.intake.domain.reflection import ReflectionText
from services.intake.models import CheckIn, Reflection, Treatment
from services.intake.records import InCare, patient_in_care, source_of
from services.intake.schemas.course import CheckInRequest, CheckInView, ReflectionRequest, ReflectionView
from services.intake.views import check_in_view, reflection_view
from shared.aliases import person_ids
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.intake import OutcomeRecorded
from shared.ids import new_id
from shared.problems import NOT_FOUND, FieldError, problem_kind
from shared.sealing import Sealed

NO_REFLECTIONS = problem_kind(
    "NO_REFLECTIONS", 409, "This clinic keeps no reflections", "Nothing is to be written after a session here."
)
STAFF = ("nurse", "clinician")


async def submit_check_in(uow: UnitOfWork, patient_id: UUID, request: CheckInRequest) -> CheckInView:
    """Record a check-in and settle what was due. Unsafe thoughts, also unsaid ones, open a concern and show help (A.6).
    What was proposed after the session is made anew with what it says.

    A session that is not known here yet is believed, so that no answer is lost. Raises FORBIDDEN, and NOT_FOUND for an
    unknown patient and another patient's session.
    """
    session = await _session(uow, request.session_id)
    if session is not None and session.patient_id not in await person_ids(uow, patient_id):
        raise NOT_FOUND(errors=[FieldError("/session_id", "UNKNOWN_SESSION")])
    care = await patient_in_care(uow, patient_id, *STAFF, at=session.clinic_id if session else None)
    occasion, answers, patient_id = Occasion(request.occasion), _answers(request), care.patient.id
    row = _kept(uow, care, request, answers)
    await uow.audit("create", "check_in", row.id, patient_id=patient_id, clinic_id=care.clinic_id)
    event = OutcomeRecorded(
        assessment_id=row.id, patient_id=patient_id, recorded_at=uow.now,
        score=Sealed.of(score_of_check_in(occasion, answers)),
    )  # fmt: skip
    uow.emit(event, key=patient_id, subject=row.id, clinic_id=care.clinic_id)
    await settle_check_in(uow, patient_id, row.session_id, occasion)
    await raise_concerns(uow, care, concerns_of_check_in(answers), row.id)
    await heed_words(uow, patient_id, care.clinic_id, {"CHECK_IN_NOTE": answers.note}, row.id)
    await renew_after_check_in(uow, care, row.session_id)
    return await check_in_view(uow, row)


def _answers(request: CheckInRequest) -> CheckInAnswers:
    return CheckInAnswers(**request.model_dump(exclude={"occasion", "session_id"}))


def _kept(uow: UnitOfWork, care: InCare, request: CheckInRequest, answers: CheckInAnswers) -> CheckIn:
    row_id = new_id()
    row = CheckIn(
        id=row_id, organisation_id=uow.organisation_id, clinic_id=care.clinic_id, patient_id=care.patient.id,
        occasion=request.occasion, session_id=request.session_id, recorded_at=uow.now, source=source_of(uow),
        recorded_by=uow.caller.subject, answers=uow.seal_column("check_in", "answers", row_id, answers),
    )  # fmt: skip
    uow.session.add(row)
    return row


async def write_reflection(uow: UnitOfWork, session_id: UUID, request: ReflectionRequest) -> ReflectionView:
    """Keep what came up in a completed session. Words of crisis in it show help and open a task (A.6).

    Raises NOT_FOUND, FORBIDDEN, NO_REFLECTIONS where none are kept."""
    session = await _session(uow, session_id)
    if session is None:
        raise NOT_FOUND()
    care = await patient_in_care(uow, session.patient_id, *STAFF, at=session.clinic_id)
    if not (await active_clinic(uow, care.clinic_id)).file.reflection:
        raise NO_REFLECTIONS()
    row_id = new_id()
    row = Reflection(
        id=row_id, organisation_id=uow.organisation_id, clinic_id=care.clinic_id, patient_id=care.patient.id,
        session_id=session_id, written_at=uow.now, source=source_of(uow), recorded_by=uow.caller.subject,
        content=uow.seal_column("reflection", "content", row_id, ReflectionText(text=request.text)),
    )  # fmt: skip
    uow.session.add(row)
    await uow.audit("create", "reflection", row.id, patient_id=row.patient_id, clinic_id=row.clinic_id)
    await heed_words(uow, row.patient_id, row.clinic_id, {"REFLECTION": request.text}, row.id)
    return await reflection_view(uow, row)


async def _session(uow: UnitOfWork, session_id: UUID) -> Treatment | None:
    found = select(Treatment).where(
        Treatment.session_id == session_id, Treatment.organisation_id == uow.organisation_id
    )
    return (await uow.session.exec(found)).one_or_none()
