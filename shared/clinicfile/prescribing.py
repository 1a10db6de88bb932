"""What binds clinicians who review and order, and the orders that are signed beside a dose (domain A.1, AL-11)."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from shared.clinicfile.policies import FilePart

Words = Annotated[str, Field(min_length=3, max_length=80)]


class StandingOrder(FilePart):
    """A medicine that nurses give under a signed order: each session (STANDING), or when it is needed (PRN).

    `names` are other names and classes that an allergy may be written as. A fact in `contraindicating_facts` that is
    true forbids it, one that is unknown asks.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
    kind: Literal["STANDING", "PRN"]
    drug: Words
    names: tuple[Words, ...] = ()
    dose: Annotated[Decimal, Field(gt=0)]
    unit: Literal["mg", "mcg", "g", "mL"]
    route: Literal["IV", "IM", "PO", "SL", "IN"]
    indication: Words
    max_per_session: Annotated[int, Field(ge=1, le=20)]
    max_per_24h: Annotated[int, Field(ge=1, le=20)]
    min_interval_minutes: Annotated[int, Field(ge=0, le=1440)]
    contraindicating_facts: tuple[str, ...] = ()


class ReactingPlan(FilePart):
    """After each session a proposal for the next dose and interval is made (domain C.1, D.3, D.5); it binds nobody.

    mg/kg, percent of the PHQ-9 before treatment, points, days.
    """

    enabled: bool = False
    step_mg_per_kg: Annotated[Decimal, Field(gt=0, le=Decimal("0.25"))] = Decimal("0.1")
    enough_drop_percent: Annotated[int, Field(ge=1, le=100)] = 50
    gate_after_session: Annotated[int, Field(ge=1)] = 3
    gate_drop_percent: Annotated[int, Field(ge=0, le=100)] = 20
    risen_points: Annotated[int, Field(ge=1)] = 5
    well_at_most: Annotated[int, Field(ge=0, le=27)] = 9
    interval_step_days: Annotated[int, Field(ge=1)] = 7
    shortest_interval_days: Annotated[int, Field(ge=1)] = 14
    longest_interval_days: Annotated[int, Field(ge=1)] = 84


class PrescribingPolicy(FilePart):
    """What rules in `never_overridden` find no review can clear (A.1).

    A signature needs a login at most `login_max_age_minutes` old; null asks for none.
    """

    never_overridden: tuple[str, ...] = ("SCR-010", "SCR-072")
    login_max_age_minutes: Annotated[int, Field(ge=1)] | None = 15
    standing_orders: tuple[StandingOrder, ...] = ()
    reacting_plan: ReactingPlan = Field(default_factory=ReactingPlan)

    @property
    def login_max_age(self) -> timedelta | None:
        return None if self.login_max_age_minutes is None else timedelta(minutes=self.login_max_age_minutes)

    def standing_order(self, order_id: str) -> StandingOrder | None:
        return next((order for order in self.standing_orders if order.id == order_id), None)
