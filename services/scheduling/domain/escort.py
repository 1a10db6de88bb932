"""The adult who takes the patient home (domain A.5)."""

from datetime import datetime

from pydantic import BaseModel


class Escort(BaseModel):
    """Who it is, as the column `appointment.escort` seals it; every reader opens this shape.

    `at_least_18` None: nobody asked; `named_at` None: named before that was kept.
    """

    name: str
    phone: str
    at_least_18: bool | None = None
    named_at: datetime | None = None
