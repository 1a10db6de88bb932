"""Chairs that are out of order. What is booked there stays until somebody re-plans it."""

from uuid import UUID

from services.scheduling.commands.staffing.rostering import span_of
from services.scheduling.models import ChairOutage
from services.scheduling.planning.ground import hold_location, invalid, location_of
from services.scheduling.schemas.offers import OutageRequest, OutageView
from services.scheduling.slots import views
from services.scheduling.slots.records import booked_on
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_role, require_version
from shared.ids import new_id
from shared.problems import NOT_FOUND

REPORTERS = ("frontdesk", "nurse", "clinician", "admin")


async def report_outage(uow: UnitOfWork, request: OutageRequest) -> OutageView:
    """Nobody can use a chair: nothing is planned on it, and the answer counts what is booked there.

    Raises FORBIDDEN, NO_CLINIC_FILE, INVALID_REQUEST (unknown location or chair, an end before the start).
    """
    require_role(uow, request.clinic_id, *REPORTERS)
    file = (await active_clinic(uow, request.clinic_id)).file
    location = location_of(file, request.location)
    if request.chair not in (chair.id for chair in location.chairs):
        raise invalid("/chair", "UNKNOWN_CHAIR", known=[chair.id for chair in location.chairs])
    span = span_of(request, file.zone)
    await hold_location(uow, request.clinic_id, location.id)
    outage = ChairOutage(
        id=new_id(), organisation_id=uow.organisation_id, clinic_id=request.clinic_id, location=location.id,
        chair=request.chair, chair_id=file.chair_id(location.id, request.chair), starts_at=span.starts_at,
        ends_at=span.ends_at, reason=request.reason.value,
    )  # fmt: skip
    uow.session.add(outage)
    await uow.audit("create", "chair_outage", outage.id, clinic_id=outage.clinic_id, version=1, reason=outage.reason)
    return views.outage(outage, file.zone, await booked_on(uow, outage))


async def cancel_outage(uow: UnitOfWork, outage_id: UUID, expected_version: int) -> OutageView:
    """The chair can be used again, or always could. Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, NO_CLINIC_FILE."""
    outage = await uow.session.get(ChairOutage, outage_id, with_for_update=True)
    if outage is None or outage.organisation_id != uow.organisation_id:
        raise NOT_FOUND()
    require_role(uow, outage.clinic_id, *REPORTERS)
    require_version(outage.version, expected_version)
    outage.state, outage.version = "CANCELLED", outage.version + 1
    await uow.audit(
        "update", "chair_outage", outage.id, clinic_id=outage.clinic_id, version=outage.version
    )  # fmt: skip
    zone = (await active_clinic(uow, outage.clinic_id)).file.zone
    return views.outage(outage, zone, await booked_on(uow, outage))
