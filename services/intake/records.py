"""How intake's rows are read and opened: patients under lock, newest decisions. What they are made from: `history`."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar, get_args
from uuid import UUID

from sqlalchemy import Row
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from services.intake.domain.instruments import InstrumentResult
from services.intake.domain.observations import HealthAnswers, Pressure, Quantity, Source
from services.intake.domain.order import SignedOrder
from services.intake.domain.person import Person
from services.intake.domain.phq9 import PHQ9, Phq9Result
from services.intake.domain.plan import Proposal
from services.intake.domain.review import Review as ReviewContent
from services.intake.domain.screening import Decision
from services.intake.glass import require_open
from services.intake.models import (
    Assessment,
    Correction,
    DoseOrder,
    DoseProposal,
    Patient,
    Questionnaire,
    QuestionnaireCorrection,
    Reading,
    ReadingCorrection,
    Review,
    Screening,
)
from shared.aliases import looked_up, of_person, people
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.store import NO_CLINIC_FILE, active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_patient, require_role
from shared.problems import NOT_FOUND, Problem

SOURCES: dict[str, Source] = {source: source for source in get_args(Source)}
R = TypeVar("R", Questionnaire, Assessment, Reading, Screening, Review)
_STANDING = """
SELECT s.*, EXISTS (SELECT 1 FROM review r WHERE r.screening_id = s.id AND r.organisation_id = $2) AS reviewed
FROM (
  SELECT DISTINCT ON (patient_id, clinic_id)
    id, organisation_id, clinic_id, patient_id, version, screened_at, rule_set_hash, decision
  FROM screening
  WHERE patient_id = ANY ($1) AND organisation_id = $2 AND ($3::uuid IS NULL OR clinic_id = $3)
  ORDER BY patient_id, clinic_id, version DESC) s
"""


def about(uow: UnitOfWork, table: type[R], patient_id: UUID) -> SelectOfScalar[R]:
    """Rows of one person of the caller's organisation, under every merged id."""
    return select(table).where(of_person(table.patient_id, patient_id), table.organisation_id == uow.organisation_id)


def assessments_of(uow: UnitOfWork, patient_id: UUID) -> SelectOfScalar[Assessment]:
    """The filled instruments of one person that count: without those that a correction took the place of."""
    corrected = select(Correction.id).where(Correction.assessment_id == Assessment.id)
    return about(uow, Assessment, patient_id).where(~corrected.exists())


def questionnaires_of(uow: UnitOfWork, patient_id: UUID) -> SelectOfScalar[Questionnaire]:
    """The questionnaires of one person that count, in the same way."""
    corrected = select(QuestionnaireCorrection.id).where(QuestionnaireCorrection.questionnaire_id == Questionnaire.id)
    return about(uow, Questionnaire, patient_id).where(~corrected.exists())


def readings_of(uow: UnitOfWork, patient_id: UUID) -> SelectOfScalar[Reading]:
    """The measurements of one person that count, in the same way; what was taken back does not."""
    corrected = select(ReadingCorrection.id).where(ReadingCorrection.reading_id == Reading.id)
    return about(uow, Reading, patient_id).where(~corrected.exists())


def result_of(uow: UnitOfWork, row: Assessment) -> Phq9Result | InstrumentResult:
    if row.instrument == PHQ9:
        return uow.open_column("assessment", "result", row.id, row.result, Phq9Result)
    return uow.open_column("assessment", "result", row.id, row.result, InstrumentResult)


def answers_of(uow: UnitOfWork, row: Questionnaire) -> HealthAnswers:
    return uow.open_column("questionnaire", "answers", row.id, row.answers, HealthAnswers)


def value_of(uow: UnitOfWork, row: Reading) -> Pressure | Quantity:
    if row.kind == "BLOOD_PRESSURE":
        return uow.open_column("reading", "value", row.id, row.value, Pressure)
    return uow.open_column("reading", "value", row.id, row.value, Quantity)


async def patient_of(uow: UnitOfWork, patient_id: UUID, *roles: str) -> Patient:
    """The patient, to read: staff needs one of `roles` anywhere in the organisation, and an open record.

    Raises NOT_FOUND, FORBIDDEN, RECORD_CLOSED.
    """
    return await _patient(uow, patient_id, roles, lock=False)


async def locked_patient(uow: UnitOfWork, patient_id: UUID, *roles: str) -> Patient:
    """The patient, to change something about: locked first, so that everything about one patient happens in turn.

    Whoever was merged into another record is that one: what happens from now on is written there.
    """
    return await _patient(uow, patient_id, roles, lock=True)


async def locked_person(uow: UnitOfWork, patient_id: UUID) -> Patient | None:
    """The same without asking who acts, for events and timers; None of whom nothing is known here yet."""
    patient = await locked_record(uow, patient_id)
    if patient is None:
        return None
    survivor_id = (await looked_up(uow, [patient_id]))[patient_id].survivor_id
    return patient if survivor_id == patient_id else await locked_record(uow, survivor_id)


async def locked_record(uow: UnitOfWork, patient_id: UUID) -> Patient | None:
    """One record alone, locked. Whoever locks two of one person locks the absorbed one first."""
    mine = select(Patient).where(Patient.id == patient_id, Patient.organisation_id == uow.organisation_id)
    fresh = mine.with_for_update().execution_options(populate_existing=True)
    return (await uow.session.exec(fresh)).one_or_none()


async def locked_free(uow: UnitOfWork, patient_ids: Collection[UUID]) -> list[Patient]:
    """Of several people those whom nobody else is at, and whose record is merged into no other, all locked at once.

    It waits for nobody, so it stands in no circle of waiting, in whatever order others lock. Who is left out is dealt
    with alone, by `locked_person`.
    """
    mine = select(Patient).where(col(Patient.id).in_(patient_ids), Patient.organisation_id == uow.organisation_id)
    free = mine.order_by(col(Patient.id)).with_for_update(skip_locked=True)
    patients = (await uow.session.exec(free.execution_options(populate_existing=True))).all()
    who = await looked_up(uow, [patient.id for patient in patients])
    return [patient for patient in patients if who[patient.id].survivor_id == patient.id]


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
    mine = select(Patient).where(Patient.id == patient_id, Patient.organisation_id == uow.organisation_id)
    patient = await locked_person(uow, patient_id) if lock else (await uow.session.exec(mine)).one_or_none()
    if patient is None:
        raise NOT_FOUND()
    if not lock:
        await require_open(uow, patient_id)
    return patient


def person_of(uow: UnitOfWork, patient: Patient) -> Person:
    return uow.open_column("patient", "identity", patient.id, patient.identity, Person)


class Standing(NamedTuple):
    """The screening that stands at a clinic, and whether a clinician has reviewed it."""

    row: Screening
    reviewed: bool


async def standings_of(
    uow: UnitOfWork, patient_ids: Collection[UUID], clinic_id: UUID | None = None
) -> dict[UUID, Mapping[UUID, Standing]]:
    """Of several at once, by one statement: what stands at every clinic that screened them, or at one.

    The rows are for reading: nothing is ever changed in a screening, so no session needs to follow them.
    """
    await uow.session.flush()
    who = await people(uow, patient_ids)
    records = sorted({record for one in who.values() for record in one.ids})
    found: dict[UUID, list[Row[Any]]] = defaultdict(list)
    for row in await uow.sql(_STANDING, records, uow.organisation_id, clinic_id):
        found[row.patient_id].append(row)
    return {one: _newest(row for record in who[one].ids for row in found[record]) for one in patient_ids}


def _newest(rows: Iterable[Row[Any]]) -> Mapping[UUID, Standing]:
    """Of each clinic, whichever of the merged ids it was written under."""
    newest = {row.clinic_id: row for row in sorted(rows, key=lambda row: int(row.version))}
    return {clinic_id: _standing(row) for clinic_id, row in newest.items()}


def _standing(row: Row[Any]) -> Standing:
    columns = row._asdict()
    reviewed = bool(columns.pop("reviewed"))
    return Standing(Screening(**columns), reviewed)


async def newest_screening(uow: UnitOfWork, patient_id: UUID, clinic_id: UUID) -> Screening | None:
    """The screening that stands under a clinic's rules."""
    rows = about(uow, Screening, patient_id).where(Screening.clinic_id == clinic_id)
    return (await uow.session.exec(rows.order_by(col(Screening.version).desc()).limit(1))).one_or_none()


async def standing_screenings(uow: UnitOfWork, patient_id: UUID, clinic_id: UUID) -> list[Screening]:
    """The newest screening at a clinic of each record that is this person, the newest of all last."""
    rows = about(uow, Screening, patient_id).where(Screening.clinic_id == clinic_id)
    newest = {row.patient_id: row for row in await uow.session.exec(rows.order_by(col(Screening.version)))}
    return sorted(newest.values(), key=lambda row: row.version)


async def screened_clinics(uow: UnitOfWork, patient_id: UUID) -> set[UUID]:
    """The clinics under whose rules the patient was screened."""
    rows = select(Screening.clinic_id).where(
        of_person(Screening.patient_id, patient_id), Screening.organisation_id == uow.organisation_id
    )
    return set(await uow.session.exec(rows.distinct()))


async def newest_review(uow: UnitOfWork, screening: Screening) -> Review | None:
    """The review of a screening that holds."""
    rows = about(uow, Review, screening.patient_id).where(Review.screening_id == screening.id)
    return (await uow.session.exec(rows.order_by(col(Review.version).desc()).limit(1))).one_or_none()


def decision_of(uow: UnitOfWork, screening: Screening) -> Decision:
    return uow.open_column("screening", "decision", screening.id, screening.decision, Decision)


def order_of(uow: UnitOfWork, order: DoseOrder) -> SignedOrder:
    return uow.open_column("dose_order", "content", order.id, order.content, SignedOrder)


def proposal_of(uow: UnitOfWork, row: DoseProposal) -> Proposal:
    return uow.open_column("dose_proposal", "content", row.id, row.content, Proposal)


def review_of(uow: UnitOfWork, review: Review) -> ReviewContent:
    return uow.open_column("review", "review", review.id, review.review, ReviewContent)


async def public_clinic(uow: UnitOfWork, clinic_id: UUID) -> ClinicFile:
    """To the public a clinic without a file in force does not exist. Raises NOT_FOUND."""
    try:
        return (await active_clinic(uow, clinic_id)).file
    except Problem as problem:
        raise (NOT_FOUND() if problem.kind is NO_CLINIC_FILE else problem) from None
