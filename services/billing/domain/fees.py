"""Fees for a visit that did not take place (domain D.4): cancelled with less than 24 h of notice, or missed."""

from enum import StrEnum

from services.billing.domain.prices import priced
from services.billing.domain.reasons import Reason
from shared.clinicfile.model import ClinicFile
from shared.events.parts import ChargeLine
from shared.money import Money

_NAMES = {Reason.LATE_CANCEL: "Late cancellation", Reason.NO_SHOW: "Missed appointment"}


class Fee(StrEnum):
    """What becomes of a fee."""

    NONE = "NONE"
    CHARGE = "CHARGE"
    ASK = "ASK"


def fee_line(file: ClinicFile, reason: Reason) -> ChargeLine | None:
    """The fee by the clinic's policy; None when it takes none."""
    prices = file.prices
    cents = prices.late_cancel_cents if reason is Reason.LATE_CANCEL else prices.no_show_cents
    if cents == 0:
        return None
    return proposed_fee(reason, Money(amount_cents=cents, currency=prices.currency))


def proposed_fee(reason: Reason, amount: Money) -> ChargeLine:
    """The line of a fee of that amount."""
    return priced(reason.value, _NAMES[reason], 1, amount)


def cancellation_fee(late: bool, reason_class: str | None) -> Fee:
    """Whether a cancellation costs a fee: PATIENT does when late; illness, emergency and the clinic's own never do.

    Without a reason, or with one not known here, a person decides.
    """
    if not late or reason_class in ("ILLNESS", "CLINIC"):
        return Fee.NONE
    return Fee.CHARGE if reason_class == "PATIENT" else Fee.ASK
