"""Which authorisation pays, and what state it is in (domain F.3, F.8)."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.authorisations import State, runs_low, state_on, to_use

FROM, TO = date(2026, 12, 1), date(2026, 12, 31)
DAY = timedelta(days=1)


@dataclass
class Granted:
    units_granted: int = 140
    units_used: int = 0
    valid_from: date = FROM
    valid_to: date = TO


@pytest.mark.parametrize(
    ("used", "today", "state"),
    [
        (0, TO, State.APPROVED),
        (139, TO, State.APPROVED),
        (140, TO, State.USED_UP),
        (0, TO + DAY, State.EXPIRED),
        (140, TO + DAY, State.EXPIRED),
    ],
    ids=["the last day is good", "one unit left", "none left", "the day after", "over is over"],
)
def test_the_state_on_a_day(used: int, today: date, state: State) -> None:
    assert state_on(Granted(units_used=used), today) is state


@pytest.mark.parametrize(
    ("units", "on", "good"),
    [(140, FROM, True), (140, TO, True), (141, TO, False), (1, FROM - DAY, False), (1, TO + DAY, False)],
)
def test_the_date_must_be_inside_and_the_units_enough(units: int, on: date, good: bool) -> None:
    only = Granted()
    assert to_use([only], units, on) is (only if good else None)


@pytest.mark.parametrize(("granted", "used", "low"), [(100, 79, False), (100, 80, True), (672, 537, False)])
def test_eighty_percent_used_is_low(granted: int, used: int, low: bool) -> None:
    assert runs_low(Granted(granted, used)) is low


@given(
    st.lists(
        st.builds(
            Granted, units_granted=st.integers(1, 200), valid_from=st.dates(FROM, TO), valid_to=st.dates(FROM, TO)
        ),
        max_size=6,
    ),
    st.integers(1, 200),
    st.dates(FROM, TO),
)
def test_of_all_that_would_pay_the_first_to_end_is_used(granted: list[Granted], units: int, on: date) -> None:
    good = [one for one in granted if one.valid_from <= on <= one.valid_to and one.units_granted >= units]
    chosen = to_use(granted, units, on)
    assert (chosen is None) == (not good)
    assert chosen is None or (chosen in good and chosen.valid_to == min(one.valid_to for one in good))
