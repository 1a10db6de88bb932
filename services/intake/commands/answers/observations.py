"""What is observed about a patient is recorded, and the patient is screened again in the same transaction."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from services.intake.commands.answers.due import ask_screener, instrument_filled
from services.intake.commands.screening.deciding import screen_and_raise
from services.intake.domain.instruments import InstrumentResult
from services.intake.domain.observations import HealthAnswers, Phq9Answers, Pressure, Quantity, QuantityReading
from services.intake.domain.phq9 import PHQ9, Phq9Result, Phq9Score, score
from services.intake.domain.plausible import Body, doubts
from services.intake.domain.safety import CRISIS, Concern, concerns_of_answers, concerns_of_item9
from services.intake.domain.screening import worrying
from services.intake.forms.offered import require_validated
from services.intake.history import history_of
from services.intake.models import Assessment, Questionnaire, Reading
from services.intake.records import InCare, patient_in_care, person_of, source_of
from services.intake.schemas.screening import (
    AssessmentRequest,
    AssessmentView,
    Measurements,
    ObservationView,
    QuestionnaireRequest,
    ReadingsRequest,
)
from services.intake.views import decided_view
from shared.clinicfile.forms import DATES
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.intake import OutcomeRecorded
from shared.events.parts import ScoreDetail
from shared.ids import new_id
from shared.problems import INVALID_REQUEST, FieldError
from shared.sealing import Sealed

OBSERVERS = ("nurse", "clinician")


async def submit_questionnaire(uow: UnitOfWork, patient_id: UUID, request: QuestionnaireRequest) -> ObservationView:
    """Record answers to health questions and screen. Raises NOT_FOUND, FORBIDDEN, INVALID_REQUEST for a day before the
    birth or to come."""
    care = await patient_in_care(uow, patient_id, *OBSERVERS, at=request.clinic_id)
    await require_days_of_life(uow, care, request.answers)
    row_id = new_id()
    uow.session.add(
        Questionnaire(
            id=row_id, organisation_id=uow.organisation_id, clinic_id=care.clinic_id, patient_id=care.patient.id,
            answered_at=uow.now, source=source_of(uow), recorded_by=uow.caller.subject,
            answers=uow.seal_column("questionnaire", "answers", row_id, request.answers),
        )
    )  # fmt: skip
    await _audit(uow, care, "questionnaire", row_id)
    return await observed(uow, care, row_id, concerns_of_answers(request.answers))


async def require_days_of_life(uow: UnitOfWork, care: InCare, answers: HealthAnswers) -> None:
    """No day before the birth, and none to come. Raises INVALID_REQUEST."""
    zone = ZoneInfo((await active_clinic(uow, care.clinic_id)).file.zone)
    today, born = uow.now.astimezone(zone).date(), person_of(uow, care.patient).birth_date
    days = {name: day for name in DATES if isinstance(day := getattr(answers, name), date)}
    early = [FieldError(f"/answers/{name}", "BEFORE_BIRTH") for name, day in days.items() if day < born]
    late = [FieldError(f"/answers/{name}", "IN_THE_FUTURE") for name, day in days.items() if day > today]
    if early or late:
        raise INVALID_REQUEST(errors=[*early, *late])


async def submit_assessment(uow: UnitOfWork, patient_id: UUID, request: AssessmentRequest) -> AssessmentView:
    """Score a PHQ-9 (points, domain B.2), act on its item 9 (A.6), and screen. Raises NOT_FOUND, FORBIDDEN,
    LANGUAGE_NOT_VALIDATED.

    With more than two items missing there is no total and no OutcomeRecorded; item 9 counts all the same.
    """
    care = await patient_in_care(uow, patient_id, *OBSERVERS, at=request.clinic_id)
    require_validated(uow, (await active_clinic(uow, care.clinic_id)).file, PHQ9, request.language)
    return await assess(uow, care, request.answers, request.difficulty)


async def assess(
    uow: UnitOfWork, care: InCare, answers: Phq9Answers, difficulty: int | None, found: Iterable[Concern] | None = None
) -> AssessmentView:
    """Keep and tell a PHQ-9, and screen. `difficulty` (0 to 3) is kept beside the score. `found`: what its item 9 gave
    when it was saved, otherwise now."""
    result = Phq9Result(answers=answers, score=score(answers), difficulty=difficulty)
    row = keep_sheet(uow, care, PHQ9, result)
    await _audit(uow, care, "assessment", row.id)
    tell_phq9(uow, row, result.score)
    if result.score.total is not None:
        await instrument_filled(uow, care.patient.id, PHQ9)
    if result.score.item9 != 0:
        await ask_screener(uow, care.patient.id)
    answer = await observed(uow, care, row.id, concerns_of_item9(result.score.item9) if found is None else found)
    return AssessmentView(**dict(answer), score=result.score)


def keep_sheet(uow: UnitOfWork, care: InCare, instrument: str, result: Phq9Result | InstrumentResult) -> Assessment:
    """The row of an instrument that is filled in now."""
    row_id = new_id()
    row = Assessment(
        id=row_id, organisation_id=uow.organisation_id, clinic_id=care.clinic_id, patient_id=care.patient.id,
        instrument=instrument, recorded_at=uow.now, source=source_of(uow), recorded_by=uow.caller.subject,
        result=uow.seal_column("assessment", "result", row_id, result),
    )  # fmt: skip
    uow.session.add(row)
    return row


async def record_readings(uow: UnitOfWork, patient_id: UUID, request: ReadingsRequest) -> ObservationView:
    """Record measurements by staff (mmHg, kg, cm, per minute) and screen.

    A weight or height that is likelier a mistake of units is asked about: it needs `confirmed`. Raises NOT_FOUND,
    FORBIDDEN, INVALID_REQUEST.
    """
    care = await patient_in_care(uow, patient_id, *OBSERVERS, at=request.clinic_id)
    if request.taken_at > uow.now:
        raise INVALID_REQUEST(errors=[FieldError("/taken_at", "IN_THE_FUTURE")])
    if not request.confirmed:
        await require_plausible(uow, care, Body(request.weight_kg, request.height_cm))
    ids = [_add_reading(uow, care, request, kind, value) for kind, value in measured_in(request)]
    for row_id in ids:
        await _audit(uow, care, "reading", row_id)
    return await observed(uow, care, ids[0], ())


async def require_plausible(uow: UnitOfWork, care: InCare, measured: Body, instead_of: UUID | None = None) -> None:
    """What is likelier a mistake of units than a body is asked about; the reading in whose place it comes is not looked
    at. Raises INVALID_REQUEST."""
    if measured == Body():
        return
    history = await history_of(uow, care.patient)
    before = Body(_newest(history.weights, instead_of), _newest(history.heights, instead_of))
    if found := doubts(measured, before):
        raise INVALID_REQUEST(errors=[FieldError(*flaw) for flaw in found])


def _newest(readings: Iterable[QuantityReading], but: UUID | None) -> Decimal | None:
    return next((one.quantity.amount for one in readings if but is None or one.id != but), None)


def measured_in(request: Measurements) -> list[tuple[str, Pressure | Quantity]]:
    """The kind and value of each measurement that was sent."""
    measured: list[tuple[str, Pressure | Quantity]] = []
    if request.blood_pressure:
        measured.append(("BLOOD_PRESSURE", Pressure(**request.blood_pressure.model_dump())))
    quantities: tuple[tuple[str, Decimal | int | None], ...] = (
        ("WEIGHT", request.weight_kg), ("HEIGHT", request.height_cm), ("HEART_RATE", request.heart_rate),
        ("ASA_CLASS", request.asa_class),
    )  # fmt: skip
    return measured + [(kind, Quantity(amount=Decimal(amount))) for kind, amount in quantities if amount is not None]


def _add_reading(uow: UnitOfWork, care: InCare, request: ReadingsRequest, kind: str, value: BaseModel) -> UUID:
    row_id = new_id()
    uow.session.add(
        Reading(
            id=row_id, organisation_id=uow.organisation_id, clinic_id=care.clinic_id, patient_id=care.patient.id,
            kind=kind, taken_at=request.taken_at, recorded_at=uow.now, recorded_by=uow.caller.subject,
            value=uow.seal_column("reading", "value", row_id, value),
        )
    )  # fmt: skip
    return row_id


async def observed(
    uow: UnitOfWork, care: InCare, row_id: UUID, found: Iterable[Concern], *, corrected: bool = False
) -> ObservationView:
    """Screen, open what concerns come of it, and show help whatever else there is to say (A.6). `corrected`: it comes
    in the place of a measurement that was wrong."""
    found = tuple(found)
    screened = await screen_and_raise(uow, care, found, row_id, corrected=corrected)
    help_needed = bool(found) or (screened is not None and worrying(screened.decision))
    seen = source_of(uow) != "proxy"
    return ObservationView(
        id=row_id,
        crisis=CRISIS if help_needed else None,
        screening=await decided_view(uow, screened.row, screened.decision) if screened and seen else None,
    )


def tell_phq9(uow: UnitOfWork, row: Assessment, told: Phq9Score, supersedes: UUID | None = None) -> None:
    """Say that a PHQ-9 was scored, if it has a total."""
    if told.total is not None and told.band is not None:
        detail = ScoreDetail(instrument=PHQ9, total=told.total, band=told.band, positive_items=told.positive_items)
        tell_outcome(uow, row, detail, supersedes)


def tell_outcome(uow: UnitOfWork, row: Assessment, detail: ScoreDetail, supersedes: UUID | None = None) -> None:
    """Say that an instrument was scored, and which wrong one it takes the place of."""
    event = OutcomeRecorded(
        assessment_id=row.id, patient_id=row.patient_id, recorded_at=row.recorded_at, score=Sealed.of(detail),
        supersedes=supersedes,
    )  # fmt: skip
    uow.emit(event, key=row.patient_id, subject=row.id, clinic_id=row.clinic_id)


async def _audit(uow: UnitOfWork, care: InCare, resource: str, row_id: UUID) -> None:
    await uow.audit("create", resource, row_id, patient_id=care.patient.id, clinic_id=care.clinic_id)
