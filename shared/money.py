"""Money as integer cents with a currency. Percentages are basis points (1 % = 100). Rounding is once, half up."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Cents = Annotated[int, Field(ge=0, description="cents of the currency beside it")]
BasisPoints = Annotated[int, Field(ge=0, le=10_000, description="1 % is 100")]


class Money(BaseModel):
    """An amount in cents, never negative; a credit is a field of its own, not a minus."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    amount_cents: Cents
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"

    def __add__(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise ValueError(f"cannot add {other.currency} to {self.currency}")
        return Money(amount_cents=self.amount_cents + other.amount_cents, currency=self.currency)

    def times(self, count: int) -> "Money":
        return Money(amount_cents=self.amount_cents * count, currency=self.currency)


def round_half_up(value: Decimal) -> int:
    """The nearest whole number; a half goes away from zero (domain C.2, F.5)."""
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def share(amount_cents: int, basis_points: int) -> int:
    """`basis_points` of an amount in cents, rounded half up once."""
    return round_half_up(Decimal(amount_cents) * basis_points / 10_000)
