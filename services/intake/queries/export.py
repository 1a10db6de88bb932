"""Everything that intake holds about a patient, opened, for a copy of the record (domain H.3)."""

import json
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Table, select
from sqlmodel import col

from services.intake.models import DraftAnswer, FormDraft, Lead, LoginLink, Patient, PatientIndex, Row
from services.intake.records import patient_of
from services.intake.schemas.people import ExportView
from services.intake.views import wall_of
from shared.aliases import of_person
from shared.db.unit_of_work import UnitOfWork
from shared.sealing import is_sealed, row_place

EXPORTERS = ("clinician", "admin")
LEFT_OUT = {PatientIndex.__tablename__, LoginLink.__tablename__}
"""What says nothing about anybody: keyed digests for searching, digests of login links."""
_BY_OWN_ID = {Patient.__tablename__, Lead.__tablename__}  # a lead becomes the patient under the same id


async def export_patient(uow: UnitOfWork, patient_id: UUID, reason: str) -> ExportView:
    """Every row about the patient, by table, as it stands now. Raises NOT_FOUND, FORBIDDEN.

    A sealed value that cannot be opened ends the export with an error: a copy is whole or it is none.
    """
    patient = await patient_of(uow, patient_id, *EXPORTERS)
    await uow.audit(
        "export", "patient", patient.id, patient_id=patient.id, clinic_id=patient.clinic_id, version=patient.version,
        reason=reason,
    )  # fmt: skip
    records = {table.name: await _rows(uow, table, patient.id) for table in exported()}
    return ExportView(patient_id=patient.id, exported_at=(await wall_of(uow, patient)).at(uow.now), records=records)


def exported() -> list[Table]:
    """The tables that hold something about a patient, by name."""
    further = _BY_OWN_ID | {DraftAnswer.__tablename__}
    tables = [t for t in Row.metadata.tables.values() if "patient_id" in t.columns or t.name in further]
    return sorted((table for table in tables if table.name not in LEFT_OUT), key=lambda table: table.name)


async def _rows(uow: UnitOfWork, table: Table, patient_id: UUID) -> list[dict[str, Any]]:
    """In the order in which their keys were made."""
    keys = list(table.primary_key.columns)
    ours = table.columns["organisation_id"] == uow.organisation_id
    wanted = select(table).where(ours, _about(table, patient_id)).order_by(*keys)
    found = await (await uow.session.connection()).execute(wanted)
    return [_opened(uow, table.name, row[keys[0].name], row) for row in found.mappings()]


def _about(table: Table, patient_id: UUID) -> ColumnElement[bool]:
    if table.name in _BY_OWN_ID:
        return of_person(table.columns["id"], patient_id)
    if table.name == DraftAnswer.__tablename__:
        drafts = select(col(FormDraft.id)).where(of_person(FormDraft.patient_id, patient_id))
        return table.columns["draft_id"].in_(drafts)
    return of_person(table.columns["patient_id"], patient_id)


def _opened(uow: UnitOfWork, table: str, key: object, row: RowMapping) -> dict[str, Any]:
    def plain(column: str, value: Any) -> Any:
        return json.loads(uow.service.keyring.open(row_place(table, column, key), value)) if is_sealed(value) else value

    return {column: plain(column, value) for column, value in row.items()}
