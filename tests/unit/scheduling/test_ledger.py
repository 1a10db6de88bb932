"""The drug ledger balances after any sequence (domain H.4)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from services.scheduling.domain.ledger import (
    Account,
    Kind,
    Posting,
    account,
    administer,
    draw,
    into_vial,
    opened,
    out_of_vial,
    reversal,
    waste_of_draw,
)
from services.scheduling.domain.stock import (
    Container,
    Form,
    VialState,
    draw_refusals,
    open_until,
    plain,
    rest_refusals,
    reversal_refusals,
    settle_refusals,
)
from shared.clinicfile.controlled import ControlledPolicy, Substance
from tests.unit.scheduling.kit import NOON

TODAY = NOON.date()
FULL = Decimal(500)
VIAL = Container(
    form=Form.VIAL, multi_dose=True, full_mg=FULL, balance_mg=FULL, expires_on=TODAY + timedelta(days=90),
    recalled=False, opened_at=None, open_until=None, in_transit=False,
)  # fmt: skip


def codes(vial: Container, mg: str = "40") -> list[str]:
    return [refusal.code for refusal in draw_refusals(vial, Decimal(mg), NOON, TODAY)]


def test_the_printed_vial_comes_to_the_printed_balances() -> None:
    steps = [
        into_vial(Kind.RECEIVE, FULL), opened(), draw(Decimal(40)), administer(Decimal(35)), waste_of_draw(Decimal(5)),
        draw(Decimal(62)), administer(Decimal(62)),
    ]  # fmt: skip
    balances = [account(steps[: n + 1]).balance for n in range(len(steps))]
    assert balances == [500, 500, 460, 460, 460, 398, 398]
    assert account(steps).unsettled == 0


@pytest.mark.parametrize(
    ("change", "mg", "expected"),
    [
        ({}, "40", []),
        ({}, "500", []),
        ({}, "500.001", ["MORE_THAN_IS_LEFT"]),
        ({"expires_on": TODAY}, "40", []),
        ({"expires_on": TODAY - timedelta(days=1)}, "40", ["LOT_EXPIRED"]),
        ({"recalled": True}, "40", ["LOT_RECALLED"]),
        ({"in_transit": True}, "40", ["IN_TRANSIT"]),
        ({"opened_at": NOON, "open_until": NOON + timedelta(seconds=1)}, "40", []),
        ({"opened_at": NOON, "open_until": NOON}, "40", ["OPEN_TOO_LONG"]),
        ({"opened_at": NOON, "open_until": NOON + timedelta(hours=1), "multi_dose": False}, "40", ["SINGLE_DOSE_USED"]),
        ({"form": Form.DEVICE, "full_mg": Decimal(28), "balance_mg": Decimal(28)}, "28", []),
        ({"form": Form.DEVICE, "full_mg": Decimal(28), "balance_mg": Decimal(28)}, "14", ["DEVICE_IS_WHOLE"]),
        (
            {"expires_on": TODAY - timedelta(days=1), "recalled": True, "balance_mg": Decimal(3)}, "40",
            ["LOT_EXPIRED", "LOT_RECALLED", "MORE_THAN_IS_LEFT"],
        ),
    ],
)  # fmt: skip
def test_a_draw_is_refused_for_every_reason_at_once(change: dict[str, Any], mg: str, expected: list[str]) -> None:
    assert codes(replace(VIAL, **change), mg) == expected


def test_expired_and_recalled_stock_may_still_leave_as_waste_or_to_a_distributor() -> None:
    old = replace(VIAL, expires_on=TODAY - timedelta(days=400), recalled=True)
    assert rest_refusals(old, FULL) == []
    assert [r.code for r in rest_refusals(old, FULL + 1)] == ["MORE_THAN_IS_LEFT"]
    assert [r.code for r in rest_refusals(replace(old, in_transit=True), FULL)] == ["IN_TRANSIT"]


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({}, VialState.SEALED),
        ({"opened_at": NOON, "open_until": NOON + timedelta(seconds=1)}, VialState.OPEN),
        ({"opened_at": NOON, "open_until": NOON}, VialState.OUT_OF_USE),
        ({"opened_at": NOON, "open_until": NOON + timedelta(hours=1), "multi_dose": False}, VialState.OUT_OF_USE),
        ({"opened_at": NOON, "open_until": NOON, "balance_mg": Decimal(0)}, VialState.EMPTY),
        ({"balance_mg": Decimal(0), "in_transit": True}, VialState.IN_TRANSIT),
    ],
)
def test_how_a_vial_stands(change: dict[str, Any], state: VialState) -> None:
    assert replace(VIAL, **change).state(NOON) is state


def test_a_multi_dose_vial_is_open_for_28_days_a_single_dose_for_its_hours() -> None:
    policy = ControlledPolicy()
    assert open_until(True, NOON, policy) == NOON + timedelta(days=28)
    assert open_until(False, NOON, policy) == NOON + timedelta(hours=1)
    assert open_until(False, NOON, ControlledPolicy(single_dose_open_hours=6)) == NOON + timedelta(hours=6)


@pytest.mark.parametrize(("mg", "left"), [("5", []), ("5.001", ["MORE_THAN_WAS_DRAWN"])])
def test_no_more_is_settled_than_was_drawn(mg: str, left: list[str]) -> None:
    of = account([draw(Decimal(40)), administer(Decimal(35))])
    found = settle_refusals(of, Decimal(mg))
    assert [refusal.code for refusal in found] == left
    assert [refusal.params for refusal in found] == [{"unsettled_mg": "5"}] * len(left)


def test_a_draw_is_reversed_only_after_what_was_given_of_it() -> None:
    given = [into_vial(Kind.RECEIVE, FULL), draw(Decimal(40)), administer(Decimal(35))]
    of, vial = replace(account(given[1:]), balance=Decimal(0)), Account(balance=account(given).balance)
    assert [r.code for r in reversal_refusals(vial, of, reversal(given[1]))] == ["LATER_MOVEMENTS_BUILD_ON_IT"]
    assert reversal_refusals(vial, of, reversal(given[2])) == []
    undone = replace(of.with_posting(reversal(given[2])), balance=Decimal(0))
    assert reversal_refusals(vial, undone, reversal(given[1])) == []
    assert [r.code for r in reversal_refusals(vial, None, reversal(given[0]))] == ["LATER_MOVEMENTS_BUILD_ON_IT"]


@pytest.mark.parametrize(("mg", "text"), [("460.000", "460"), ("0.500", "0.5"), ("0", "0"), ("100", "100")])
def test_milligrams_are_written_as_people_write_them(mg: str, text: str) -> None:
    assert plain(Decimal(mg)) == text


def test_a_clinic_names_each_substance_once() -> None:
    twice = Substance(id="ketamine", name="Ketamine", schedule="III")
    with pytest.raises(ValueError, match="names a substance twice"):
        ControlledPolicy(substances=(twice, twice))


MG = st.decimals("0.001", "600", places=3)


class Ledger(RuleBasedStateMachine):
    """Vials and draws, changed only by what the decisions allow; whatever they allow must balance."""

    vials = Bundle("vials")
    draws = Bundle("draws")
    lines = Bundle("lines")

    def __init__(self) -> None:
        super().__init__()
        self.posted: list[tuple[int, int | None, Posting]] = []
        self.reversed: set[int] = set()
        self.count = 0

    def post(self, vial: int, of: int | None, posting: Posting) -> int:
        self.posted.append((vial, of, posting))
        return len(self.posted) - 1

    def vial(self, vial: int) -> Account:
        whole = account(posting for v, _, posting in self.posted if v == vial)
        return Account(balance=whole.balance)

    def settled(self, of: int) -> Account:
        return replace(account(posting for _, d, posting in self.posted if d == of), balance=Decimal(0))

    def container(self, vial: int) -> Container:
        return replace(VIAL, balance_mg=self.vial(vial).balance)

    @rule(target=vials, mg=MG)
    def receive(self, mg: Decimal) -> int:
        self.count += 1
        self.post(self.count, None, into_vial(Kind.RECEIVE, mg))
        return self.count

    @rule(target=draws, vial=vials, mg=MG)
    def draws_some(self, vial: int, mg: Decimal) -> tuple[int, int]:
        self.count += 1
        if not draw_refusals(self.container(vial), mg, NOON, TODAY):
            self.post(vial, self.count, draw(mg))
        return vial, self.count

    @rule(target=lines, of=draws, mg=MG, administered=st.booleans())
    def settles(self, of: tuple[int, int], mg: Decimal, administered: bool) -> int:
        if settle_refusals(self.settled(of[1]), mg):
            return -1
        return self.post(*of, administer(mg) if administered else waste_of_draw(mg))

    @rule(target=lines, vial=vials, mg=MG, kind=st.sampled_from([Kind.WASTE, Kind.RETURN, Kind.LOSS]))
    def leaves(self, vial: int, mg: Decimal, kind: Kind) -> int:
        if rest_refusals(self.container(vial), mg):
            return -1
        return self.post(vial, None, out_of_vial(kind, mg))

    @rule(line=st.one_of(consumes(lines), st.integers(0, 60)))
    def reverses(self, line: int) -> None:
        if not 0 <= line < len(self.posted) or line in self.reversed:
            return
        vial, of, posting = self.posted[line]
        undone = reversal(posting)
        if posting.kind is Kind.REVERSAL or reversal_refusals(
            self.vial(vial), None if of is None else self.settled(of), undone
        ):
            return
        self.reversed.add(line)
        self.post(vial, of, undone)

    @invariant()
    def every_vial_and_every_draw_balances(self) -> None:
        vials = {vial for vial, _, _ in self.posted}
        draws = {of for _, of, _ in self.posted if of is not None}
        assert all(self.vial(vial).holds for vial in vials)
        assert all(self.settled(of).holds for of in draws)

    @invariant()
    def nothing_is_made_and_nothing_vanishes(self) -> None:
        whole = account(posting for _, _, posting in self.posted)
        out = sum((-p.vial for _, _, p in self.posted if p.drawn == 0), Decimal(0))
        assert whole.balance + whole.administered + whole.wasted + whole.unsettled == -out


TestLedger = Ledger.TestCase
TestLedger.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
