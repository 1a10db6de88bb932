"""The ledger: every entry moves one amount from one account to another, so the books balance by their shape.

What an account holds is its debits less its credits. RECEIVABLE is what patients owe, CASH what came in and stayed,
PACKAGE_LIABILITY (a credit balance) what is owed in sessions already paid, DISCOUNT what packages made cheaper.
"""

from dataclasses import dataclass
from enum import StrEnum


class Account(StrEnum):
    """Where money is."""

    RECEIVABLE = "RECEIVABLE"
    REVENUE = "REVENUE"
    CASH = "CASH"
    PACKAGE_LIABILITY = "PACKAGE_LIABILITY"
    DISCOUNT = "DISCOUNT"


@dataclass(frozen=True, slots=True)
class Entry:
    """`cents`, more than 0, are added to `debit` and taken from `credit`."""

    debit: Account
    credit: Account
    cents: int


def invoiced(total: int) -> list[Entry]:
    """A session, a visit or a fee was charged."""
    return _entries((Account.RECEIVABLE, Account.REVENUE, total))


def waived(due: int) -> list[Entry]:
    """What is still due of a fee is not taken."""
    return _entries((Account.REVENUE, Account.RECEIVABLE, due))


def paid(amount: int) -> list[Entry]:
    """Money came in for an invoice."""
    return _entries((Account.CASH, Account.RECEIVABLE, amount))


def paid_back(amount: int) -> list[Entry]:
    """A payment, or some of it, went back: the invoice is open again by so much."""
    return _entries((Account.RECEIVABLE, Account.CASH, amount))


def package_sold(price: int) -> list[Entry]:
    """Sessions were paid before they took place."""
    return _entries((Account.CASH, Account.PACKAGE_LIABILITY, price))


def credit_used(value: int, charged: int) -> list[Entry]:
    """A credit worth `value` settles a session charged `charged` at list price; the difference is the discount."""
    covered = min(value, charged)
    return _entries(
        (Account.PACKAGE_LIABILITY, Account.RECEIVABLE, covered),
        (Account.DISCOUNT, Account.RECEIVABLE, charged - covered),
        (Account.PACKAGE_LIABILITY, Account.REVENUE, value - covered),
    )


def package_refunded(unused_value: int, refund: int) -> list[Entry]:
    """Unused sessions are given back for `refund`; what is kept of their value is earned."""
    returned = min(unused_value, refund)
    return _entries(
        (Account.PACKAGE_LIABILITY, Account.CASH, returned),
        (Account.PACKAGE_LIABILITY, Account.REVENUE, unused_value - returned),
        (Account.REVENUE, Account.CASH, refund - returned),
    )


def _entries(*moves: tuple[Account, Account, int]) -> list[Entry]:
    return [Entry(debit, credit, cents) for debit, credit, cents in moves if cents != 0]
