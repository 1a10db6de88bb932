"""Packages (domain F.7): n sessions sold for one price, valid for months, given back pro rata or by list price."""

from calendar import monthrange
from datetime import date
from decimal import Decimal

from shared.money import round_half_up


def unused_value(price: int, sessions: int, used: int) -> int:
    """Cents that the credits left are worth: the price times their share, half up. All of it at 0 used, 0 at the end.

    It is what the package still stands for in the ledger, and what goes back pro rata.
    """
    return round_half_up(Decimal(price) * (sessions - used) / sessions)


def credit_value(price: int, sessions: int, used: int) -> int:
    """Cents that the next credit takes off the liability when `used` are gone already."""
    return unused_value(price, sessions, used) - unused_value(price, sessions, used + 1)


def refund_by_list_price(price: int, used_at_list: int) -> int:
    """The price less what the sessions used would have cost at list price; never below 0."""
    return max(0, price - used_at_list)


def expires_on(sold_on: date, months: int) -> date:
    """The last day on which credits can be used: the same day `months` later, or that month's last."""
    month = sold_on.month - 1 + months
    year, month = sold_on.year + month // 12, month % 12 + 1
    return date(year, month, min(sold_on.day, monthrange(year, month)[1]))
