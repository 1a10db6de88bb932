"""Items of the worklist as staff sees them: a page of them with few statements, however long it is."""

from collections.abc import Iterable, Sequence
from typing import TypeVar
from uuid import UUID

from sqlmodel import col, select

from services.intake.concerns import concern_of, task_of
from services.intake.domain.order import stage_at
from services.intake.domain.review import Review as ReviewContent
from services.intake.domain.why import why_concern, why_order, why_proposal, why_screening, why_task
from services.intake.domain.worklist import BY_HAND, Kind
from services.intake.models import (
    DoseOrder,
    DoseProposal,
    DueItem,
    Patient,
    Review,
    SafetyConcern,
    SafetyTask,
    Screening,
    WorklistItem,
)
from services.intake.queries.merging import why_merged
from services.intake.queries.places import zone_of_clinic
from services.intake.records import decision_of, order_of, person_of, proposal_of, review_of
from services.intake.schemas.readmodels import WorklistItemView
from services.intake.views import instrument_of
from shared.aliases import survivors_of
from shared.db.unit_of_work import UnitOfWork
from shared.http import instant

R = TypeVar("R", DoseOrder, DoseProposal, DueItem, Patient, Screening, SafetyConcern, SafetyTask)


async def item_view(uow: UnitOfWork, row: WorklistItem) -> WorklistItemView:
    """One item, as in the list."""
    return (await item_views(uow, [row]))[0]


async def item_views(uow: UnitOfWork, rows: Sequence[WorklistItem]) -> list[WorklistItemView]:
    """The items with the names of their patients and what each is about, in the clinic's time."""
    whose = await survivors_of(uow, {row.patient_id for row in rows})
    names = await _names(uow, set(whose.values()))
    whys = {
        **await _screenings(uow, rows), **await _concerns(uow, rows), **await _tasks(uow, rows),
        **await _proposals(uow, rows), **await _assessments(uow, rows), **await _orders(uow, rows),
        **await why_merged(uow, _about(rows, Kind.RECORDS_MERGED)),
    }  # fmt: skip
    zones = {clinic: await zone_of_clinic(uow, clinic) for clinic in {row.clinic_id for row in rows}}
    return [
        _view(uow, row, whose[row.patient_id], zones[row.clinic_id], names.get(whose[row.patient_id]),
              whys.get(row.about, ()))
        for row in rows
    ]  # fmt: skip


def _view(
    uow: UnitOfWork, row: WorklistItem, patient_id: UUID, zone: str, name: str | None, why: tuple[str, ...]
) -> WorklistItemView:
    return WorklistItemView(
        id=row.id, version=row.version, kind=row.kind, about=row.about, patient_id=patient_id, patient_name=name,
        clinic_id=row.clinic_id, since=instant(row.since, zone),
        due_at=instant(row.due_at, zone) if row.due_at else None,
        overdue=row.due_at is not None and row.due_at < uow.now, facts=row.facts, why=why, claimed_by=row.claimed_by,
        claimed_at=instant(row.claimed_at, zone) if row.claimed_at else None, handed_by=row.handed_by,
        handed_reason=row.handed_reason, state=row.state, may_be_done=row.kind in BY_HAND,
    )  # fmt: skip


async def _names(uow: UnitOfWork, ids: set[UUID]) -> dict[UUID, str]:
    people = {p.id: person_of(uow, p) for p in await _rows(uow, Patient, ids)}
    return {
        patient: person.preferred_name or f"{person.given_name} {person.family_name}"
        for patient, person in people.items()
    }


async def _screenings(uow: UnitOfWork, rows: Sequence[WorklistItem]) -> dict[UUID, tuple[str, ...]]:
    found = await _rows(uow, Screening, _about(rows, Kind.SCREENING_REVIEW))
    reviews = await _newest_reviews(uow, {screening.id for screening in found})
    return {s.id: why_screening(decision_of(uow, s), reviews.get(s.id)) for s in found}


async def _newest_reviews(uow: UnitOfWork, screenings: set[UUID]) -> dict[UUID, ReviewContent]:
    if not screenings:
        return {}
    rows = select(Review).where(col(Review.screening_id).in_(screenings), Review.organisation_id == uow.organisation_id)
    newest = {row.screening_id: row for row in await uow.session.exec(rows.order_by(col(Review.version)))}
    return {screening: review_of(uow, row) for screening, row in newest.items()}


async def _concerns(uow: UnitOfWork, rows: Sequence[WorklistItem]) -> dict[UUID, tuple[str, ...]]:
    found = await _rows(uow, SafetyConcern, _about(rows, Kind.SAFETY_CONCERN))
    return {concern.id: why_concern(concern_of(uow, concern)) for concern in found}


async def _tasks(uow: UnitOfWork, rows: Sequence[WorklistItem]) -> dict[UUID, tuple[str, ...]]:
    found = [(row.id, task_of(uow, row)) for row in await _rows(uow, SafetyTask, _about(rows, Kind.SAFETY_TASK))]
    return {task_id: why_task(record.kind, record.entries) for task_id, record in found}


async def _proposals(uow: UnitOfWork, rows: Sequence[WorklistItem]) -> dict[UUID, tuple[str, ...]]:
    found = await _rows(uow, DoseProposal, _about(rows, Kind.PLAN_PROPOSAL))
    return {row.id: why_proposal(proposal_of(uow, row)) for row in found}


async def _orders(uow: UnitOfWork, rows: Sequence[WorklistItem]) -> dict[UUID, tuple[str, ...]]:
    found = await _rows(uow, DoseOrder, _about(rows, Kind.ORDER_DOUBTED))
    return {row.id: why_order(order_of(uow, row), stage_at(row.state, row.expires_at, uow.now)) for row in found}


async def _assessments(uow: UnitOfWork, rows: Sequence[WorklistItem]) -> dict[UUID, tuple[str, ...]]:
    """Which instrument is to be answered; no event tells that in clear."""
    found = await _rows(uow, DueItem, _about(rows, Kind.ASSESSMENT_OVERDUE))
    return {row.id: (instrument_of(row),) for row in found}


def _about(rows: Iterable[WorklistItem], kind: Kind) -> set[UUID]:
    return {row.about for row in rows if row.kind == kind}


async def _rows(uow: UnitOfWork, table: type[R], ids: set[UUID]) -> Sequence[R]:
    if not ids:
        return ()
    found = select(table).where(col(table.id).in_(ids), table.organisation_id == uow.organisation_id)
    return (await uow.session.exec(found)).all()
