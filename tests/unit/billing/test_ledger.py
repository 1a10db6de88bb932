"""The ledger under any history of sales, invoices, payments and refunds: it balances, and says what is owed."""

from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.billing.domain import ledger
from services.billing.domain.ledger import Account, Entry
from services.billing.domain.packages import credit_value, refund_by_list_price, unused_value

cents = st.integers(1, 1_000_000)


@dataclass
class Bill:
    total: int
    paid: int = 0
    settled: int = 0

    @property
    def due(self) -> int:
        return self.total - self.paid - self.settled


@dataclass
class Bought:
    price: int
    sessions: int
    used: int = 0
    at_list: int = 0
    refunded: bool = False

    @property
    def unused(self) -> int:
        return 0 if self.refunded else unused_value(self.price, self.sessions, self.used)


class Books(RuleBasedStateMachine):
    """One patient's money, kept once as documents and once as ledger entries."""

    def __init__(self) -> None:
        super().__init__()
        self.held: Counter[Account] = Counter()
        self.bills: list[Bill] = []
        self.packages: list[Bought] = []
        self.came_in = self.went_out = 0

    def book(self, entries: list[Entry]) -> None:
        for entry in entries:
            assert entry.cents > 0
            assert entry.debit is not entry.credit
            self.held[entry.debit] += entry.cents
            self.held[entry.credit] -= entry.cents

    @rule(total=cents)
    def invoice(self, total: int) -> None:
        self.bills.append(Bill(total))
        self.book(ledger.invoiced(total))

    @rule(price=cents, sessions=st.integers(1, 12))
    def sell(self, price: int, sessions: int) -> None:
        self.packages.append(Bought(price, sessions))
        self.came_in += price
        self.book(ledger.package_sold(price))

    @precondition(lambda self: any(not p.refunded and p.used < p.sessions for p in self.packages))
    @rule(data=st.data(), charged=cents)
    def use_credit(self, data: st.DataObject, charged: int) -> None:
        package = data.draw(st.sampled_from([p for p in self.packages if not p.refunded and p.used < p.sessions]))
        value = credit_value(package.price, package.sessions, package.used)
        package.used, package.at_list = package.used + 1, package.at_list + charged
        self.bills.append(Bill(charged, settled=charged))
        self.book(ledger.invoiced(charged) + ledger.credit_used(value, charged))

    @precondition(lambda self: any(bill.due for bill in self.bills))
    @rule(data=st.data())
    def pay(self, data: st.DataObject) -> None:
        bill = data.draw(st.sampled_from([bill for bill in self.bills if bill.due]))
        amount = data.draw(st.integers(1, bill.due))
        bill.paid, self.came_in = bill.paid + amount, self.came_in + amount
        self.book(ledger.paid(amount))

    @precondition(lambda self: any(bill.paid for bill in self.bills))
    @rule(data=st.data())
    def pay_back(self, data: st.DataObject) -> None:
        bill = data.draw(st.sampled_from([bill for bill in self.bills if bill.paid]))
        amount = data.draw(st.integers(1, bill.paid))
        bill.paid, self.went_out = bill.paid - amount, self.went_out + amount
        self.book(ledger.paid_back(amount))

    @precondition(lambda self: any(bill.due for bill in self.bills))
    @rule(data=st.data())
    def waive(self, data: st.DataObject) -> None:
        bill = data.draw(st.sampled_from([bill for bill in self.bills if bill.due]))
        self.book(ledger.waived(bill.due))
        bill.settled += bill.due

    @precondition(lambda self: any(not p.refunded for p in self.packages))
    @rule(data=st.data(), by_list=st.booleans())
    def refund_package(self, data: st.DataObject, by_list: bool) -> None:
        package = data.draw(st.sampled_from([p for p in self.packages if not p.refunded]))
        back = refund_by_list_price(package.price, package.at_list) if by_list else package.unused
        self.book(ledger.package_refunded(package.unused, back))
        package.refunded, self.went_out = True, self.went_out + back

    @invariant()
    def every_cent_is_somewhere(self) -> None:
        assert sum(self.held.values()) == 0

    @invariant()
    def receivable_is_what_is_due(self) -> None:
        assert self.held[Account.RECEIVABLE] == sum(bill.due for bill in self.bills)

    @invariant()
    def liability_is_what_unused_credits_are_worth(self) -> None:
        assert -self.held[Account.PACKAGE_LIABILITY] == sum(package.unused for package in self.packages)

    @invariant()
    def cash_is_what_came_in_and_stayed(self) -> None:
        assert self.held[Account.CASH] == self.came_in - self.went_out >= 0


TestBooks = Books.TestCase


@pytest.mark.parametrize(
    ("value", "charged", "moves"),
    [
        (40_000, 45_000, {"PACKAGE_LIABILITY": 40_000, "DISCOUNT": 5_000, "RECEIVABLE": -45_000}),
        (45_000, 45_000, {"PACKAGE_LIABILITY": 45_000, "RECEIVABLE": -45_000}),
        (45_000, 40_000, {"PACKAGE_LIABILITY": 45_000, "RECEIVABLE": -40_000, "REVENUE": -5_000}),
    ],
    ids=["a package is cheaper", "it costs the same", "list price has fallen since"],
)
def test_a_credit_settles_the_session_and_the_difference_has_its_place(
    value: int, charged: int, moves: dict[str, int]
) -> None:
    held: Counter[str] = Counter()
    for entry in ledger.credit_used(value, charged):
        held[entry.debit.value] += entry.cents
        held[entry.credit.value] -= entry.cents
    assert held == moves
