"""Day-end reconciliation of a registration (domain H.4): every difference by its name. Milligrams, local dates."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.scheduling.domain.counting import next_inventory_on
from services.scheduling.domain.stock import VialState, plain


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as it should be at the end of a day, and what it is about."""

    code: str
    about: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OpenDraw:
    """A draw of which something is neither administered nor wasted."""

    draw_id: UUID
    session_id: UUID
    unsettled_mg: Decimal


@dataclass(frozen=True, slots=True)
class DosedSession:
    """A session of the day whose dose is over: mg by its record, mg by the ledger; None when nothing was drawn."""

    session_id: UUID
    given_mg: Decimal
    administered_mg: Decimal | None


@dataclass(frozen=True, slots=True)
class StockedVial:
    """A container that is not empty."""

    vial_id: UUID
    state: VialState
    balance_mg: Decimal
    expired: bool
    recalled: bool


@dataclass(frozen=True, slots=True)
class DayEnd:
    """What is known at the end of a day. `broken` are containers whose balance is not the sum of their movements."""

    day: date
    registration_until: date
    counted: bool
    last_inventory_on: date | None
    draws: Sequence[OpenDraw] = ()
    sessions: Sequence[DosedSession] = ()
    vials: Sequence[StockedVial] = ()
    open_discrepancies: Sequence[UUID] = ()
    untold_losses: Sequence[UUID] = ()
    under_way: Sequence[UUID] = ()
    broken: Sequence[UUID] = ()


def differences(end: DayEnd) -> list[Difference]:
    """Every difference; none: the day balances."""
    return [
        *(Difference("BALANCE_BROKEN", {"vial_id": str(vial)}) for vial in end.broken),
        *(_unsettled(draw) for draw in end.draws),
        *_doses(end.sessions),
        *_stock(end.vials),
        *(Difference("DISCREPANCY_OPEN", {"discrepancy_id": str(one)}) for one in end.open_discrepancies),
        *(Difference("LOSS_NOT_TOLD", {"discrepancy_id": str(one)}) for one in end.untold_losses),
        *(Difference("UNDER_WAY", {"vial_id": str(vial)}) for vial in end.under_way),
        *_duties(end),
    ]


def _unsettled(draw: OpenDraw) -> Difference:
    about = {"draw_id": str(draw.draw_id), "session_id": str(draw.session_id), "mg": plain(draw.unsettled_mg)}
    return Difference("DRAW_UNSETTLED", about)


def _doses(sessions: Sequence[DosedSession]) -> Iterator[Difference]:
    for session in sessions:
        about = {"session_id": str(session.session_id), "given_mg": plain(session.given_mg)}
        if session.administered_mg is None:
            if session.given_mg > 0:
                yield Difference("DOSE_NOT_DRAWN", about)
        elif session.administered_mg != session.given_mg:
            yield Difference("GIVEN_DIFFERS", about | {"administered_mg": plain(session.administered_mg)})


def _stock(vials: Sequence[StockedVial]) -> Iterator[Difference]:
    for vial in vials:
        about = {"vial_id": str(vial.vial_id), "mg": plain(vial.balance_mg)}
        if vial.state is VialState.OUT_OF_USE:
            yield Difference("OUT_OF_USE_IN_STOCK", about)
        if vial.expired:
            yield Difference("EXPIRED_IN_STOCK", about)
        if vial.recalled:
            yield Difference("RECALLED_IN_STOCK", about)


def _duties(end: DayEnd) -> Iterator[Difference]:
    if not end.counted:
        yield Difference("NOT_COUNTED")
    if end.last_inventory_on is None:
        yield Difference("INVENTORY_MISSING")
    elif (due_on := next_inventory_on(end.last_inventory_on)) < end.day:
        yield Difference("INVENTORY_OVERDUE", {"due_on": due_on.isoformat()})
    if end.registration_until < end.day:
        yield Difference("REGISTRATION_OVER", {"expires_on": end.registration_until.isoformat()})
