"""Everything on record about a person that decisions are made from, under every merged id."""

from collections.abc import Iterable
from uuid import UUID

from sqlmodel import col, select

from services.intake.domain.consenting import Signed
from services.intake.domain.facts import Consented, Enrolled, History
from services.intake.domain.formulary import formulary_of
from services.intake.domain.instrumentfacts import Filled
from services.intake.domain.instruments import CATALOGUE, InstrumentResult
from services.intake.domain.medications import Medication
from services.intake.domain.mednotes import MedicationNote, notes_for
from services.intake.domain.observations import (
    Answered,
    HealthAnswers,
    Indication,
    Item9,
    Pressure,
    PressureReading,
    Quantity,
    QuantityReading,
)
from services.intake.domain.phq9 import PHQ9, Phq9Result
from services.intake.models import (
    Assessment,
    Consent,
    Enrolment,
    Patient,
    Questionnaire,
    Reading,
    Treatment,
)
from services.intake.records import SOURCES, assessments_of, person_of, questionnaires_of, readings_of
from shared.aliases import of_person
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import DeliveredDose, Modality

REMS = "REMS"


async def allergies_of(uow: UnitOfWork, patient: Patient) -> tuple[str, ...]:
    """The allergies of every record that is this person: none is forgotten by a merge."""
    own = of_person(Patient.id, patient.id)
    records = await uow.session.exec(select(Patient).where(own, Patient.organisation_id == uow.organisation_id))
    known = [*person_of(uow, patient).allergies, *(a for one in records for a in person_of(uow, one).allergies)]
    return tuple(dict.fromkeys(known))


async def history_of(uow: UnitOfWork, patient: Patient) -> History:
    """Everything on record that screening looks at, newest first."""
    person = person_of(uow, patient)
    readings = await _readings(uow, patient)
    return History(
        birth_date=person.birth_date,
        sex_at_birth=person.sex_at_birth,
        registered_at=patient.registered_at,
        allergies=await allergies_of(uow, patient),
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
        of_person(Consent.patient_id, patient.id), Consent.organisation_id == uow.organisation_id,
        Consent.state == "SIGNED",
    )  # fmt: skip
    return [Consented(*row) for row in await uow.session.exec(rows.order_by(col(Consent.signed_at).desc()))]


async def _enrolment(uow: UnitOfWork, patient: Patient) -> Enrolled | None:
    row = select(Enrolment).where(
        of_person(Enrolment.patient_id, patient.id), Enrolment.organisation_id == uow.organisation_id,
        Enrolment.programme == REMS,
    )  # fmt: skip
    found = (await uow.session.exec(row.order_by(col(Enrolment.changed_at).desc()).limit(1))).first()
    return Enrolled(found.state == "ENROLLED", found.changed_at) if found else None


async def _questionnaires(uow: UnitOfWork, patient: Patient) -> list[Answered]:
    rows = await uow.session.exec(
        questionnaires_of(uow, patient.id).order_by(col(Questionnaire.answered_at).desc(), col(Questionnaire.id).desc())
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
        assessments_of(uow, patient.id)
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
        assessments_of(uow, patient.id)
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
        readings_of(uow, patient.id).order_by(
            col(Reading.taken_at).desc(), col(Reading.recorded_at).desc(), col(Reading.id).desc()
        )
    )
    return list(rows)


def _quantities(uow: UnitOfWork, readings: list[Reading], kind: str) -> list[QuantityReading]:
    return [
        QuantityReading(
            id=row.id, at=row.taken_at, quantity=uow.open_column("reading", "value", row.id, row.value, Quantity)
        )
        for row in readings
        if row.kind == kind
    ]


async def medications_of(uow: UnitOfWork, patient_id: UUID) -> tuple[Medication, ...] | None:
    """The list of medications that was given last; None: nobody ever gave one."""
    rows = questionnaires_of(uow, patient_id)
    newest = rows.order_by(col(Questionnaire.answered_at).desc(), col(Questionnaire.id).desc())
    for row in await uow.session.exec(newest):
        said = uow.open_column("questionnaire", "answers", row.id, row.answers, HealthAnswers).medications
        if isinstance(said, tuple):
            return said
    return None


async def medication_notes(
    uow: UnitOfWork, patient_id: UUID, clinic_id: UUID, modalities: Iterable[Modality]
) -> tuple[MedicationNote, ...]:
    """What MED-08 to MED-13 tell of that list, by the clinic's table."""
    file = (await active_clinic(uow, clinic_id)).file
    return notes_for(await medications_of(uow, patient_id), formulary_of(file), modalities)


async def signatures_of(uow: UnitOfWork, patient: Patient) -> list[Signed]:
    """Every signature under a document, revoked ones too."""
    rows = select(Consent).where(
        of_person(Consent.patient_id, patient.id), Consent.organisation_id == uow.organisation_id
    )  # fmt: skip
    return [
        Signed(row.id, row.document, row.document_version, row.signed_at, row.valid_until, row.revoked_at)
        for row in await uow.session.exec(rows)
    ]


async def treatments_of(uow: UnitOfWork, patient_id: UUID) -> dict[UUID, DeliveredDose]:
    """What was given in the patient's completed sessions, as scheduling told it."""
    rows = select(Treatment).where(
        of_person(Treatment.patient_id, patient_id), Treatment.organisation_id == uow.organisation_id
    )  # fmt: skip
    return {
        row.session_id: uow.open_column("treatment", "delivered", row.session_id, row.delivered, DeliveredDose)
        for row in await uow.session.exec(rows)
    }


async def sought_by(uow: UnitOfWork, patient_id: UUID) -> str | None:
    """What the patient last said treatment is sought for."""
    rows = questionnaires_of(uow, patient_id)
    newest = rows.order_by(col(Questionnaire.answered_at).desc(), col(Questionnaire.id).desc())
    for row in await uow.session.exec(newest):
        said = uow.open_column("questionnaire", "answers", row.id, row.answers, HealthAnswers).primary_indication
        if isinstance(said, Indication):
            return said.value
    return None
