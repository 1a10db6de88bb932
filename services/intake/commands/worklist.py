"""Who does what of the worklist: taken, given back, declared done. None of it is an event: only this list knows it."""

from uuid import UUID

from sqlmodel import select

from services.intake.domain.worklist import BY_HAND, ROLES, Kind
from services.intake.models import FinishedItem, WorklistItem
from services.intake.queries.items import item_view
from services.intake.schemas.readmodels import WorklistItemView
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_role, require_version
from shared.problems import CONFLICT, NOT_FOUND, problem_kind

ITEM_TAKEN = problem_kind(
    "ITEM_TAKEN", 409, "Somebody else has this item", "Take another one, or ask whoever has it to release it."
)
ITEM_NOT_BY_HAND = problem_kind(
    "ITEM_NOT_BY_HAND", 409, "This item ends by what it is about", "Review, resolve or complete what stands in about."
)


async def claim_item(uow: UnitOfWork, item_id: UUID, expected_version: int) -> WorklistItemView:
    """Take an open item. Raises NOT_FOUND, FORBIDDEN, CONFLICT (done), ITEM_TAKEN, STALE_VERSION."""
    item = await _item(uow, item_id)
    require_version(item.version, expected_version)
    item.claimed_by, item.claimed_at = uow.caller.subject, uow.now
    return await _changed(uow, item)


async def release_item(uow: UnitOfWork, item_id: UUID, expected_version: int) -> WorklistItemView:
    """Give an item back. Raises NOT_FOUND, FORBIDDEN, CONFLICT (done, or nobody has it), ITEM_TAKEN, STALE_VERSION."""
    item = await _item(uow, item_id)
    if item.claimed_by is None:
        raise CONFLICT(params={"state": "UNCLAIMED"})
    require_version(item.version, expected_version)
    item.claimed_by = item.claimed_at = None
    return await _changed(uow, item)


async def finish_item(uow: UnitOfWork, item_id: UUID, expected_version: int) -> WorklistItemView:
    """Say that a call was made or a reply answered. A later event brings the item back.

    Raises NOT_FOUND, FORBIDDEN, CONFLICT (done), ITEM_TAKEN, STALE_VERSION, ITEM_NOT_BY_HAND.
    """
    item = await _item(uow, item_id)
    if item.kind not in BY_HAND:
        raise ITEM_NOT_BY_HAND(params={"kind": item.kind, "about": str(item.about)})
    require_version(item.version, expected_version)
    item.state, item.claimed_by, item.claimed_at = "DONE", None, None
    uow.session.add(_finished(uow, item))
    return await _changed(uow, item)


async def _item(uow: UnitOfWork, item_id: UUID) -> WorklistItem:
    """An open item that the caller may do, locked, which nobody else has."""
    owned = select(WorklistItem).where(WorklistItem.id == item_id, WorklistItem.organisation_id == uow.organisation_id)
    item = (await uow.session.exec(owned.with_for_update())).one_or_none()
    if item is None:
        raise NOT_FOUND()
    require_role(uow, item.clinic_id, *ROLES[Kind(item.kind)])
    if item.state != "OPEN":
        raise CONFLICT(params={"state": item.state})
    if item.claimed_by not in (None, uow.caller.subject):
        raise ITEM_TAKEN()
    return item


def _finished(uow: UnitOfWork, item: WorklistItem) -> FinishedItem:
    """Kept apart from the list, which may be built anew from events that do not tell it."""
    return FinishedItem(
        item_id=item.id, sequence=item.sequence, organisation_id=item.organisation_id, patient_id=item.patient_id,
        finished_by=uow.caller.subject, finished_at=uow.now,
    )  # fmt: skip


async def _changed(uow: UnitOfWork, item: WorklistItem) -> WorklistItemView:
    item.version += 1
    await uow.audit(
        "update", "worklist_item", item.id, patient_id=item.patient_id, clinic_id=item.clinic_id, version=item.version
    )
    return await item_view(uow, item)
