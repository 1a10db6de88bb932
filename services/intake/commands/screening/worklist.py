"""Who does what of the worklist: taken, given back, handed over, declared done. None of it is an event: only this list
knows it."""

from uuid import UUID

from sqlmodel import col, select

from services.intake.domain.worklist import BY_HAND, ROLES, Kind
from services.intake.domain.worklist import item_id as id_of
from services.intake.models import FinishedItem, WorklistItem
from services.intake.queries.items import item_view
from services.intake.schemas.readmodels import (
    HandedOverView,
    HandOverAllRequest,
    HandOverRequest,
    WorklistItemView,
)
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_role, require_version
from shared.problems import CONFLICT, NOT_FOUND, problem_kind

ITEM_TAKEN = problem_kind(
    "ITEM_TAKEN", 409, "Somebody else has this item", "Ask whoever stands in params to release it, or take it over."
)
ITEM_NOT_BY_HAND = problem_kind(
    "ITEM_NOT_BY_HAND", 409, "This item ends by what it is about", "Review, resolve or complete what stands in about."
)


MOVERS = ("clinician", "director", "admin")
"""Who may give away everything that an absent colleague has."""


async def claim_item(uow: UnitOfWork, item_id: UUID, expected_version: int) -> WorklistItemView:
    """Take an open item. Raises NOT_FOUND, FORBIDDEN, CONFLICT (done), ITEM_TAKEN, STALE_VERSION."""
    item = await _item(uow, item_id)
    require_version(item.version, expected_version)
    if item.claimed_by is None:
        item.claimed_by, item.claimed_at = uow.caller.subject, uow.now
    return await _changed(uow, item)


async def release_item(uow: UnitOfWork, item_id: UUID, expected_version: int) -> WorklistItemView:
    """Give an item back. Raises NOT_FOUND, FORBIDDEN, CONFLICT (done, or nobody has it), ITEM_TAKEN, STALE_VERSION."""
    item = await _item(uow, item_id)
    if item.claimed_by is None:
        raise CONFLICT(params={"state": "UNCLAIMED"})
    require_version(item.version, expected_version)
    give_back(item)
    return await _changed(uow, item)


async def hand_over_item(
    uow: UnitOfWork, item_id: UUID, request: HandOverRequest, expected_version: int
) -> WorklistItemView:
    """Give an open item, whoever has it, to somebody; with one's own name this takes it over.

    Raises NOT_FOUND, FORBIDDEN, CONFLICT (done, or they have it already), STALE_VERSION.
    """
    item = await _open_item(uow, item_id)
    require_version(item.version, expected_version)
    if item.claimed_by == request.to:
        raise CONFLICT(params={"claimed_by": request.to})
    _hand(uow, item, request.to, request.reason_code)
    return await _changed(uow, item, request.reason_code)


async def hand_over_all(uow: UnitOfWork, request: HandOverAllRequest) -> HandedOverView:
    """Everything that an absent person has at a clinic goes to another one, or is free again. Raises FORBIDDEN."""
    require_role(uow, request.clinic_id, *MOVERS)
    held = select(WorklistItem).where(
        WorklistItem.organisation_id == uow.organisation_id, WorklistItem.clinic_id == request.clinic_id,
        WorklistItem.state == "OPEN", WorklistItem.claimed_by == request.of,
    )  # fmt: skip
    items = list(await uow.session.exec(held.order_by(col(WorklistItem.id)).with_for_update()))
    for item in items:
        _hand(uow, item, request.to, request.reason_code)
        await _count(uow, item, request.reason_code)
    return HandedOverView(items=tuple(item.id for item in items))


def _hand(uow: UnitOfWork, item: WorklistItem, to: str | None, reason_code: str) -> None:
    give_back(item)
    if to is not None:
        item.claimed_by, item.claimed_at = to, uow.now
        item.handed_by, item.handed_reason = uow.caller.subject, reason_code


def give_back(item: WorklistItem) -> None:
    """Nobody has it any more."""
    item.claimed_by = item.claimed_at = item.handed_by = item.handed_reason = None


async def free_for_me(uow: UnitOfWork, kind: Kind, subject: UUID) -> WorklistItem | None:
    """The open item about something, locked: two people cannot decide one thing, so nobody else may have it.

    Raises ITEM_TAKEN with the subject of whoever has it.
    """
    row = select(WorklistItem).where(
        WorklistItem.id == id_of(kind, subject), WorklistItem.organisation_id == uow.organisation_id,
        WorklistItem.state == "OPEN",
    )  # fmt: skip
    item = (await uow.session.exec(row.with_for_update())).one_or_none()
    if item is not None:
        _require_mine(uow, item)
    return item


async def free_item(uow: UnitOfWork, item: WorklistItem) -> None:
    """Nobody has the item any more, since somebody else has to go on with it."""
    give_back(item)
    await _count(uow, item, None)


def _require_mine(uow: UnitOfWork, item: WorklistItem) -> None:
    if item.claimed_by not in (None, uow.caller.subject):
        raise ITEM_TAKEN(params={"claimed_by": item.claimed_by, "item_id": str(item.id)})


async def finish_item(uow: UnitOfWork, item_id: UUID, expected_version: int) -> WorklistItemView:
    """Say that a call was made or a reply answered. A later event brings the item back.

    Raises NOT_FOUND, FORBIDDEN, CONFLICT (done), ITEM_TAKEN, STALE_VERSION, ITEM_NOT_BY_HAND.
    """
    item = await _item(uow, item_id)
    if item.kind not in BY_HAND:
        raise ITEM_NOT_BY_HAND(params={"kind": item.kind, "about": str(item.about)})
    require_version(item.version, expected_version)
    item.state = "DONE"
    give_back(item)
    uow.session.add(_finished(uow, item))
    return await _changed(uow, item)


async def _item(uow: UnitOfWork, item_id: UUID) -> WorklistItem:
    """An open item that the caller may do, locked, which nobody else has."""
    item = await _open_item(uow, item_id)
    _require_mine(uow, item)
    return item


async def _open_item(uow: UnitOfWork, item_id: UUID) -> WorklistItem:
    """An open item that the caller may do, locked."""
    owned = select(WorklistItem).where(WorklistItem.id == item_id, WorklistItem.organisation_id == uow.organisation_id)
    item = (await uow.session.exec(owned.with_for_update())).one_or_none()
    if item is None:
        raise NOT_FOUND()
    require_role(uow, item.clinic_id, *ROLES[Kind(item.kind)])
    if item.state != "OPEN":
        raise CONFLICT(params={"state": item.state})
    return item


def _finished(uow: UnitOfWork, item: WorklistItem) -> FinishedItem:
    """Kept apart from the list, which may be built anew from events that do not tell it."""
    return FinishedItem(
        item_id=item.id, sequence=item.sequence, organisation_id=item.organisation_id, patient_id=item.patient_id,
        finished_by=uow.caller.subject, finished_at=uow.now,
    )  # fmt: skip


async def _changed(uow: UnitOfWork, item: WorklistItem, reason: str | None = None) -> WorklistItemView:
    await _count(uow, item, reason)
    return await item_view(uow, item)


async def _count(uow: UnitOfWork, item: WorklistItem, reason: str | None) -> None:
    item.version += 1
    await uow.audit(
        "update", "worklist_item", item.id, patient_id=item.patient_id, clinic_id=item.clinic_id, version=item.version,
        reason=reason,
    )  # fmt: skip
