"""What re-planning would offer, what was offered, whom to call about it, and who waits."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from services.scheduling.domain.appointment import State
from services.scheduling.models import TO_CALL, WAITING, Appointment, ChairOutage, SlotHold, SlotOffer, WaitlistEntry
from services.scheduling.planning.affected import affected_by, require_planner, trouble_of
from services.scheduling.planning.replanning import replan
from services.scheduling.schemas.offers import OfferView, OutageView, ReplanRequest, ReplanView
from services.scheduling.schemas.waitlist import WaitView
from services.scheduling.slots import views
from services.scheduling.slots.records import booked_on, find_offer, holds_of
from shared.aliases import of_person
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.http import Page, Paging, page, require_patient, require_role

STAFF = ("frontdesk", "nurse", "clinician")


async def preview_replan(uow: UnitOfWork, request: ReplanRequest) -> ReplanView:
    """Everybody affected and what each would be offered. Raises NOT_FOUND, FORBIDDEN, NO_CLINIC_FILE."""
    trouble = await trouble_of(uow, request.cause, request.cause_id)
    require_planner(uow, trouble)
    await uow.audit("read", "replan", trouble.id, clinic_id=trouble.clinic_id)
    return views.replan(trouble, *await replan(uow, await affected_by(uow, trouble)))


async def list_calls(uow: UnitOfWork, clinic_id: UUID, paging: Paging) -> Page[OfferView]:
    """Offers that lead to a call, by the start of what they are instead of, while that stands. Raises FORBIDDEN."""
    require_role(uow, clinic_id, *STAFF)
    after = paging.after(uow, "calls", clinic_id)
    rows = (
        select(SlotOffer)
        .join(Appointment, col(Appointment.id) == SlotOffer.appointment_id)
        .where(
            SlotOffer.clinic_id == clinic_id, SlotOffer.organisation_id == uow.organisation_id,
            col(SlotOffer.state).in_(TO_CALL), SlotOffer.cause != "WAITLIST",
            Appointment.state == State.CONFIRMED.value, Appointment.starts_at == SlotOffer.starts_at,
            col(SlotOffer.starts_at) > uow.now,
        )
    )  # fmt: skip
    if after is not None:
        start, offer_id = datetime.fromisoformat(after[0]), UUID(after[1])
        later = (col(SlotOffer.starts_at) == start) & (col(SlotOffer.id) > offer_id)
        rows = rows.where((col(SlotOffer.starts_at) > start) | later)
    ordered = rows.order_by(col(SlotOffer.starts_at), col(SlotOffer.id)).limit(paging.fetch)
    await uow.audit("read", "call_list", clinic_id, clinic_id=clinic_id)
    shown = await _shown(uow, ordered)
    return page(uow, shown, paging, lambda view: (view.starts_was.utc.isoformat(), view.offer_id), "calls", clinic_id)


async def list_patient_offers(uow: UnitOfWork, patient_id: UUID, paging: Paging) -> Page[OfferView]:
    """What a patient was offered, the newest first; staff sees its clinics'. Raises NOT_FOUND."""
    require_patient(uow, patient_id)
    after = paging.after(uow, "offers", patient_id)
    rows = select(SlotOffer).where(
        of_person(SlotOffer.patient_id, patient_id), SlotOffer.organisation_id == uow.organisation_id
    )
    if uow.caller.kind != "patient":
        rows = rows.where(col(SlotOffer.clinic_id).in_({clinic for clinic, role in uow.caller.roles if role in STAFF}))
    if after is not None:
        rows = rows.where(col(SlotOffer.id) < UUID(after[0]))
    await uow.audit("read", "slot_offer", patient_id, patient_id=patient_id)
    shown = await _shown(uow, rows.order_by(col(SlotOffer.id).desc()).limit(paging.fetch))
    return page(uow, shown, paging, lambda view: (view.offer_id,), "offers", patient_id)


async def _shown(uow: UnitOfWork, rows: SelectOfScalar[SlotOffer]) -> Sequence[OfferView]:
    found = (await uow.session.exec(rows)).all()
    kept = select(SlotHold).where(col(SlotHold.offer_id).in_([offer.id for offer in found]))
    holds = (await uow.session.exec(kept.order_by(col(SlotHold.starts_at), col(SlotHold.id)))).all()
    return [views.offer(offer, [hold for hold in holds if hold.offer_id == offer.id]) for offer in found]


async def get_offer(uow: UnitOfWork, offer_id: UUID) -> OfferView:
    """An offer. Raises NOT_FOUND, FORBIDDEN."""
    offer = await find_offer(uow, offer_id)
    await uow.audit("read", "slot_offer", offer.id, patient_id=offer.patient_id, clinic_id=offer.clinic_id)
    return views.offer(offer, await holds_of(uow, offer.id))


async def list_outages(uow: UnitOfWork, clinic_id: UUID, paging: Paging) -> Page[OutageView]:
    """Chairs that are or will be out of order, in the order of being reported. Raises FORBIDDEN, NO_CLINIC_FILE."""
    require_role(uow, clinic_id, *STAFF, "admin")
    zone = (await active_clinic(uow, clinic_id)).file.zone
    after = paging.after(uow, "outages", clinic_id)
    rows = select(ChairOutage).where(
        ChairOutage.clinic_id == clinic_id, ChairOutage.organisation_id == uow.organisation_id,
        col(ChairOutage.ends_at) > uow.now,
    )  # fmt: skip
    if after is not None:
        rows = rows.where(col(ChairOutage.id) > UUID(after[0]))
    found = await uow.session.exec(rows.order_by(col(ChairOutage.id)).limit(paging.fetch))
    shown = [views.outage(row, zone, await booked_on(uow, row)) for row in found]
    return page(uow, shown, paging, lambda view: (view.outage_id,), "outages", clinic_id)


async def list_waitlist(uow: UnitOfWork, clinic_id: UUID, paging: Paging) -> Page[WaitView]:
    """Who waits for an earlier slot, in the order of asking. Raises FORBIDDEN."""
    require_role(uow, clinic_id, *STAFF)
    after = paging.after(uow, "waitlist", clinic_id)
    rows = (
        select(WaitlistEntry, Appointment)
        .join(Appointment, col(Appointment.id) == WaitlistEntry.appointment_id)
        .where(
            WaitlistEntry.clinic_id == clinic_id, WaitlistEntry.organisation_id == uow.organisation_id,
            WaitlistEntry.state == WAITING, Appointment.state == State.CONFIRMED.value,
        )
    )  # fmt: skip
    if after is not None:
        rows = rows.where(col(WaitlistEntry.id) > UUID(after[0]))
    found = await uow.session.exec(rows.order_by(col(WaitlistEntry.id)).limit(paging.fetch))
    shown = [views.waiting(entry, appointment) for entry, appointment in found]
    await uow.audit("read", "waitlist", clinic_id, clinic_id=clinic_id)
    return page(uow, shown, paging, lambda view: (view.entry_id,), "waitlist", clinic_id)
