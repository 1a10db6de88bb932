"""A payer's authorisation: recorded by staff, its units counted at each session that needs it (F.3)."""

from datetime import time, timedelta
from uuid import UUID

from sqlmodel import select

from services.billing import records, views
from services.billing.domain.authorisations import ALERT_DAYS, State, runs_low, state_on, to_use
from services.billing.domain.reasons import Reason
from services.billing.models import Authorisation, AuthorisationUse, Session
from services.billing.schemas import AuthorisationRequest, AuthorisationView, Terms
from shared.calendar import at_local, local_date
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.billing import AuthorisationUpdated
from shared.events.parts import AuthorisationDetail, DeliveredDose
from shared.http import require_role
from shared.ids import derived_id, new_id
from shared.problems import INVALID_REQUEST, FieldError
from shared.sealing import Sealed

AUTHORISATION_ENDS = "authorisation_ends"
AUTHORISATION_ENDS_SOON = "authorisation_ends_soon"
_MORNING = time(6)  # of the day after the last: an hour that every zone has


async def record_authorisation(uow: UnitOfWork, patient_id: UUID, request: AuthorisationRequest) -> AuthorisationView:
    """Record what a payer authorised: units (mg, F.1) of a protocol between two local dates, both inside.

    Raises NOT_FOUND, FORBIDDEN, NO_CLINIC_FILE, INVALID_REQUEST for a protocol that needs none.
    """
    require_role(uow, request.clinic_id, "biller", "frontdesk")
    await records.hold_known_patient(uow, patient_id)
    clinic = await active_clinic(uow, request.clinic_id)
    protocol = clinic.file.protocol(request.protocol)
    if protocol is None or not protocol.authorisation:
        raise INVALID_REQUEST(errors=[FieldError("/protocol", "NEEDS_NO_AUTHORISATION")])
    authorisation_id = new_id()
    row = Authorisation(
        id=authorisation_id, organisation_id=uow.organisation_id, clinic_id=request.clinic_id, patient_id=patient_id,
        units_granted=request.units, valid_from=request.valid_from, valid_to=request.valid_to, zone=clinic.file.zone,
        approved_at=uow.now,
        terms=uow.seal_column(
            "authorisation", "terms", authorisation_id, Terms(payer=request.payer, protocol=request.protocol)
        ),
    )  # fmt: skip
    await records.insert_once(uow, row)
    await _wait_for_its_end(uow, row)
    await _say(uow, row, "create")
    return views.authorisation(uow, row)


async def _wait_for_its_end(uow: UnitOfWork, row: Authorisation) -> None:
    owner = {"key": row.patient_id, "clinic_id": row.clinic_id}
    over = at_local(row.valid_to + timedelta(days=1), _MORNING, row.zone)
    await uow.schedule(AUTHORISATION_ENDS, row.id, 1, over, **owner)
    for days in ALERT_DAYS:
        soon = at_local(row.valid_to - timedelta(days=days), _MORNING, row.zone)
        if soon > uow.now:
            await uow.schedule(AUTHORISATION_ENDS_SOON, row.id, days, soon, **owner)


async def use_units(uow: UnitOfWork, session: Session, delivered: DeliveredDose, file: ClinicFile) -> bool:
    """Count the mg of a session that needs an authorisation, once. Without a good one a person is asked: False."""
    protocol = file.protocol(delivered.protocol)
    if protocol is None or not protocol.authorisation or await _was_counted(uow, session):
        return True
    on = local_date(session.ended_at, file.zone)
    row = to_use(await _of(uow, session, delivered.protocol), delivered.dose_mg, on)
    if row is None:
        await records.open_review(uow, session, Reason.NO_AUTHORISATION)
        return False
    use = AuthorisationUse(
        id=derived_id(session.id, "authorisation"), **records.owner(session), authorisation_id=row.id,
        session_id=session.id, used_at=session.ended_at,
    )  # fmt: skip
    await records.insert_once(uow, use)
    row.units_used, row.version = row.units_used + delivered.dose_mg, row.version + 1
    await _say(uow, row, "update", "UNITS_USED")
    if runs_low(row):
        await records.open_review(uow, row, Reason.AUTHORISATION_LOW)
    return True


async def _was_counted(uow: UnitOfWork, session: Session) -> bool:
    counted = select(AuthorisationUse.id).where(AuthorisationUse.session_id == session.id)
    return (await uow.session.exec(counted)).first() is not None


async def _of(uow: UnitOfWork, session: Session, protocol: str) -> list[Authorisation]:
    mine = select(Authorisation).where(
        Authorisation.patient_id == session.patient_id, Authorisation.clinic_id == session.clinic_id
    )
    return [row for row in await uow.session.exec(mine) if views.terms(uow, row).protocol == protocol]


async def warn_of_end(uow: UnitOfWork, authorisation_id: UUID, days: int) -> bool:
    """Ask a person to renew an authorisation that ends in so many days. False when nothing is left of it anyway."""
    row = await records.held(uow, Authorisation, authorisation_id)
    if state_on(row, local_date(uow.now, row.zone)) is not State.APPROVED:
        return False
    await records.open_review(uow, row, Reason.AUTHORISATION_ENDS, version=days, due_on=row.valid_to)
    return True


async def end_authorisation(uow: UnitOfWork, authorisation_id: UUID) -> None:
    """Say that an authorisation is over: its last day has passed."""
    row = await records.held(uow, Authorisation, authorisation_id)
    row.version += 1
    await _say(uow, row, "update", "EXPIRED")


async def _say(uow: UnitOfWork, row: Authorisation, action: str, reason: str | None = None) -> None:
    view = views.authorisation(uow, row)
    detail = AuthorisationDetail.model_validate(view.model_dump())
    updated = AuthorisationUpdated(
        authorisation_id=row.id, patient_id=row.patient_id, version=row.version, updated_at=uow.now,
        authorisation=Sealed.of(detail),
    )  # fmt: skip
    uow.emit(updated, key=row.patient_id, subject=row.id, clinic_id=row.clinic_id)
    await records.audit(uow, action, "authorisation", row, version=row.version, reason=reason)
