"""Which records of a clinic were opened in an emergency."""

from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from services.intake.domain.worklist import PRIVACY
from services.intake.models import BreakGlass
from services.intake.recordviews import break_glass_view
from services.intake.schemas.breaking import BreakGlassView
from shared.db.unit_of_work import UnitOfWork
from shared.http import Page, Paging, page, require_role

READERS = (*PRIVACY, "operator")
_LOOKS = """
SELECT resource_id, count(*) AS looks FROM audit
WHERE action = 'break_glass' AND patient_id = ANY ($1) AND resource_id = ANY ($2) GROUP BY 1
"""


async def list_broken_glass(uow: UnitOfWork, clinic_id: UUID, paging: Paging) -> Page[BreakGlassView]:
    """The records of a clinic's patients that were opened, the newest first. An operator sees no reasons.

    Raises FORBIDDEN, CURSOR_INVALID, NO_CLINIC_FILE.
    """
    require_role(uow, clinic_id, *READERS)
    after = paging.after(uow, "break-glass", clinic_id)
    rows = select(BreakGlass).where(
        BreakGlass.clinic_id == clinic_id, BreakGlass.organisation_id == uow.organisation_id
    )
    if after is not None:
        at, before = datetime.fromisoformat(after[0]), UUID(after[1])
        same_time = (col(BreakGlass.opened_at) == at) & (col(BreakGlass.id) < before)
        rows = rows.where((col(BreakGlass.opened_at) < at) | same_time)
    newest = rows.order_by(col(BreakGlass.opened_at).desc(), col(BreakGlass.id).desc()).limit(paging.fetch)
    found = (await uow.session.exec(newest)).all()
    people, grants = [row.patient_id for row in found], [str(row.id) for row in found]
    looks = {row.resource_id: row.looks for row in await uow.sql(_LOOKS, people, grants)}
    for row in found[: paging.limit]:
        await uow.audit("read", "break_glass", row.id, patient_id=row.patient_id, clinic_id=clinic_id)
    shown = [await break_glass_view(uow, row, looks.get(str(row.id), 0)) for row in found]
    return page(uow, shown, paging, lambda view: (view.opened_at.utc, view.id), "break-glass", clinic_id)
