"""How a patient's course goes: what is due, scores with treatments beside them, check-ins, reflections."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal, TypeVar
from uuid import UUID

from sqlmodel import col, select

from services.intake.domain.checkin import CheckInAnswers
from services.intake.domain.due import CHECK_IN, Occasion, given_by_staff
from services.intake.domain.instruments import InstrumentCode, InstrumentResult, Score
from services.intake.domain.outcomes import Total, baseline_of, change_from, mean_change_from
from services.intake.domain.phq9 import PHQ9, Phq9Result, Phq9Score
from services.intake.models import Assessment, CheckIn, Correction, DueItem, Patient, Reflection, Treatment
from services.intake.records import assessments_of, patient_of, result_of
from services.intake.schemas.course import (
    AssessmentDueView,
    CheckInView,
    DueView,
    IntakeAssessmentView,
    OutcomeEntry,
    ReflectionView,
)
from services.intake.views import Wall, check_in_view, instrument_of, reflection_view, wall_of
from shared.aliases import of_person
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import DeliveredDose
from shared.http import Page, Paging, page

CARE = ("nurse", "clinician")
DESK = ("frontdesk", *CARE)
OLD = (PHQ9, CHECK_IN)
"""What `listDue` told from the beginning; its clients know nothing else."""
INTERFERENCE = "INTERFERENCE"
T = TypeVar("T")
AnyScore = Phq9Score | Score
AnyResult = Phq9Result | InstrumentResult
R = TypeVar("R", CheckIn, Correction, Reflection, Treatment)


async def list_due(uow: UnitOfWork, patient_id: UUID, paging: Paging) -> Page[DueView]:
    """PHQ-9s and check-ins that a patient is to answer now, oldest first; what is late stays here.

    Raises NOT_FOUND, FORBIDDEN, CURSOR_INVALID.
    """
    patient = await _read(uow, patient_id, "due_item", *DESK)
    old = [DueView(**one.model_dump(exclude={"by_staff"})) for one in await _due(uow, patient) if one.instrument in OLD]
    return _page(uow, old, lambda item: (item.opens_at.utc, item.id), paging, "due", patient.id)


async def list_assessments_due(uow: UnitOfWork, patient_id: UUID, paging: Paging) -> Page[AssessmentDueView]:
    """Everything that is to be answered now, oldest first; what is late stays here. Raises as `list_due`."""
    patient = await _read(uow, patient_id, "due_item", *DESK)
    items = await _due(uow, patient)
    return _page(uow, items, lambda item: (item.opens_at.utc, item.id), paging, "assessments-due", patient.id)


async def _due(uow: UnitOfWork, patient: Patient) -> list[AssessmentDueView]:
    opened = select(DueItem).where(
        of_person(DueItem.patient_id, patient.id), DueItem.organisation_id == uow.organisation_id,
        col(DueItem.state).in_(("PLANNED", "OPEN")), DueItem.opens_at <= uow.now,
        DueItem.occasion != Occasion.INTAKE,
    )  # fmt: skip
    wall = await wall_of(uow, patient)
    rows = [(row, row.appointment_id) for row in await uow.session.exec(opened)]
    return [_due_view(row, appointment, wall, uow.now) for row, appointment in rows if appointment is not None]


async def list_intake_assessments(uow: UnitOfWork, patient_id: UUID, paging: Paging) -> Page[IntakeAssessmentView]:
    """What is asked before the first session, answered or not, oldest first. Raises as `list_due`."""
    patient = await _read(uow, patient_id, "due_item", *DESK)
    asked = select(DueItem).where(
        of_person(DueItem.patient_id, patient.id), DueItem.organisation_id == uow.organisation_id,
        DueItem.occasion == Occasion.INTAKE, DueItem.state != "DROPPED",
    )  # fmt: skip
    wall = await wall_of(uow, patient)
    views = [_at_intake(row, wall, uow.now) for row in await uow.session.exec(asked)]
    return _page(uow, views, lambda item: (item.opens_at.utc, item.id), paging, "intake-assessments", patient.id)


def _due_view(row: DueItem, appointment_id: UUID, wall: Wall, now: datetime) -> AssessmentDueView:
    instrument = instrument_of(row)
    return AssessmentDueView(
        id=row.id, occasion=row.occasion, instrument=instrument, by_staff=given_by_staff(instrument),
        appointment_id=appointment_id, session_id=row.session_id,
        state="OVERDUE" if now >= row.late_from else "DUE", opens_at=wall.at(row.opens_at),
        late_from=wall.at(row.late_from),
    )  # fmt: skip


def _at_intake(row: DueItem, wall: Wall, now: datetime) -> IntakeAssessmentView:
    waits: Literal["DUE", "OVERDUE"] = "OVERDUE" if now >= row.late_from else "DUE"
    instrument = instrument_of(row)
    return IntakeAssessmentView(
        id=row.id, clinic_id=row.clinic_id, instrument=instrument, by_staff=given_by_staff(instrument),
        state="ANSWERED" if row.state == "SETTLED" else "MISSED" if row.state == "MISSED" else waits,
        opens_at=wall.at(row.opens_at), late_from=wall.at(row.late_from), settled_at=wall.perhaps(row.settled_at),
    )  # fmt: skip


async def list_outcomes(uow: UnitOfWork, patient_id: UUID, paging: Paging) -> Page[OutcomeEntry]:
    """Totals with their change, treatments and check-ins, in the order they happened. Raises as `list_due`."""
    patient = await _read(uow, patient_id, "outcome", *CARE)
    wall = await wall_of(uow, patient)
    treatments = [_treatment(uow, row, wall) for row in await _all(uow, Treatment, patient)]
    check_ins = [_check_in(uow, row, wall) for row in await _all(uow, CheckIn, patient)]
    sheets = (await uow.session.exec(assessments_of(uow, patient.id))).all()
    scores = _scores(uow, sheets, treatments, wall, await _corrected(uow, patient))
    entries = (*scores, *treatments, *check_ins)
    return _page(uow, entries, lambda entry: (entry.at.utc, entry.id), paging, "outcomes", patient.id)


async def list_check_ins(uow: UnitOfWork, patient_id: UUID, paging: Paging) -> Page[CheckInView]:
    """Check-ins of a patient, oldest first. Raises NOT_FOUND, FORBIDDEN, CURSOR_INVALID."""
    patient = await _read(uow, patient_id, "check_in", *CARE)
    views = [await check_in_view(uow, row) for row in await _all(uow, CheckIn, patient)]
    return _page(uow, views, lambda view: (view.recorded_at.utc, view.id), paging, "check_ins", patient.id)


async def list_reflections(uow: UnitOfWork, patient_id: UUID, paging: Paging) -> Page[ReflectionView]:
    """Reflections of a patient, oldest first. Raises NOT_FOUND, FORBIDDEN, CURSOR_INVALID."""
    patient = await _read(uow, patient_id, "reflection", *CARE)
    views = [await reflection_view(uow, row) for row in await _all(uow, Reflection, patient)]
    return _page(uow, views, lambda view: (view.written_at.utc, view.id), paging, "reflections", patient.id)


async def _read(uow: UnitOfWork, patient_id: UUID, resource: str, *roles: str) -> Patient:
    patient = await patient_of(uow, patient_id, *roles)
    await uow.audit("read", resource, patient.id, patient_id=patient.id, clinic_id=patient.clinic_id)
    return patient


def _page(
    uow: UnitOfWork, items: Iterable[T], key: Callable[[T], tuple[datetime, UUID]], paging: Paging, *scope: object
) -> Page[T]:
    """One page of a list that is short enough to be opened as a whole."""
    after = paging.after(uow, *scope)
    ordered = sorted(items, key=key)
    return page(uow, [i for i in ordered if after is None or _texts(key(i)) > after], paging, key, *scope)


def _texts(key: tuple[datetime, UUID]) -> tuple[str, ...]:
    return key[0].isoformat(), str(key[1])


async def _all(uow: UnitOfWork, table: type[R], patient: Patient) -> Sequence[R]:
    rows = select(table).where(of_person(table.patient_id, patient.id), table.organisation_id == uow.organisation_id)
    return (await uow.session.exec(rows)).all()


def _treatment(uow: UnitOfWork, row: Treatment, wall: Wall) -> OutcomeEntry:
    given = uow.open_column("treatment", "delivered", row.session_id, row.delivered, DeliveredDose)
    return OutcomeEntry(
        id=row.session_id, kind="TREATMENT", at=wall.at(given.infusion_started_at), modality=given.modality,
        protocol=given.protocol, dose_mg=given.dose_mg, minutes=given.minutes,
    )  # fmt: skip


def _check_in(uow: UnitOfWork, row: CheckIn, wall: Wall) -> OutcomeEntry:
    answers = uow.open_column("check_in", "answers", row.id, row.answers, CheckInAnswers)
    return OutcomeEntry(
        id=row.id, kind="CHECK_IN", at=wall.at(row.recorded_at), instrument=row.occasion, mood=answers.mood,
        side_effects=answers.side_effects,
    )  # fmt: skip


def _scores(
    uow: UnitOfWork, rows: Sequence[Assessment], treatments: Sequence[OutcomeEntry], wall: Wall,
    corrected: Mapping[UUID, UUID],
) -> list[OutcomeEntry]:  # fmt: skip
    """Totals, and the means of the pain inventory, by instrument; a sheet without either is no point."""
    results = [(row, result_of(uow, row)) for row in sorted(rows, key=lambda row: (row.recorded_at, row.id))]
    begun = min((treatment.at.utc for treatment in treatments), default=None)
    series: defaultdict[str, list[tuple[Assessment, AnyResult]]] = defaultdict(list)
    for row, result in results:
        if result.score.total is not None or any(mean is not None for mean in _means(row, result.score).values()):
            series[row.instrument].append((row, result))
    entries = (entry for one in series.values() for entry in _series(one, begun, wall))
    return [entry.model_copy(update={"supersedes": corrected.get(entry.id)}) for entry in entries]


async def _corrected(uow: UnitOfWork, patient: Patient) -> dict[UUID, UUID]:
    """What corrections took the place of, by what is in that place now."""
    return {row.replaced_by: row.assessment_id for row in await _all(uow, Correction, patient)}


def _means(row: Assessment, score: AnyScore) -> dict[str, Decimal | None]:
    return score.subscales if isinstance(score, Score) and row.instrument == InstrumentCode.BPI_SF else {}


def _series(sheets: Sequence[tuple[Assessment, AnyResult]], begun: datetime | None, wall: Wall) -> list[OutcomeEntry]:
    """One instrument's totals or means, oldest first; those after the baseline with their change."""
    totals = [Total(row.recorded_at, result.score.total or 0) for row, result in sheets]
    means = [_means(row, result.score) for row, result in sheets]
    first = baseline_of(totals, begun)
    return [
        OutcomeEntry(
            id=row.id, kind="SCORE", at=wall.at(row.recorded_at), instrument=row.instrument,
            total=result.score.total, band=result.score.band, difficulty=result.difficulty, baseline=n == first,
            change=None if first is None or n <= first
            else change_from(totals[first].points, totals[n].points, row.instrument),
            means=means[n],
            mean_change=None if first is None or n <= first
            else mean_change_from(means[first].get(INTERFERENCE), means[n].get(INTERFERENCE)),
        )
        for n, (row, result) in enumerate(sheets)
    ]  # fmt: skip
