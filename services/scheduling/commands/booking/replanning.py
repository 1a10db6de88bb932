"""Offering everybody whom a closure, an absence or a broken chair affects another slot, as a preview showed it."""

from datetime import timedelta
from uuid import UUID

from services.scheduling import records
from services.scheduling.commands.booking.withdrawing import audit_offer, supersede
from services.scheduling.domain.replanning import How
from services.scheduling.models import Appointment, SlotHold, SlotOffer
from services.scheduling.planning.affected import Trouble, affected_by, patients_at, require_planner, trouble_of
from services.scheduling.planning.ground import hold_location
from services.scheduling.planning.reach import Change, Proposal
from services.scheduling.planning.replanning import replan
from services.scheduling.schemas.offers import OfferRequest, ReplanView
from services.scheduling.slots import views
from shared.aliases import survivors_of
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.scheduling import SlotOffered
from shared.ids import derived_id, new_id
from shared.problems import problem_kind

OFFER_ENDS = "offer_ends"
PREVIEW_CHANGED = problem_kind(
    "PREVIEW_CHANGED", 409, "What would be offered now is not what the preview showed", "Look at a new preview."
)


async def offer_replan(uow: UnitOfWork, request: OfferRequest) -> ReplanView:
    """Make the offers of a preview, each with its slots held; another chair at the same time is taken at once.

    Whoever cannot be placed is put on the call list. Patients are locked first, then every location of the clinics,
    since others may take them. A plan that was shown unimproved is offered as it is, whatever could be found now.
    Raises NOT_FOUND, FORBIDDEN, PREVIEW_CHANGED, NO_CLINIC_FILE.
    """
    trouble = await trouble_of(uow, request.cause, request.cause_id)
    require_planner(uow, trouble)
    locked = await _lock(uow, trouble)
    affected = await affected_by(uow, trouble)
    proposals, improvement = await replan(uow, affected, lambda greedy: views.digest(greedy) == request.digest)
    if views.digest(proposals) != request.digest or not {one.first.patient_id for one in proposals} <= locked:
        raise PREVIEW_CHANGED()
    for proposal in proposals:
        for change in proposal.changes:
            if change.how is How.SEAT:
                await _reseat(uow, change)
    offers = [offer for one in proposals for offer in await _offer(uow, trouble, one)]
    return views.replan(trouble, proposals, improvement, offers)


async def _lock(uow: UnitOfWork, trouble: Trouble) -> set[UUID]:
    people = await patients_at(uow, trouble)
    every_id = sorted(people | set((await survivors_of(uow, people)).values()))
    await uow.sql("SELECT 1 FROM patient WHERE id = ANY ($1) ORDER BY id FOR UPDATE", every_id)
    clinics = {clinic_id: (await active_clinic(uow, clinic_id)).file for clinic_id, _ in trouble.places}
    for clinic_id, location in sorted((id_, place.id) for id_, file in clinics.items() for place in file.locations):
        await hold_location(uow, clinic_id, location)
    return people


async def _reseat(uow: UnitOfWork, change: Change) -> None:
    """Nobody is asked about another chair at the same time, and nothing is said: events name no chair."""
    row = await records.find(uow, Appointment, change.appointment.id, lock=True)
    row.chair, row.chair_id, row.version = change.seat.name, change.seat.id, row.version + 1
    await uow.session.flush()
    await records.audit(uow, "update", "appointment", row)


async def _offer(uow: UnitOfWork, trouble: Trouble, proposal: Proposal) -> list[UUID]:
    """The offer of what the patient has to agree to, if there is anything; without a place a call is due."""
    asked = [change for change in proposal.changes if change.how is not How.SEAT]
    if proposal.changes and not asked:
        return []
    first = asked[0].appointment if asked else proposal.first
    policy = (await active_clinic(uow, first.clinic_id)).file.booking
    await supersede(uow, first.id)
    ends = [uow.now + timedelta(hours=policy.offer_hours), *(c.block.starts_at for c in asked), first.starts_at]
    offer = SlotOffer(
        id=new_id(), organisation_id=uow.organisation_id, clinic_id=first.clinic_id, patient_id=first.patient_id,
        state="OPEN" if asked else "UNPLACED", cause=trouble.cause.value, cause_id=trouble.id,
        appointment_id=first.id, course_id=first.course_id, zone=first.zone, starts_at=first.starts_at,
        offered_at=uow.now, expires_at=min(ends),
    )  # fmt: skip
    uow.session.add(offer)
    await uow.session.flush()
    uow.session.add_all([_held(uow, offer, change) for change in asked])
    await uow.session.flush()
    await audit_offer(uow, "create", offer)
    if asked:
        await _say(uow, offer, asked)
    return [offer.id]


def _held(uow: UnitOfWork, offer: SlotOffer, change: Change) -> SlotHold:
    row = change.appointment
    return SlotHold(
        id=new_id(), organisation_id=uow.organisation_id, clinic_id=row.clinic_id, patient_id=row.patient_id,
        subject_id=row.id, kind=row.kind, course_id=row.course_id, appointment_id=row.id, location=change.location,
        location_id=derived_id(row.clinic_id, change.location), chair=change.seat.name, chair_id=change.seat.id,
        zone=row.zone, starts_at=change.block.starts_at, ends_at=change.block.ends_at, held_at=uow.now,
        held_until=offer.expires_at, offer_id=offer.id, instead_of=row.starts_at,
        replaces=change.how is How.REPLACE, session_number=change.number,
    )  # fmt: skip


async def _say(uow: UnitOfWork, offer: SlotOffer, asked: list[Change]) -> None:
    offered = SlotOffered(
        offer_id=offer.id, patient_id=offer.patient_id, version=offer.version, appointment_id=offer.appointment_id,
        location=asked[0].location, zone=offer.zone, sessions=len(asked), starts_at=asked[0].block.starts_at,
        previous_starts_at=offer.starts_at, offered_at=offer.offered_at, expires_at=offer.expires_at,
    )  # fmt: skip
    uow.emit(offered, key=offer.patient_id, subject=offer.id, clinic_id=offer.clinic_id)
    await uow.schedule(
        OFFER_ENDS, offer.id, 1, offer.expires_at, key=offer.patient_id, clinic_id=offer.clinic_id
    )  # fmt: skip
