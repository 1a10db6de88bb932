"""What a corrected weight or height means for an order that was signed on it (domain C.2)."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.dosing import Body, DoseRequest, compute
from services.intake.domain.order import Ordered, SignedOrder
from services.intake.domain.reweighing import body_then, rests_on, still_right
from shared.clinicfile.model import Protocol
from shared.ids import named_id
from shared.money import round_half_up
from tests.unit.intake.cases import NOW, ago, history, larkspur, quantity

D = Decimal
WEIGHT, HEIGHT, OTHER = (named_id("reading", name) for name in ("weight", "height", "other"))


def protocol(name: str = "IV_MOOD_6") -> Protocol:
    found = larkspur().protocol(name)
    assert found is not None
    return found


def body(kg: str = "70", cm: str = "165", sex: str = "female") -> Body:
    return Body(sex, D(cm), D(kg))


def order(
    subject: Body | None = None, mg_per_kg: str = "0.5", signed: dict[str, Any] | None = None, **asked: Any
) -> SignedOrder:
    """An order as it was signed on a body: 35 mg for 70 kg unless something else is asked."""
    request = DoseRequest(D(mg_per_kg), 40, **{"first_dose": True} | asked)
    ordered = Ordered(compute(subject or body(), request, protocol().dose), request.mg_per_kg, request.minutes)
    made: dict[str, Any] = {
        "content": ordered.content(protocol()), "unit": "mg/kg", "weight_basis": ordered.dose.basis,
        "first_dose": request.first_dose, "clinic_file_hash": "0", "weighed_by": (WEIGHT, HEIGHT),
    }  # fmt: skip
    return SignedOrder(**made | (signed or {}))


@pytest.mark.parametrize(
    ("changes", "corrected", "recorded_before", "rests"),
    [
        ({}, {WEIGHT}, True, True),
        ({}, {HEIGHT}, True, True),
        ({}, {OTHER}, True, False),
        ({}, {OTHER, WEIGHT}, True, True),  # the wrong one stands in the place of the one that was used
        ({"weighed_by": ()}, {OTHER}, True, True),  # an order from before that was kept may rest on it
        ({"weighed_by": ()}, {OTHER}, False, False),
        ({"weighed_by": (), "unit": "mg"}, {WEIGHT}, True, False),  # a spray is not dosed by weight
    ],
)
def test_what_an_order_rests_on(
    changes: dict[str, Any], corrected: set[UUID], recorded_before: bool, rests: bool
) -> None:
    assert rests_on(order(signed=changes), corrected, recorded_before=recorded_before) is rests


@pytest.mark.parametrize(
    ("signed", "now", "right"),
    [
        (order(), body("70"), True),
        (order(), body("70.4"), True),  # 35.2 mg
        (order(), body("70.99"), True),  # 35.495 mg
        (order(), body("71"), False),  # 35.5 mg
        (order(), body("68.9"), False),
        (order(), body("154"), False),
        (order(), body("31.75"), False),  # what were pounds
        (order(), body(cm="170"), True),  # below BMI 30 the height does not count
        (order(), body(cm="152"), False),  # BMI 30.3: another basis
        (order(body("100")), body("100"), True),  # ideal weight
        (order(body("100")), body("120"), True),  # it hangs on the height alone
        (order(body("100")), body("100", "170"), False),
        (order(body("100")), body("100", "151"), False),  # no ideal weight
        (order(body("100"), entered_weight_kg=D(60)), body("90"), True),
        (order(body("100"), entered_weight_kg=D(60)), body("59"), False),  # more than the patient weighs
        (order(mg_per_kg="0.6"), body("90", "190"), False),
        (order(), None, False),
    ],
)
def test_an_order_is_right_only_with_the_very_dose_of_the_right_body(
    signed: SignedOrder, now: Body | None, right: bool
) -> None:
    assert still_right(signed, now, protocol()) is right


def test_a_protocol_that_is_gone_leaves_no_order_right() -> None:
    assert still_right(order(), body(), None) is False


@pytest.mark.parametrize(
    ("changes", "right"), [({"override_reason_code": "TOLERANT"}, True), ({}, False)], ids=["overridden", "not"]
)
def test_what_the_prescriber_had_reasons_for_stays_asked(changes: dict[str, Any], right: bool) -> None:
    high = order(mg_per_kg="1.2", override=True, first_dose=False, signed=changes)
    assert still_right(high, body(), protocol()) is right


def test_two_signatures_still_lift_the_cap_of_the_first_dose() -> None:
    high = order(mg_per_kg="0.9", two_clinicians=True, signed={"above_cap_reason_code": "TOLERANT"})
    assert still_right(high, body(), protocol())
    assert not still_right(high.model_copy(update={"above_cap_reason_code": None}), body(), protocol())


def test_a_strong_stock_stays_diluted() -> None:
    strong = order(mg_per_kg="0.8", first_dose=False, stock_mg_per_ml=D(100), diluted_to_mg_per_ml=D(50))
    assert still_right(strong, body(), protocol())


@given(kg=st.decimals("40", "81", places=2))
def test_no_other_dose_is_ever_taken_for_right(kg: Decimal) -> None:
    same = round_half_up(D("0.5") * kg) == 35
    assert still_right(order(), body(str(kg)), protocol()) is same


@pytest.mark.parametrize(
    ("weights", "heights", "signed_at", "found"),
    [
        ([("70", ago(days=3))], [("165", ago(days=3))], NOW, ("70", "165")),
        ([("80", NOW), ("70", ago(days=3))], [("165", ago(days=3))], ago(days=1), ("70", "165")),
        ([("80", NOW), ("70", ago(days=3))], [("165", ago(days=3))], NOW, ("80", "165")),
        ([("70", ago(days=30, hours=23))], [("165", ago(days=400))], NOW, ("70", "165")),
        ([("70", ago(days=31))], [("165", ago(days=31))], NOW, None),  # it would have been too old
        ([], [("165", ago(days=3))], NOW, None),
        ([("70", ago(days=3))], [], NOW, None),
        ([("70", NOW)], [("165", NOW)], ago(minutes=1), None),
    ],
)
def test_an_order_is_held_against_the_body_of_its_day(
    weights: list[tuple[str, datetime]], heights: list[tuple[str, datetime]], signed_at: datetime,
    found: tuple[str, str] | None,
) -> None:  # fmt: skip
    subject = history(
        weights=[quantity(kg, at=at) for kg, at in weights], heights=[quantity(cm, at=at) for cm, at in heights]
    )
    seen = body_then(subject, signed_at, 30)
    assert (seen and (str(seen.weight_kg), str(seen.height_cm))) == found
