"""Registrations, and what arrives under them: lots, deliveries, containers (domain H.4)."""

from uuid import UUID

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.scheduling.commands.moments import happened_at
from services.scheduling.commands.stock.witnessing import witnessed
from services.scheduling.domain.ledger import Kind, into_vial
from services.scheduling.models import DrugDelivery, DrugLot, DrugRegistration, Vial
from services.scheduling.planning.ground import location_of
from services.scheduling.schemas.stock import RecallRequest, ReceiveRequest, RegistrationRequest, RenewRequest
from services.scheduling.schemas.stockanswers import LotView, RegistrationView
from services.scheduling.stock import views as stockviews
from services.scheduling.stock.records import KEEPERS, Entry, Held, find, latest_day, post
from shared.calendar import local_date
from shared.clinicfile.controlled import Substance
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_role, require_version
from shared.ids import new_id
from shared.problems import CONFLICT, INVALID_REQUEST, FieldError, problem_kind

REGISTRATION_OVER = problem_kind(
    "REGISTRATION_OVER", 409, "The registration is over", "Renew it, or use another one of the location."
)
LOT_DIFFERS = problem_kind(
    "LOT_DIFFERS",
    409,
    "The ledger knows this lot otherwise",
    "Read label and invoice again; `params` says what differs.",
)

_ON_THE_LABEL = ("form", "mg_per_ml", "multi_dose", "expires_on")


async def register_drugs(uow: UnitOfWork, request: RegistrationRequest) -> RegistrationView:
    """Enter a registration of a location. Raises FORBIDDEN, NO_CLINIC_FILE, INVALID_REQUEST, CONFLICT if known."""
    require_role(uow, request.clinic_id, "director", "admin")
    location_of((await active_clinic(uow, request.clinic_id)).file, request.location)
    known = select(DrugRegistration.id).where(
        DrugRegistration.organisation_id == uow.organisation_id, DrugRegistration.number == request.number,
        DrugRegistration.location == request.location,
    )  # fmt: skip
    if (await uow.session.exec(known)).first() is not None:
        raise CONFLICT(params={"number": request.number})
    row = DrugRegistration(
        id=new_id(), organisation_id=uow.organisation_id, registered_at=uow.now, registered_by=uow.caller.subject,
        **request.model_dump(),
    )  # fmt: skip
    uow.session.add(row)
    await uow.audit("create", "drug_registration", row.id, clinic_id=row.clinic_id, version=1)
    return stockviews.registration(row)


async def renew_registration(
    uow: UnitOfWork, registration_id: UUID, request: RenewRequest, expected_version: int
) -> RegistrationView:
    """A registration holds until another day. Raises NOT_FOUND, FORBIDDEN, STALE_VERSION."""
    row = await find(uow, DrugRegistration, registration_id, lock=True)
    require_role(uow, row.clinic_id, "director", "admin")
    require_version(row.version, expected_version)
    row.expires_on, row.version = request.expires_on, row.version + 1
    await uow.audit("update", "drug_registration", row.id, clinic_id=row.clinic_id, version=row.version)
    return stockviews.registration(row)


async def receive(uow: UnitOfWork, request: ReceiveRequest) -> LotView:
    """Containers arrived, seen by two: each gets a balance of what it holds, under invoice or form (H.4, receipt).

    Raises NOT_FOUND, FORBIDDEN, NO_CLINIC_FILE, INVALID_REQUEST, REGISTRATION_OVER, WITNESS_REFUSED, LOT_DIFFERS.
    """
    registration = await find(uow, DrugRegistration, request.registration_id)
    require_role(uow, registration.clinic_id, *KEEPERS)
    file = (await active_clinic(uow, registration.clinic_id)).file
    substance = _substance(file, request)
    received_at = happened_at(uow, request.occurred_at, "/occurred_at", not_before=registration.registered_at)
    today = local_date(received_at, file.zone)
    if registration.expires_on < today:
        raise REGISTRATION_OVER(params={"expires_on": registration.expires_on.isoformat()})
    witness = await witnessed(uow, registration.clinic_id, "RECEIVE", request.witness)
    lot = await _lot(uow, request, substance)
    delivery = DrugDelivery(
        id=new_id(), organisation_id=uow.organisation_id, clinic_id=registration.clinic_id,
        registration_id=registration.id, lot_id=lot.id, supplier=request.supplier, document=request.document,
        containers=request.containers, received_at=received_at,
    )  # fmt: skip
    uow.session.add(delivery)
    await uow.session.flush()
    vials = await _vials(uow, registration, lot, delivery)
    entry = Entry(occurred_at=received_at, witness=witness, document=request.document, counterparty=request.supplier)
    for vial in vials:
        await post(uow, Held(vial, lot, registration), into_vial(Kind.RECEIVE, lot.container_mg), entry)
    await uow.audit("create", "drug_delivery", delivery.id, clinic_id=delivery.clinic_id)
    return stockviews.lot(lot, vials, uow.now, local_date(uow.now, file.zone))


async def recall_lot(uow: UnitOfWork, lot_id: UUID, request: RecallRequest) -> LotView:
    """A lot is recalled, at every clinic of the organisation; said again it stays as it was.

    Raises NOT_FOUND, FORBIDDEN.
    """
    require_role(uow, None, *KEEPERS, "director")
    lot = await find(uow, DrugLot, lot_id, lock=True)
    if lot.recalled_at is None:
        lot.recalled_at, lot.recalled_by, lot.recall_reference = uow.now, uow.caller.subject, request.reference
        lot.version += 1
        await uow.audit("update", "drug_lot", lot.id, version=lot.version, reason="RECALLED")
    mine = select(Vial).where(Vial.lot_id == lot.id, col(Vial.clinic_id).in_(uow.caller.clinics()))
    vials = (await uow.session.exec(mine.order_by(col(Vial.number)))).all()
    return stockviews.lot(lot, vials, uow.now, await latest_day(uow, vials))


def _substance(file: ClinicFile, request: ReceiveRequest) -> Substance:
    substance = file.controlled.substance(request.substance)
    if substance is None:
        known = [one.id for one in file.controlled.substances]
        raise INVALID_REQUEST(errors=[FieldError("/substance", "UNKNOWN_SUBSTANCE", {"known": known})])
    return substance


async def _lot(uow: UnitOfWork, request: ReceiveRequest, substance: Substance) -> DrugLot:
    """The lot, made when it arrives first; its row is locked, so that its containers are numbered in turn."""
    told = DrugLot(
        id=new_id(), organisation_id=uow.organisation_id, substance=substance.id, schedule=substance.schedule,
        lot=request.lot, form=request.form.value, mg_per_ml=request.mg_per_ml, container_mg=request.container_mg,
        multi_dose=request.multi_dose, expires_on=request.expires_on, version=1,
    )  # fmt: skip
    await uow.session.exec(insert(DrugLot).values(told.model_dump()).on_conflict_do_nothing())
    same = select(DrugLot).where(
        DrugLot.organisation_id == uow.organisation_id, DrugLot.substance == told.substance, DrugLot.lot == told.lot,
        DrugLot.container_mg == told.container_mg,
    )  # fmt: skip
    known = (await uow.session.exec(same.with_for_update())).one()
    if known.id == told.id:
        await uow.audit("create", "drug_lot", known.id, version=1)
    differing = [name for name in _ON_THE_LABEL if getattr(known, name) != getattr(told, name)]
    if differing:
        raise LOT_DIFFERS(errors=[FieldError(f"/{name}", "DIFFERS") for name in differing])
    return known


async def _vials(
    uow: UnitOfWork, registration: DrugRegistration, lot: DrugLot, delivery: DrugDelivery
) -> list[Vial]:  # fmt: skip
    last = (await uow.session.exec(select(func.max(Vial.number)).where(Vial.lot_id == lot.id))).one() or 0
    vials = [
        Vial(
            id=new_id(), organisation_id=uow.organisation_id, clinic_id=registration.clinic_id,
            registration_id=registration.id, lot_id=lot.id, delivery_id=delivery.id, number=number,
            received_at=delivery.received_at,
        )
        for number in range(last + 1, last + 1 + delivery.containers)
    ]  # fmt: skip
    uow.session.add_all(vials)
    await uow.session.flush()
    return vials
