"""The staff worklist of a clinic: what needs a person, the most urgent first."""

from datetime import datetime
from uuid import UUID

from sqlmodel import col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from services.intake.domain.due import GIVEN_BY_STAFF
from services.intake.domain.worklist import ROLES, Kind
from services.intake.models import DueItem, WorklistItem
from services.intake.queries.heard import heard, known_until
from services.intake.queries.items import item_views
from services.intake.schemas.readmodels import WorklistView
from shared.db.unit_of_work import UnitOfWork
from shared.http import Paging, page, require_role

READERS = tuple(sorted({role for roles in ROLES.values() for role in roles}))


async def list_worklist(uow: UnitOfWork, clinic_id: UUID, paging: Paging) -> WorklistView:
    """The open items that the caller's roles at the clinic may see. Raises FORBIDDEN, CURSOR_INVALID."""
    require_role(uow, clinic_id, *READERS)
    kinds = sorted(kind for kind, roles in ROLES.items() if uow.caller.may(clinic_id, *roles))
    scope = ("worklist", clinic_id, *kinds)
    rows = _after(_open(uow, clinic_id, kinds), paging.after(uow, *scope))
    found = list(
        await uow.session.exec(rows.order_by(col(WorklistItem.urgent_from), col(WorklistItem.id)).limit(paging.fetch))
    )
    keys = {row.id: (row.urgent_from, row.id) for row in found}
    shown = await item_views(uow, found)
    for item in shown[: paging.limit]:
        await uow.audit("read", "worklist_item", item.id, patient_id=item.patient_id, clinic_id=clinic_id)
    listed = page(uow, shown, paging, lambda item: keys[item.id], *scope)
    lines = await heard(uow)
    return WorklistView(**dict(listed), as_of=lines, known_until=known_until(lines))


def _open(uow: UnitOfWork, clinic_id: UUID, kinds: list[Kind]) -> SelectOfScalar[WorklistItem]:
    """Open items. What is to be filled in needs a person only once it is late, or from the beginning if staff gives it,
    and no longer when it was filled in.
    """
    late = select(DueItem.id).where(
        DueItem.id == WorklistItem.about, col(DueItem.state) == "OPEN",
        or_(col(DueItem.late_from) < uow.now, col(DueItem.instrument).in_(GIVEN_BY_STAFF)),
    )  # fmt: skip
    return select(WorklistItem).where(
        WorklistItem.organisation_id == uow.organisation_id, WorklistItem.clinic_id == clinic_id,
        WorklistItem.state == "OPEN", col(WorklistItem.kind).in_(kinds),
        or_(col(WorklistItem.kind) != Kind.ASSESSMENT_OVERDUE, late.exists()),
    )  # fmt: skip


def _after(rows: SelectOfScalar[WorklistItem], key: tuple[str, ...] | None) -> SelectOfScalar[WorklistItem]:
    if key is None:
        return rows
    at, known = datetime.fromisoformat(key[0]), UUID(key[1])
    same_time = (col(WorklistItem.urgent_from) == at) & (col(WorklistItem.id) > known)
    return rows.where((col(WorklistItem.urgent_from) > at) | same_time)
