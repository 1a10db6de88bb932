"""Postings of the controlled-drug ledger (domain H.4): what each movement does to its vial and its draw. Milligrams.

A vial's balance is the sum of `vial`. Of every draw, `drawn` = `administered` + `wasted` once it is settled. Nothing is
edited: a wrong posting is reversed, which is a posting with every amount the other way round.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

NONE = Decimal(0)


class Kind(StrEnum):
    """Kinds of movements (H.4). RETURN goes back to the supplier; LOSS is stolen, spilled or not to be found."""

    RECEIVE = "RECEIVE"
    OPEN = "OPEN"
    DRAW = "DRAW"
    ADMINISTER = "ADMINISTER"
    WASTE = "WASTE"
    RETURN = "RETURN"
    TRANSFER_OUT = "TRANSFER_OUT"
    TRANSFER_IN = "TRANSFER_IN"
    REVERSE_DISTRIBUTE = "REVERSE_DISTRIBUTE"
    LOSS = "LOSS"
    ADJUST = "ADJUST"
    REVERSAL = "REVERSAL"


LEAVING = frozenset({Kind.WASTE, Kind.RETURN, Kind.TRANSFER_OUT, Kind.REVERSE_DISTRIBUTE, Kind.LOSS})
"""What takes a rest out of a vial."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One movement: its effect on the vial's balance and on the draw that it belongs to."""

    kind: Kind
    vial: Decimal = NONE
    drawn: Decimal = NONE
    administered: Decimal = NONE
    wasted: Decimal = NONE


def into_vial(kind: Kind, mg: Decimal) -> Posting:
    """RECEIVE, TRANSFER_IN, or an ADJUST that found more."""
    return Posting(kind, vial=mg)


def out_of_vial(kind: Kind, mg: Decimal) -> Posting:
    """What leaves a vial and is no draw: a rest that is wasted, returned, transferred, destroyed, lost."""
    return Posting(kind, vial=-mg)


def opened() -> Posting:
    """The first puncture; nothing leaves by it."""
    return Posting(Kind.OPEN)


def draw(mg: Decimal) -> Posting:
    """Out of the vial, into a syringe or bag for one session."""
    return Posting(Kind.DRAW, vial=-mg, drawn=mg)


def administer(mg: Decimal) -> Posting:
    """Of a draw, into the patient."""
    return Posting(Kind.ADMINISTER, administered=mg)


def waste_of_draw(mg: Decimal) -> Posting:
    """Of a draw, destroyed before a witness: the rest of a syringe, of a stopped bag."""
    return Posting(Kind.WASTE, wasted=mg)


def reversal(of: Posting) -> Posting:
    """The posting that undoes another."""
    return Posting(Kind.REVERSAL, -of.vial, -of.drawn, -of.administered, -of.wasted)


@dataclass(frozen=True, slots=True)
class Account:
    """Sums of postings. `unsettled` is what was drawn and neither administered nor wasted."""

    balance: Decimal = NONE
    drawn: Decimal = NONE
    administered: Decimal = NONE
    wasted: Decimal = NONE

    @property
    def unsettled(self) -> Decimal:
        return self.drawn - self.administered - self.wasted

    @property
    def holds(self) -> bool:
        """What must be true after every posting, and what the tables check as well."""
        return min(self.balance, self.drawn, self.administered, self.wasted, self.unsettled) >= 0

    def with_posting(self, posting: Posting) -> "Account":
        return Account(
            self.balance + posting.vial, self.drawn + posting.drawn, self.administered + posting.administered,
            self.wasted + posting.wasted,
        )  # fmt: skip


def account(postings: Iterable[Posting]) -> Account:
    """The sums of some postings."""
    total = Account()
    for posting in postings:
        total = total.with_posting(posting)
    return total
