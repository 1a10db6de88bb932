"""Weights and heights that are likelier a mistake of units are asked about, and never computed with."""

from decimal import Decimal

import pytest

from services.intake.domain.plausible import Body, doubts
from tests.unit.intake.cases import history, quantity, values_of


def body(weight: str | None = None, height: str | None = None) -> Body:
    return Body(Decimal(weight) if weight else None, Decimal(height) if height else None)


@pytest.mark.parametrize(
    ("measured", "before", "found"),
    [
        (body("70", "165"), body(), []),
        (body("180", "165"), body(), [("/weight_kg", "IMPLAUSIBLE_BMI")]),  # 180 pounds
        (body("180"), body(None, "165"), [("/weight_kg", "IMPLAUSIBLE_BMI")]),
        (body(None, "100"), body("70"), [("/height_cm", "IMPLAUSIBLE_BMI")]),
        (body("180"), body(), []),
        (body("154"), body("70", "165"), [("/weight_kg", "IMPLAUSIBLE_CHANGE")]),  # 70 kg in pounds, BMI 56.6
        (body("70"), body("154", "165"), [("/weight_kg", "IMPLAUSIBLE_CHANGE")]),
        (body("105"), body("70", "180"), [("/weight_kg", "IMPLAUSIBLE_CHANGE")]),
        (body("104.9"), body("70", "180"), []),
        (body("198"), body("90", "175"), [("/weight_kg", "IMPLAUSIBLE_BMI"), ("/weight_kg", "IMPLAUSIBLE_CHANGE")]),
        (body("60", "100"), body(), []),
        (body("60.01", "100"), body(), [("/weight_kg", "IMPLAUSIBLE_BMI")]),
        (body("48", "200"), body(), []),
        (body("47.9", "200"), body(), [("/weight_kg", "IMPLAUSIBLE_BMI")]),
        (body(), body("300", "100"), []),
    ],
)
def test_a_measurement_that_nobody_has_is_asked_about(measured, before, found):
    assert [(flaw.pointer, flaw.code) for flaw in doubts(measured, before)] == found


@pytest.mark.parametrize("weight", ["180", "20"])
def test_an_implausible_bmi_is_unknown_to_the_rules(weight):
    assert "bmi" in values_of(history())
    assert "bmi" not in values_of(history(weights=(quantity(weight),)))
