"""Measurements that are likelier a mistake of units than a body: they are asked about before anything is computed."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from services.intake.domain.leadform import Flaw
from shared.clinicfile.facts import VOCABULARY

MOST_CHANGE = Decimal("1.5")
_ASK = "Convert pounds and inches to kilograms and centimetres, or send confirmed: true if it is right."


@dataclass(frozen=True, slots=True)
class Body:
    """kg and cm, as far as known."""

    weight_kg: Decimal | None = None
    height_cm: Decimal | None = None


def doubts(measured: Body, before: Body) -> list[Flaw]:
    """What to ask about: a BMI that nobody has, a weight that is half as much again as the one before or less.

    150 pounds written as kilograms are 2.2 times the weight.
    """
    return [*_bmi(measured, before), *_change(measured, before)]


def _bmi(measured: Body, before: Body) -> Iterator[Flaw]:
    weight, height = measured.weight_kg or before.weight_kg, measured.height_cm or before.height_cm
    if weight is None or height is None or measured == Body():
        return
    if not VOCABULARY["bmi"].accepts(float(weight / (height / 100) ** 2)):
        pointer = "/weight_kg" if measured.weight_kg is not None else "/height_cm"
        yield Flaw(pointer, "IMPLAUSIBLE_BMI", {"detail": _ASK})


def _change(measured: Body, before: Body) -> Iterator[Flaw]:
    new, old = measured.weight_kg, before.weight_kg
    if new is not None and old is not None and max(new / old, old / new) >= MOST_CHANGE:
        yield Flaw("/weight_kg", "IMPLAUSIBLE_CHANGE", {"detail": _ASK})
