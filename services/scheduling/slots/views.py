"""Held and offered slots, chairs out of order, and who waits, as answers."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from uuid import UUID

from services.scheduling.domain.course import Violation
from services.scheduling.domain.replanning import How
from services.scheduling.domain.wording import worded
from services.scheduling.models import Appointment, ChairOutage, SlotHold, SlotOffer, WaitlistEntry
from services.scheduling.planning.affected import Trouble
from services.scheduling.planning.improving import Improvement
from services.scheduling.planning.reach import Change, Proposal
from services.scheduling.promised import promised
from services.scheduling.schemas.offers import (
    ChangeView,
    ImprovementView,
    OfferCause,
    OfferState,
    OfferView,
    OutageReason,
    OutageView,
    ProposedChanges,
    ReplanView,
)
from services.scheduling.schemas.slots import HoldState, HoldView, WhyNotView
from services.scheduling.schemas.staff import RosterState
from services.scheduling.schemas.waitlist import WaitState, WaitView
from shared.http import instant


def hold(row: SlotHold) -> HoldView:
    return HoldView(
        hold_id=row.id, version=row.version, state=HoldState(row.state), patient_id=row.patient_id,
        clinic_id=row.clinic_id, kind=row.kind, appointment_id=row.appointment_id, course_id=row.course_id,
        location=row.location, chair=row.chair, starts=instant(row.starts_at, row.zone),
        ends=instant(row.ends_at, row.zone), held_until=instant(row.held_until, row.zone),
    )  # fmt: skip


def why_not(violations: Iterable[Violation]) -> list[WhyNotView]:
    return [WhyNotView(code=v.code, wording=worded(v), params=v.params) for v in violations]


def outage(row: ChairOutage, zone: str, booked: int) -> OutageView:
    return OutageView(
        outage_id=row.id, clinic_id=row.clinic_id, location=row.location, chair=row.chair, version=row.version,
        state=RosterState(row.state), starts=instant(row.starts_at, zone), ends=instant(row.ends_at, zone),
        reason=OutageReason(row.reason), booked=booked,
    )  # fmt: skip


def replan(
    trouble: Trouble, proposals: Sequence[Proposal], improvement: Improvement | None = None, offers: Sequence[UUID] = ()
) -> ReplanView:
    """What is or would be offered; the digest is over the proposals alone."""
    shown = [_proposed(proposal) for proposal in proposals]
    return ReplanView(
        cause=trouble.cause, cause_id=trouble.id, digest=_digest(shown), proposals=shown, offers=list(offers),
        improvement=ImprovementView.model_validate(improvement, from_attributes=True) if improvement else None,
    )  # fmt: skip


def digest(proposals: Sequence[Proposal]) -> str:
    """What names exactly these proposals."""
    return _digest([_proposed(proposal) for proposal in proposals])


def _digest(shown: Sequence[ProposedChanges]) -> str:
    return sha256("\n".join(one.model_dump_json() for one in shown).encode()).hexdigest()


def _proposed(proposal: Proposal) -> ProposedChanges:
    first = proposal.first
    return ProposedChanges(
        patient_id=first.patient_id, clinic_id=first.clinic_id, course_id=first.course_id,
        appointment_ids=[row.id for row in proposal.appointments],
        changes=[_change(change) for change in proposal.changes], why_not=why_not(proposal.broken),
    )  # fmt: skip


def _change(change: Change) -> ChangeView:
    row = change.appointment
    return ChangeView(
        appointment_id=row.id, how=change.how, session_number=change.number,
        starts_was=instant(row.starts_at, row.zone), starts=instant(change.block.starts_at, row.zone),
        ends=instant(change.block.ends_at, row.zone), location=change.location, chair=change.seat.name,
    )  # fmt: skip


def offer(row: SlotOffer, holds: Sequence[SlotHold]) -> OfferView:
    return OfferView(
        offer_id=row.id, version=row.version, state=OfferState(row.state), patient_id=row.patient_id,
        clinic_id=row.clinic_id, cause=OfferCause(row.cause), appointment_id=row.appointment_id,
        starts_was=instant(row.starts_at, row.zone), offered_at=instant(row.offered_at, row.zone),
        expires_at=instant(row.expires_at, row.zone),
        answered_at=instant(row.answered_at, row.zone) if row.answered_at else None, answered_by=row.answered_by,
        changes=[_held(hold) for hold in holds] or _claimable(row),
    )  # fmt: skip


def _held(hold: SlotHold) -> ChangeView:
    return ChangeView(
        appointment_id=promised(hold.appointment_id, "appointment of an offered slot"),
        how=How.REPLACE if hold.replaces else How.MOVE, session_number=hold.session_number,
        starts_was=instant(promised(hold.instead_of, "start that an offered slot is instead of"), hold.zone),
        starts=instant(hold.starts_at, hold.zone), ends=instant(hold.ends_at, hold.zone), location=hold.location,
        chair=hold.chair,
    )  # fmt: skip


def _claimable(row: SlotOffer) -> list[ChangeView]:
    """What an offer from the waitlist is about; nothing of it is held."""
    if row.to_starts_at is None or row.to_ends_at is None or row.location is None:
        return []
    was, starts, ends = (instant(at, row.zone) for at in (row.starts_at, row.to_starts_at, row.to_ends_at))
    return [
        ChangeView(
            appointment_id=row.appointment_id, how=How.MOVE, session_number=None, starts_was=was, starts=starts,
            ends=ends, location=row.location, chair=None,
        )
    ]  # fmt: skip


def waiting(row: WaitlistEntry, appointment: Appointment) -> WaitView:
    return WaitView(
        entry_id=row.id, version=row.version, state=WaitState(row.state), patient_id=row.patient_id,
        clinic_id=row.clinic_id, appointment_id=row.appointment_id, location=row.location,
        starts=instant(appointment.starts_at, appointment.zone), priority=row.priority, first_day=row.first_day,
        last_day=row.last_day, from_time=row.from_time, until_time=row.until_time, asked_at=row.asked_at,
    )  # fmt: skip
