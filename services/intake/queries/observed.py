"""Measurements, questionnaires and filled instruments of a patient as they were recorded, wrong ones with what took
their place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlmodel import col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from services.intake.domain.observations import Pressure
from services.intake.models import (
    Assessment,
    Correction,
    Patient,
    Questionnaire,
    QuestionnaireCorrection,
    Reading,
    ReadingCorrection,
)
from services.intake.records import SOURCES, about, answers_of, patient_of, result_of, value_of
from services.intake.schemas.observed import (
    FilledView,
    PressureView,
    QuestionnaireView,
    ReadingKind,
    ReadingView,
    SupersededView,
)
from services.intake.views import Wall, wall_of
from shared.db.unit_of_work import UnitOfWork
from shared.http import Page, Paging, page

CARE = ("nurse", "clinician")
_UNITS: dict[str, Literal["kg", "cm", "per minute"]] = {"WEIGHT": "kg", "HEIGHT": "cm", "HEART_RATE": "per minute"}
Wrong = ReadingCorrection | QuestionnaireCorrection | Correction


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which readings: of a kind, taken from one time on and before another; None: all."""

    kind: ReadingKind | None = None
    taken_from: datetime | None = None
    taken_before: datetime | None = None


async def list_readings(uow: UnitOfWork, patient_id: UUID, wanted: Wanted, paging: Paging) -> Page[ReadingView]:
    """What was measured, the newest first; what was corrected or taken back stands there too.

    Raises NOT_FOUND, FORBIDDEN, CURSOR_INVALID.
    """
    patient = await patient_of(uow, patient_id, *CARE)
    scope = ("readings", patient.id, wanted.kind, wanted.taken_from, wanted.taken_before)
    after = paging.after(uow, *scope)
    rows = _wanted(about(uow, Reading, patient.id), wanted)
    if after is not None:
        at, before = datetime.fromisoformat(after[0]), UUID(after[1])
        same_time = (col(Reading.taken_at) == at) & (col(Reading.id) < before)
        rows = rows.where((col(Reading.taken_at) < at) | same_time)
    newest = rows.order_by(col(Reading.taken_at).desc(), col(Reading.id).desc()).limit(paging.fetch)
    found = (await uow.session.exec(newest)).all()
    ids = [row.id for row in found]
    marks = select(ReadingCorrection).where(
        ReadingCorrection.organisation_id == uow.organisation_id,
        or_(col(ReadingCorrection.reading_id).in_(ids), col(ReadingCorrection.replaced_by).in_(ids)),
    )
    known = _Corrections((await uow.session.exec(marks)).all(), await wall_of(uow, patient))
    await _audit_read(uow, "reading", patient)
    views = [_reading(uow, row, known) for row in found]
    return page(uow, views, paging, lambda view: (view.taken_at.utc, view.id), *scope)


def _wanted(rows: SelectOfScalar[Reading], wanted: Wanted) -> SelectOfScalar[Reading]:
    if wanted.kind is not None:
        rows = rows.where(Reading.kind == wanted.kind)
    if wanted.taken_from is not None:
        rows = rows.where(Reading.taken_at >= wanted.taken_from)
    if wanted.taken_before is not None:
        rows = rows.where(Reading.taken_at < wanted.taken_before)
    return rows


async def list_questionnaires(uow: UnitOfWork, patient_id: UUID, paging: Paging) -> Page[QuestionnaireView]:
    """Answers to health questions, the newest first; what was corrected or taken back stands there too.

    Raises NOT_FOUND, FORBIDDEN, CURSOR_INVALID.
    """
    patient = await patient_of(uow, patient_id, *CARE)
    after = paging.after(uow, "questionnaires", patient.id)
    rows = about(uow, Questionnaire, patient.id)
    if after is not None:
        at, before = datetime.fromisoformat(after[0]), UUID(after[1])
        same_time = (col(Questionnaire.answered_at) == at) & (col(Questionnaire.id) < before)
        rows = rows.where((col(Questionnaire.answered_at) < at) | same_time)
    newest = rows.order_by(col(Questionnaire.answered_at).desc(), col(Questionnaire.id).desc()).limit(paging.fetch)
    found = (await uow.session.exec(newest)).all()
    ids = [row.id for row in found]
    marks = select(QuestionnaireCorrection).where(
        QuestionnaireCorrection.organisation_id == uow.organisation_id,
        or_(col(QuestionnaireCorrection.questionnaire_id).in_(ids), col(QuestionnaireCorrection.replaced_by).in_(ids)),
    )
    known = _Corrections((await uow.session.exec(marks)).all(), await wall_of(uow, patient))
    await _audit_read(uow, "questionnaire", patient)
    views = [_questionnaire(uow, row, known) for row in found]
    return page(uow, views, paging, lambda view: (view.answered_at.utc, view.id), "questionnaires", patient.id)


async def list_assessments(
    uow: UnitOfWork, patient_id: UUID, instrument: str | None, paging: Paging
) -> Page[FilledView]:
    """Filled instruments with every answer, of one kind or all, the newest first; what was corrected stands there too.

    Raises NOT_FOUND, FORBIDDEN, CURSOR_INVALID.
    """
    patient = await patient_of(uow, patient_id, *CARE)
    after = paging.after(uow, "assessments", patient.id, instrument)
    rows = about(uow, Assessment, patient.id)
    if instrument is not None:
        rows = rows.where(Assessment.instrument == instrument)
    if after is not None:
        at, before = datetime.fromisoformat(after[0]), UUID(after[1])
        same_time = (col(Assessment.recorded_at) == at) & (col(Assessment.id) < before)
        rows = rows.where((col(Assessment.recorded_at) < at) | same_time)
    newest = rows.order_by(col(Assessment.recorded_at).desc(), col(Assessment.id).desc()).limit(paging.fetch)
    found = (await uow.session.exec(newest)).all()
    ids = [row.id for row in found]
    marks = select(Correction).where(
        Correction.organisation_id == uow.organisation_id,
        or_(col(Correction.assessment_id).in_(ids), col(Correction.replaced_by).in_(ids)),
    )
    known = _Corrections((await uow.session.exec(marks)).all(), await wall_of(uow, patient))
    await _audit_read(uow, "assessment", patient)
    views = [_filled(uow, row, known) for row in found]
    return page(uow, views, paging, lambda view: (view.recorded_at.utc, view.id), "assessments", patient.id, instrument)


class _Corrections:
    """What is known of corrections, by what was wrong and by what came in its place."""

    def __init__(self, rows: Sequence[Wrong], wall: Wall) -> None:
        self.wall = wall
        self._of = {_wrong_id(row): row for row in rows}
        self._by = {row.replaced_by: _wrong_id(row) for row in rows}

    def supersedes(self, row_id: UUID) -> UUID | None:
        return self._by.get(row_id)

    def of(self, row_id: UUID) -> SupersededView | None:
        found = self._of.get(row_id)
        if found is None:
            return None
        return SupersededView(
            superseded_by=found.replaced_by, corrected_at=self.wall.at(found.corrected_at),
            corrected_by=found.corrected_by, reason_code=found.reason_code,
        )  # fmt: skip


def _wrong_id(row: Wrong) -> UUID:
    if isinstance(row, Correction):
        return row.assessment_id
    return row.reading_id if isinstance(row, ReadingCorrection) else row.questionnaire_id


def _reading(uow: UnitOfWork, row: Reading, known: _Corrections) -> ReadingView:
    value = value_of(uow, row)
    return ReadingView(
        id=row.id, patient_id=row.patient_id, clinic_id=row.clinic_id, kind=row.kind,
        taken_at=known.wall.at(row.taken_at), recorded_at=known.wall.at(row.recorded_at), recorded_by=row.recorded_by,
        blood_pressure=PressureView(**value.model_dump()) if isinstance(value, Pressure) else None,
        amount=None if isinstance(value, Pressure) else value.amount, unit=_UNITS.get(row.kind),
        supersedes=known.supersedes(row.id), correction=known.of(row.id),
    )  # fmt: skip


def _questionnaire(uow: UnitOfWork, row: Questionnaire, known: _Corrections) -> QuestionnaireView:
    return QuestionnaireView(
        id=row.id, patient_id=row.patient_id, clinic_id=row.clinic_id, answered_at=known.wall.at(row.answered_at),
        source=SOURCES[row.source], recorded_by=row.recorded_by,
        answers=answers_of(uow, row).model_dump(mode="json", exclude_defaults=True),
        supersedes=known.supersedes(row.id), correction=known.of(row.id),
    )  # fmt: skip


def _filled(uow: UnitOfWork, row: Assessment, known: _Corrections) -> FilledView:
    result = result_of(uow, row)
    return FilledView(
        id=row.id, patient_id=row.patient_id, clinic_id=row.clinic_id, instrument=row.instrument,
        recorded_at=known.wall.at(row.recorded_at), source=SOURCES[row.source], recorded_by=row.recorded_by,
        answers=result.answers, score=result.score, difficulty=result.difficulty,
        supersedes=known.supersedes(row.id), correction=known.of(row.id),
    )  # fmt: skip


async def _audit_read(uow: UnitOfWork, resource: str, patient: Patient) -> None:
    await uow.audit("read", resource, patient.id, patient_id=patient.id, clinic_id=patient.clinic_id)
