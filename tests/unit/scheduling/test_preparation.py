"""A dose does not start from what was drawn for another order (A.5, H.4)."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from services.scheduling.domain.preparation import Prepared, preparation_blockers
from shared.clinicfile.controlled import ControlledPolicy
from shared.events.prescribing import OrderContent
from tests.unit.scheduling.kit import content as asked
from tests.unit.scheduling.kit import order

TODAY = order(2)
SAME = Prepared(Decimal(35), UUID(int=1), asked())


def held(*prepared: Prepared) -> list[str]:
    return [blocker.code for blocker in preparation_blockers(prepared, TODAY)]


@pytest.mark.parametrize(
    ("drawn_under", "fits"),
    [
        (asked(), True), (asked(minutes=60), False), (None, False),
        (asked().model_copy(update={"dose_mg": 36}), False),
        (asked().model_copy(update={"draw_ml": Decimal("0.72")}), False),
        (asked().model_copy(update={"stock_mg_per_ml": Decimal(100)}), False),
        (asked().model_copy(update={"rate_ml_per_hour": Decimal(60)}), False),
        (asked().model_copy(update={"arithmetic": ("another line",), "interval_days": 28}), True),
    ],
)  # fmt: skip
def test_another_order_fits_only_if_it_asks_for_the_very_same_preparation(
    drawn_under: OrderContent | None, fits: bool
) -> None:
    assert held(replace(SAME, content=drawn_under)) == ([] if fits else ["PREPARED_UNDER_ANOTHER_ORDER"])


def test_the_same_order_fits_and_one_that_does_not_holds_beside_any_that_do() -> None:
    own, other = Prepared(Decimal(35), TODAY.order_id, None), replace(SAME, content=asked(minutes=60))
    assert (held(), held(own), held(own, SAME), held(own, other)) == ([], [], [], ["PREPARED_UNDER_ANOTHER_ORDER"])
    assert held(Prepared(Decimal(1), None, None)) == ["PREPARED_UNDER_ANOTHER_ORDER"]
    assert [*preparation_blockers([other], None)] == []


def test_a_second_person_at_the_draw_is_the_clinics_choice_and_waste_always_has_one() -> None:
    """H.4 asks for a witness of waste, of a draw only where the clinic's file does."""
    usual, chosen = ControlledPolicy(), ControlledPolicy(draws_witnessed=True)
    assert [policy.needs_witness("WASTE") for policy in (usual, chosen)] == [True, True]
    assert [policy.needs_witness("DRAW") for policy in (usual, chosen)] == [False, True]
