"""How intake's rows are read and opened: patients under lock, history, newest decisions."""

from typing import NamedTuple, TypeVar, get_args
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from services.intake.domain.facts import Consented, Enrolled, History
from services.intake.domain.instrumentfacts import Filled
from services.intake.domain.instruments import CATALOGUE, InstrumentResult
from services.intake.domain.observations import (
    Answered,
    HealthAnswers,
    Indication,
    Item9,
    Pressure,
    PressureReading,
    Quantity,
    QuantityReading,
    Source,
)
from services.intake.domain.order import SignedOrder
from services.intake.domain.person import Person
from services.intake.domain.phq9 import PHQ9, Phq9Result
from services.intake.domain.plan import Proposal
from services.intake.domain.review import Review as ReviewContent
from services.intake.domain.screening import Decision
from services.intake.models import (
    Assessment,
    Consent,
    DoseOrder,
    DoseProposal,
    Enrolment,
    Patient,
    Questionnaire,
    Reading,
    Review,
    Screening,
    Treatment,
)
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.store import NO_CLINIC_FILE, active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import DeliveredDose
from shared.http import require_patient, require_role
from shared.problems import NOT_FOUND, Problem

REMS = "REMS"
SOURCES: dict[str, Source] = {source: source for source in get_args(Source)}
R = TypeVar("R", Questionnaire, Assessment, Reading, Screening, Review)


def _about(uow: UnitOfWork, table: type[R], patient_id: UUID) -> SelectOfScalar[R]:
    """Rows of one patient of the caller's organisation."""
    return select(table).where(table.patient_id == patient_id, table.organisation_id == uow.organisation_id)


async def patient_of(uow: UnitOfWork, patient_id: UUID, *roles: str) -> Patient:
    """The patient, to read: staff needs one of `roles` anywhere in the organisation. Raises NOT_FOUND, FORBIDDEN."""
    return await _patient(uow, patient_id, roles, lock=False)


async def locked_patient(uow: UnitOfWork, patient_id: UUID, *roles: str) -> Patient:
    """The patient, to change something about: locked first, so that everything about one patient happens in turn."""
    return await _patient(uow, patient_id, roles, lock=True)


class InCare(NamedTuple):
    """A patient, locked, and the clinic where care happens."""

    patient: Patient
    clinic_id: UUID


async def patient_in_care(uow: UnitOfWork, patient_id: UUID, *roles: str, at: UUID | None = None) -> InCare:
    """The same for care, which happens `at` a clinic of the organisation, by default the patient's own.

    Staff needs the role at that clinic. Raises NO_CLINIC_FILE for a clinic that is not here.
    """
    patient = await locked_patient(uow, patient_id, *roles)
    clinic_id = at or patient.clinic_id
    if uow.caller.kind == "staff":
        require_role(uow, clinic_id, *roles)
    await active_clinic(uow, clinic_id)
    return InCare(patient, clinic_id)


def source_of(uow: UnitOfWork) -> Source:
    """Whose word it is that is being recorded."""
    if uow.caller.kind != "patient":
        return "staff"
    return "patient" if uow.caller.proxy_scope is None else "proxy"


async def _patient(uow: UnitOfWork, patient_id: UUID, roles: tuple[str, ...], *, lock: bool) -> Patient:
    require_patient(uow, patient_id)
    if uow.caller.kind == "staff":
        require_role(uow, None, *roles)
    found = select(Patient).where(Patient.id == patient_id, Patient.organisation_id == uow.organisation_id)
    patient = (await uow.session.exec(found.with_for_update() if lock else found)).one_or_none()
    if patient is None:
        raise NOT_FOUND()
    return patient


def person_of(uow: UnitOfWork, patient: Patient) -> Person:
    return uow.open_column("patient", "identity", patient.id, patient.identity, Person)


async def history_of(uow: UnitOfWork, patient: Patient) -> History:
    """Everything on record that screening looks at, newest first."""
    person = person_of(uow, patient)
    readings = await _readings(uow, patient)
    return History(
        birth_date=person.birth_date,
        sex_at_birth=person.sex_at_birth,
        registered_at=patient.registered_at,
        allergies=person.allergies,
        questionnaires=await _questionnaires(uow, patient),
        item9=await _item9(uow, patient),
        pressures=[
            PressureReading(at=row.taken_at, pressure=uow.open_column("reading", "value", row.id, row.value, Pressure))
            for row in readings
            if row.kind == "BLOOD_PRESSURE"
        ],
        weights=_quantities(uow, readings, "WEIGHT"),
        heights=_quantities(uow, readings, "HEIGHT"),
        heart_rates=_quantities(uow, readings, "HEART_RATE"),
        asa_classes=_quantities(uow, readings, "ASA_CLASS"),
        instruments=await _instruments(uow, patient),
        consents=await _consents(uow, patient),
        enrolment=await _enrolment(uow, patient),
    )


async def _consents(uow: UnitOfWork, patient: Patient) -> list[Consented]:
    """The consents that stand, newest first."""
    rows = select(Consent.document, Consent.document_version, Consent.signed_at).where(
        Consent.patient_id == patient.id, Consent.organisation_id == uow.organisation_id, Consent.state == "SIGNED"
    )
    return [Consented(*row) for row in await uow.session.exec(rows.order_by(col(Consent.signed_at).desc()))]


async def _enrolment(uow: UnitOfWork, patient: Patient) -> Enrolled | None:
    row = select(Enrolment).where(
        Enrolment.patient_id == patient.id, Enrolment.organisation_id == uow.organisation_id,
        Enrolment.programme == REMS,
    )  # fmt: skip
    found = (await uow.session.exec(row)).first()
    return Enrolled(found.state == "ENROLLED", found.changed_at) if found else None


async def _questionnaires(uow: UnitOfWork, patient: Patient) -> list[Answered]:
    rows = await uow.session.exec(
        _about(uow, Questionnaire, patient.id).order_by(
            col(Questionnaire.answered_at).desc(), col(Questionnaire.id).desc()
        )
    )
    return [
        Answered(
            at=row.answered_at,
            source=SOURCES[row.source],
            answers=uow.open_column("questionnaire", "answers", row.id, row.answers, HealthAnswers),
        )
        for row in rows
    ]


async def _item9(uow: UnitOfWork, patient: Patient) -> list[Item9]:
    rows = await uow.session.exec(
        _about(uow, Assessment, patient.id)
        .where(Assessment.instrument == PHQ9)
        .order_by(col(Assessment.recorded_at).desc(), col(Assessment.id).desc())
    )
    return [
        Item9(
            at=row.recorded_at,
            source=SOURCES[row.source],
            points=uow.open_column("assessment", "result", row.id, row.result, Phq9Result).score.item9,
        )
        for row in rows
    ]


async def _instruments(uow: UnitOfWork, patient: Patient) -> list[Filled]:
    rows = await uow.session.exec(
        _about(uow, Assessment, patient.id)
        .where(col(Assessment.instrument).in_(CATALOGUE))
        .order_by(col(Assessment.recorded_at).desc(), col(Assessment.id).desc())
    )
    return [
        Filled(
            at=row.recorded_at,
            source=SOURCES[row.source],
            result=uow.open_column("assessment", "result", row.id, row.result, InstrumentResult),
        )
        for row in rows
    ]


async def _readings(uow: UnitOfWork, patient: Patient) -> list[Reading]:
    rows = await uow.session.exec(
        _about(uow, Reading, patient.id).order_by(
            col(Reading.taken_at).desc(), col(Reading.recorded_at).desc(), col(Reading.id).desc()
        )
    )
    return list(rows)


def _quantities(uow: UnitOfWork, readings: list[Reading], kind: str) -> list[QuantityReading]:
    return [
        QuantityReading(at=row.taken_at, quantity=uow.open_column("reading", "value", row.id, row.value, Quantity))
        for row in readings
        if row.kind == kind
    ]


async def newest_screening(uow: UnitOfWork, patient_id: UUID, clinic_id: UUID) -> Screening | None:
    """The screening that stands under a clinic's rules."""
    rows = _about(uow, Screening, patient_id).where(Screening.clinic_id == clinic_id)
    return (await uow.session.exec(rows.order_by(col(Screening.version).desc()).limit(1))).one_or_none()


async def screened_clinics(uow: UnitOfWork, patient_id: UUID) -> set[UUID]:
    """The clinics under whose rules the patient was screened."""
    rows = select(Screening.clinic_id).where(
        Screening.patient_id == patient_id, Screening.organisation_id == uow.organisation_id
    )
    return set(await uow.session.exec(rows.distinct()))


async def newest_review(uow: UnitOfWork, screening: Screening) -> Review | None:
    """The review of a screening that holds."""
    rows = _about(uow, Review, screening.patient_id).where(Review.screening_id == screening.id)
    return (await uow.session.exec(rows.order_by(col(Review.version).desc()).limit(1))).one_or_none()


def decision_of(uow: UnitOfWork, screening: Screening) -> Decision:
    return uow.open_column("screening", "decision", screening.id, screening.decision, Decision)


def order_of(uow: UnitOfWork, order: DoseOrder) -> SignedOrder:
    return uow.open_column("dose_order", "content", order.id, order.content, SignedOrder)


def proposal_of(uow: UnitOfWork, row: DoseProposal) -> Proposal:
    return uow.open_column("dose_proposal", "content", row.id, row.content, Proposal)


def review_of(uow: UnitOfWork, review: Review) -> ReviewContent:
    return uow.open_column("review", "review", review.id, review.review, ReviewContent)


async def treatments_of(uow: UnitOfWork, patient_id: UUID) -> dict[UUID, DeliveredDose]:
    """What was given in the patient's completed sessions, as scheduling told it."""
    rows = select(Treatment).where(
        Treatment.patient_id == patient_id, Treatment.organisation_id == uow.organisation_id
    )  # fmt: skip
    return {
        row.session_id: uow.open_column("treatment", "delivered", row.session_id, row.delivered, DeliveredDose)
        for row in await uow.session.exec(rows)
    }


async def sought_by(uow: UnitOfWork, patient_id: UUID) -> str | None:
    """What the patient last said treatment is sought for."""
    rows = _about(uow, Questionnaire, patient_id)
    newest = rows.order_by(col(Questionnaire.answered_at).desc(), col(Questionnaire.id).desc())
    for row in await uow.session.exec(newest):
        said = uow.open_column("questionnaire", "answers", row.id, row.answers, HealthAnswers).primary_indication
        if isinstance(said, Indication):
            return said.value
    return None


async def public_clinic(uow: UnitOfWork, clinic_id: UUID) -> ClinicFile:
    """To the public a clinic without a file in force does not exist. Raises NOT_FOUND."""
    try:
        return (await active_clinic(uow, clinic_id)).file
    except Problem as problem:
        raise (NOT_FOUND() if problem.kind is NO_CLINIC_FILE else problem) from None
