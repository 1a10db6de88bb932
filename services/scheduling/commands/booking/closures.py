"""Closing a clinic or a location for some days."""

from services.scheduling import records, views
from services.scheduling.models import Closure
from services.scheduling.schemas.answers import ClosureView
from services.scheduling.schemas.requests import ClosureRequest
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_role
from shared.ids import new_id
from shared.problems import INVALID_REQUEST, FieldError


async def close(uow: UnitOfWork, request: ClosureRequest) -> ClosureView:
    """Close local days. Courses planned from now on work around them; what is booked already stays and is counted.

    Raises FORBIDDEN, NO_CLINIC_FILE, INVALID_REQUEST for a location that the clinic does not have.
    """
    require_role(uow, request.clinic_id, "admin")
    clinic = await active_clinic(uow, request.clinic_id)
    if request.location not in (None, *(location.id for location in clinic.file.locations)):
        raise INVALID_REQUEST(errors=[FieldError("/location", "UNKNOWN_LOCATION")])
    closure = Closure(
        id=new_id(), organisation_id=uow.organisation_id, clinic_id=request.clinic_id, location=request.location,
        first_day=request.first_day, last_day=request.last_day or request.first_day, reason=request.reason.value,
        created_at=uow.now,
    )  # fmt: skip
    uow.session.add(closure)
    await uow.audit("create", "closure", closure.id, clinic_id=closure.clinic_id, reason=closure.reason)
    return views.closure(closure, await records.booked_between(uow, closure, clinic.file.zone))
