"""Everything on record about a person that decisions are made from, under every merged id."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Row
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
from services.intake.domain.person import Person
from services.intake.domain.phq9 import PHQ9, Phq9Result
from services.intake.models import Consent, Patient, Questionnaire, Treatment
from services.intake.records import SOURCES, person_of, questionnaires_of
from shared.aliases import of_person, people
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import DeliveredDose, Modality

M = TypeVar("M", bound=BaseModel)
OnRecord = defaultdict[str, list[Row[Any]]]
_INSTRUMENTS = [PHQ9, *map(str, CATALOGUE)]
_SEALED = {"patient": "identity", "questionnaire": "answers", "assessment": "result", "reading": "value"}
_ON_RECORD = """
SELECT 'questionnaire' AS kept_in, patient_id, id, answered_at AS seen_at, NULL::timestamptz AS recorded_at, source,
  NULL::text AS kind, answers AS content
FROM questionnaire q WHERE patient_id = ANY ($1) AND organisation_id = $2
  AND NOT EXISTS (SELECT 1 FROM questionnaire_correction c WHERE c.questionnaire_id = q.id)
UNION ALL
SELECT 'assessment', patient_id, id, recorded_at, NULL::timestamptz, source, instrument, result
FROM assessment a WHERE patient_id = ANY ($1) AND organisation_id = $2 AND instrument = ANY ($3::varchar[])
  AND NOT EXISTS (SELECT 1 FROM correction c WHERE c.assessment_id = a.id)
UNION ALL
SELECT 'reading', patient_id, id, taken_at, recorded_at, NULL::text, kind, value
FROM reading r WHERE patient_id = ANY ($1) AND organisation_id = $2
  AND NOT EXISTS (SELECT 1 FROM reading_correction c WHERE c.reading_id = r.id)
UNION ALL
SELECT 'consent', patient_id, id, signed_at, NULL::timestamptz, NULL::text, document, document_version
FROM consent WHERE patient_id = ANY ($1) AND organisation_id = $2 AND state = 'SIGNED'
UNION ALL
SELECT 'enrolment', patient_id, id, changed_at, NULL::timestamptz, NULL::text, programme, state
FROM enrolment WHERE patient_id = ANY ($1) AND organisation_id = $2 AND programme = 'REMS'
UNION ALL
SELECT 'patient', id, id, registered_at, NULL::timestamptz, NULL::text, NULL::text, identity
FROM patient WHERE id = ANY ($4) AND organisation_id = $2
ORDER BY seen_at DESC, recorded_at DESC, id DESC
"""
"""One statement for everything, newest first: asked one by one, most of the time goes into the asking."""


async def history_of(uow: UnitOfWork, patient: Patient) -> History:
    """Everything on record that screening looks at, newest first."""
    return (await histories_of(uow, [patient]))[patient.id]


async def histories_of(uow: UnitOfWork, patients: Sequence[Patient]) -> dict[UUID, History]:
    """The same of several patients, by their ids; however many they are, two statements read it.

    What this transaction wrote itself counts. Raises CannotOpen, ValidationError for what cannot be read of anyone.
    """
    await uow.session.flush()
    who = await people(uow, [patient.id for patient in patients])
    merged = sorted({record for one in who.values() if len(one.ids) > 1 for record in one.ids})
    records = sorted({record for one in who.values() for record in one.ids})
    owners: dict[UUID, list[UUID]] = defaultdict(list)
    for patient_id, one in who.items():
        for record in one.ids:
            owners[record].append(patient_id)
    found: dict[UUID, OnRecord] = {patient.id: defaultdict(list) for patient in patients}
    for row in await uow.sql(_ON_RECORD, records, uow.organisation_id, _INSTRUMENTS, merged):
        for patient_id in owners[row.patient_id]:
            found[patient_id][row.kept_in].append(row)
    return {patient.id: _history(uow, patient, found[patient.id]) for patient in patients}


def _history(uow: UnitOfWork, patient: Patient, rows: OnRecord) -> History:
    person, readings = person_of(uow, patient), rows["reading"]
    return History(
        birth_date=person.birth_date,
        sex_at_birth=person.sex_at_birth,
        registered_at=patient.registered_at,
        allergies=_allergies(uow, patient, person, rows["patient"]),
        questionnaires=[
            Answered(at=row.seen_at, source=SOURCES[row.source], answers=_open(uow, row, HealthAnswers))
            for row in rows["questionnaire"]
        ],
        item9=[_item9(uow, row) for row in rows["assessment"] if row.kind == PHQ9],
        pressures=[
            PressureReading(at=row.seen_at, pressure=_open(uow, row, Pressure))
            for row in readings
            if row.kind == "BLOOD_PRESSURE"
        ],
        weights=_quantities(uow, readings, "WEIGHT"),
        heights=_quantities(uow, readings, "HEIGHT"),
        heart_rates=_quantities(uow, readings, "HEART_RATE"),
        asa_classes=_quantities(uow, readings, "ASA_CLASS"),
        instruments=[
            Filled(at=row.seen_at, source=SOURCES[row.source], result=_open(uow, row, InstrumentResult))
            for row in rows["assessment"]
            if row.kind != PHQ9
        ],
        consents=[Consented(row.kind, row.content, row.seen_at) for row in rows["consent"]],
        enrolment=next((Enrolled(row.content == "ENROLLED", row.seen_at) for row in rows["enrolment"]), None),
    )


def _open(uow: UnitOfWork, row: Row[Any], model: type[M]) -> M:
    return uow.open_column(row.kept_in, _SEALED[row.kept_in], row.id, row.content, model)


def _allergies(uow: UnitOfWork, patient: Patient, person: Person, records: Iterable[Row[Any]]) -> tuple[str, ...]:
    """The allergies of every record that is this person: none is forgotten by a merge."""
    others = [_open(uow, row, Person).allergies for row in records if row.id != patient.id]
    return tuple(dict.fromkeys((*person.allergies, *(allergy for listed in others for allergy in listed))))


def _item9(uow: UnitOfWork, row: Row[Any]) -> Item9:
    points = _open(uow, row, Phq9Result).score.item9
    return Item9(at=row.seen_at, source=SOURCES[row.source], points=points)


def _quantities(uow: UnitOfWork, readings: Iterable[Row[Any]], kind: str) -> list[QuantityReading]:
    return [
        QuantityReading(id=row.id, at=row.seen_at, quantity=_open(uow, row, Quantity))
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
