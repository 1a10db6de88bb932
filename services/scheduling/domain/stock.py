"""What stands in the way of a movement of a vial (domain H.4). A refusal is a code with parameters; mg, local dates."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from services.scheduling.domain.ledger import NONE, Account, Posting
from shared.clinicfile.controlled import ControlledPolicy


class Form(StrEnum):
    """A vial is drawn from; a device is used up as a whole."""

    VIAL = "VIAL"
    DEVICE = "DEVICE"


class VialState(StrEnum):
    """OUT_OF_USE: open for too long, or a single-dose vial that was drawn from; its rest is wasted."""

    SEALED = "SEALED"
    OPEN = "OPEN"
    OUT_OF_USE = "OUT_OF_USE"
    EMPTY = "EMPTY"
    IN_TRANSIT = "IN_TRANSIT"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a movement is not allowed."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Container:
    """A vial or device as it stands. `open_until`: an open one may be used until then; None while it is sealed."""

    form: Form
    multi_dose: bool
    full_mg: Decimal
    balance_mg: Decimal
    expires_on: date
    recalled: bool
    opened_at: datetime | None
    open_until: datetime | None
    in_transit: bool

    def state(self, now: datetime) -> VialState:
        if self.in_transit:
            return VialState.IN_TRANSIT
        if self.balance_mg == 0:
            return VialState.EMPTY
        if self.opened_at is None:
            return VialState.SEALED
        used_up = not self.multi_dose or (self.open_until is not None and self.open_until <= now)
        return VialState.OUT_OF_USE if used_up else VialState.OPEN


def open_until(multi_dose: bool, opened_at: datetime, policy: ControlledPolicy) -> datetime:
    """How long an open container may be used: 28 days, or the hours of a single dose (H.4, both `policy`)."""
    hours = policy.multi_dose_open_hours if multi_dose else policy.single_dose_open_hours
    return opened_at + timedelta(hours=hours)


def draw_refusals(vial: Container, mg: Decimal, at: datetime, today: date) -> list[Refusal]:
    """Why nothing may be drawn: expired or recalled stock, an open vial past its time, more than is left."""
    return [*_unusable(vial, at, today), *_too_much(vial, mg)]


def _unusable(vial: Container, at: datetime, today: date) -> Iterator[Refusal]:
    if vial.expires_on < today:
        yield Refusal("LOT_EXPIRED", {"expires_on": vial.expires_on.isoformat()})
    if vial.recalled:
        yield Refusal("LOT_RECALLED")
    if vial.in_transit:
        yield Refusal("IN_TRANSIT")
    if vial.opened_at is not None and not vial.multi_dose:
        yield Refusal("SINGLE_DOSE_USED")
    elif vial.open_until is not None and vial.open_until <= at:
        yield Refusal("OPEN_TOO_LONG", {"open_until": vial.open_until.isoformat()})


def _too_much(vial: Container, mg: Decimal) -> Iterator[Refusal]:
    if mg > vial.balance_mg:
        yield Refusal("MORE_THAN_IS_LEFT", {"left_mg": plain(vial.balance_mg)})
    elif vial.form is Form.DEVICE and mg != vial.full_mg:
        yield Refusal("DEVICE_IS_WHOLE", {"device_mg": plain(vial.full_mg)})


def rest_refusals(vial: Container, mg: Decimal) -> list[Refusal]:
    """Why a rest may not leave a vial: it is more than is left, or under way to another registration."""
    return [*_too_much(vial, mg), *([Refusal("IN_TRANSIT")] if vial.in_transit else [])]


def settle_refusals(draw: Account, mg: Decimal) -> list[Refusal]:
    """Why so much of a draw cannot have been administered or wasted: drawn = administered + wasted."""
    if mg <= draw.unsettled:
        return []
    return [Refusal("MORE_THAN_WAS_DRAWN", {"unsettled_mg": plain(draw.unsettled)})]


def reversal_refusals(vial: Account, draw: Account | None, undone: Posting) -> list[Refusal]:
    """Why a movement cannot be reversed: what came after builds on it, and is reversed first."""
    stock = Account(balance=vial.balance + undone.vial)
    of = replace(draw.with_posting(undone), balance=NONE) if draw is not None else Account()
    return [] if stock.holds and of.holds else [Refusal("LATER_MOVEMENTS_BUILD_ON_IT")]


def plain(mg: Decimal) -> str:
    """Milligrams as people write them: 460, 0.5."""
    text = f"{mg:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
