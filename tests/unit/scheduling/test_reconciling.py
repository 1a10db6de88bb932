"""The end of a day names every difference (domain H.4)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from services.scheduling.domain.reconciling import DayEnd, DosedSession, OpenDraw, StockedVial, differences
from services.scheduling.domain.stock import VialState

A, B = UUID(int=1), UUID(int=2)
DAY = date(2026, 11, 30)
BALANCED = DayEnd(
    day=DAY, registration_until=DAY, counted=True, last_inventory_on=date(2024, 11, 30),
    sessions=[DosedSession(A, Decimal(35), Decimal("35.000"))],
    vials=[StockedVial(A, VialState.OPEN, Decimal(460), expired=False, recalled=False)],
)  # fmt: skip


def test_a_day_without_differences_balances() -> None:
    assert differences(BALANCED) == []


def vial(state: VialState = VialState.SEALED, *, expired: bool = False, recalled: bool = False) -> StockedVial:
    return StockedVial(B, state, Decimal(5), expired, recalled)


@pytest.mark.parametrize(
    ("change", "code", "about"),
    [
        ({"broken": [B]}, "BALANCE_BROKEN", {"vial_id": str(B)}),
        ({"draws": [OpenDraw(A, B, Decimal("5.5"))]}, "DRAW_UNSETTLED",
         {"draw_id": str(A), "session_id": str(B), "mg": "5.5"}),
        ({"sessions": [DosedSession(B, Decimal(35), None)]}, "DOSE_NOT_DRAWN",
         {"session_id": str(B), "given_mg": "35"}),
        ({"sessions": [DosedSession(B, Decimal(18), Decimal(35))]}, "GIVEN_DIFFERS",
         {"session_id": str(B), "given_mg": "18", "administered_mg": "35"}),
        ({"vials": [vial(VialState.OUT_OF_USE)]}, "OUT_OF_USE_IN_STOCK", {"vial_id": str(B), "mg": "5"}),
        ({"vials": [vial(expired=True)]}, "EXPIRED_IN_STOCK", {"vial_id": str(B), "mg": "5"}),
        ({"vials": [vial(recalled=True)]}, "RECALLED_IN_STOCK", {"vial_id": str(B), "mg": "5"}),
        ({"open_discrepancies": [B]}, "DISCREPANCY_OPEN", {"discrepancy_id": str(B)}),
        ({"untold_losses": [B]}, "LOSS_NOT_TOLD", {"discrepancy_id": str(B)}),
        ({"under_way": [B]}, "UNDER_WAY", {"vial_id": str(B)}),
        ({"counted": False}, "NOT_COUNTED", {}),
        ({"last_inventory_on": None}, "INVENTORY_MISSING", {}),
        ({"last_inventory_on": date(2024, 11, 29)}, "INVENTORY_OVERDUE", {"due_on": "2026-11-29"}),
        ({"registration_until": date(2026, 11, 29)}, "REGISTRATION_OVER", {"expires_on": "2026-11-29"}),
    ],
)  # fmt: skip
def test_each_difference_has_its_name(change: dict[str, Any], code: str, about: dict[str, str]) -> None:
    (found,) = differences(replace(BALANCED, **change))
    assert (found.code, found.about) == (code, about)


def test_nothing_given_and_nothing_drawn_is_no_difference() -> None:
    assert differences(replace(BALANCED, sessions=[DosedSession(B, Decimal(0), None)])) == []


def test_all_of_them_are_named_at_once() -> None:
    everything = replace(
        BALANCED, broken=[A], draws=[OpenDraw(A, B, Decimal(1))], vials=[vial(expired=True, recalled=True)],
        counted=False, last_inventory_on=None,
    )  # fmt: skip
    assert [one.code for one in differences(everything)] == [
        "BALANCE_BROKEN", "DRAW_UNSETTLED", "EXPIRED_IN_STOCK", "RECALLED_IN_STOCK", "NOT_COUNTED", "INVENTORY_MISSING",
    ]  # fmt: skip
