"""Packs for a day on paper: which there are, and their sealed content."""

from uuid import UUID

from sqlmodel import col, select

from services.scheduling import records
from services.scheduling.handouts.views import HOLDERS, day_pack_view
from services.scheduling.models import DayPack
from services.scheduling.schemas.handouts import DayPackView
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.http import Page, Paging, page, require_role
from shared.parcel import Parcel
from shared.problems import problem_kind

REMOVED = problem_kind(
    "DAY_PACK_REMOVED", 410, "The content of this pack was removed when its days were over", "Ask for a new one."
)


async def list_day_packs(
    uow: UnitOfWork, clinic_id: UUID, location: str | None, paging: Paging
) -> Page[DayPackView]:  # fmt: skip
    """The packs of a clinic or of one location, the newest first. Raises FORBIDDEN, NO_CLINIC_FILE."""
    require_role(uow, clinic_id, *HOLDERS)
    zone = (await active_clinic(uow, clinic_id)).file.zone
    after = paging.after(uow, "day packs", clinic_id, location)
    rows = select(DayPack).where(DayPack.clinic_id == clinic_id, DayPack.organisation_id == uow.organisation_id)
    if location is not None:
        rows = rows.where(DayPack.location == location)
    if after is not None:
        rows = rows.where(col(DayPack.id) < UUID(after[0]))
    found = await uow.session.exec(rows.order_by(col(DayPack.id).desc()).limit(paging.fetch))
    shown = [day_pack_view(row, zone) for row in found]
    return page(uow, shown, paging, lambda view: (view.pack_id,), "day packs", clinic_id, location)


async def read_day_pack(uow: UnitOfWork, pack_id: UUID) -> Parcel:
    """The sealed file; who took it stands in the audit. Raises NOT_FOUND, FORBIDDEN, DAY_PACK_REMOVED."""
    row = await records.find(uow, DayPack, pack_id)
    require_role(uow, row.clinic_id, *HOLDERS)
    if row.content is None:
        raise REMOVED()
    await uow.audit("export", "day_pack", row.id, clinic_id=row.clinic_id, version=row.version)
    return Parcel.model_validate_json(row.content)
